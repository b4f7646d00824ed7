"""Names that recur in a manuscript, by the capitals within sentences."""

from __future__ import annotations

from collections import Counter

from voiceover.authoring.importing.chapters import texts_of
from voiceover.authoring.importing.manuscript import Manuscript, PassageKind
from voiceover.system.lazy import lazy_pattern

FEWEST = 3
"""Times that a name occurs within sentences."""
_MOST_NAMES = 40
_WORD = lazy_pattern(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_STARTS_SENTENCE = frozenset('.!?…:"“”‘«»„([—–*\n')
_POSSESSIVE = ("'s", "’s")
_NOUNS_HAVE_CAPITALS = ("de", "lb")
_COMMON = """
i i'm i'll i'd i've god mr mrs ms dr miss sir lady lord monday tuesday wednesday thursday friday saturday sunday january february march
april may june july august september october november december english french german spanish italian latin
"""
_KNOWN = frozenset(_COMMON.split())
"""Words that every voice reads right."""


def recurring_names(manuscript: Manuscript) -> tuple[tuple[str, int], ...]:
    """Return names with the number of their occurrences, the most frequent first.

    A name has a capital within sentences, and is never written small. Languages that write all nouns so have no such list.
    """
    if manuscript.language.lower().startswith(_NOUNS_HAVE_CAPITALS):
        return ()
    counts: Counter[str] = Counter()
    small: set[str] = set()
    within: Counter[str] = Counter()
    for part in manuscript.parts:
        for passage in part.passages:
            if passage.kind is PassageKind.CODE:
                continue
            for text in texts_of(passage):
                _count(text, counts, small, within, is_heading=passage.kind is not PassageKind.PARAGRAPH)
    found = [(name, counts[name]) for name, often in within.items() if often >= FEWEST and _is_name(name, small)]
    return tuple(sorted(found, key=lambda entry: (-entry[1], entry[0]))[:_MOST_NAMES])


def _is_name(name: str, small: set[str]) -> bool:
    return name.casefold() not in small and name.casefold() not in _KNOWN and len(name) > 1 and not name.isupper()


def _count(text: str, counts: Counter[str], small: set[str], within: Counter[str], *, is_heading: bool) -> None:
    for found in _WORD.finditer(text):
        word = found[0]
        if word.endswith(_POSSESSIVE):
            word = word[:-2]
        if word[0].islower():
            small.add(word.casefold())
        elif word[0].isupper():
            counts[word] += 1
            before = text[: found.start()].rstrip()[-1:]
            within[word] += before != "" and before not in _STARTS_SENTENCE and not is_heading
