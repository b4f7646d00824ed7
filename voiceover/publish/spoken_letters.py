"""Which part of the spoken text each part of the displayed text is, by a scale that both have in common: letters spoken so far.

"It cost $5." may be spoken "It cost five dollars.": the words of both are compared, and those that differ share what is spoken in their
place.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from voiceover.system.lazy import lazy_pattern
from voiceover.text.writing_systems import CJK

WORD = lazy_pattern(f"[{CJK}]|[^\\s{CJK}]+")
"""A word between spaces; in Chinese and Japanese a character, or the marks between two."""
_LEADING = lazy_pattern(r"(?<!\S)[^\w\s$€£¥%&@#+=°]+(?=[\w$€£¥%&@#+=°])|[\"'“‘„‚«‹(\[{（「『【〔〈《¿¡]+\s?(?=\w)")
"""Marks before the first letter of a word: it begins with its letter."""
_A_DIGIT, _A_SIGN = 5, 7
"""Letters that are spoken for one character: "1999" is nineteen ninety-nine, "$" is dollars."""
SIGNS = frozenset("$€£¥%&@#+=°")
"""Characters other than letters and digits that are spoken."""
_COMPARED = 20_000
"""Largest number of word pairs for which displayed and spoken text are compared word by word."""


class Letters(NamedTuple):
    """How many letters are spoken before each character of a text, and in all: one entry more than it has characters."""

    shown: Sequence[float]
    """For the displayed text; never falls."""
    said: Sequence[float]
    """For the spoken text; never falls."""


class _Share(NamedTuple):
    """What is spoken for a displayed word."""

    begin: float
    end: float
    same: int | None
    """Where the word begins in the spoken text, if it is there letter by letter."""


@lru_cache(maxsize=4096)
def spoken_letters(text: str, spoken: str) -> Letters:
    """Count the letters of the displayed ``text``, in which no space is doubled, and of the ``spoken`` one.

    The count before a displayed word is that before the spoken word, wherever both texts have it; a space has that of the word after it.
    """
    said = [0.0, *accumulate(_weights(spoken))]
    if not said[-1]:
        return Letters([float(index) for index in range(len(text) + 1)], [*said[:-1], float(len(text))])
    words = list(WORD.finditer(text))
    shown = [said[-1]] * (len(text) + 1)
    done = 0
    for word, share in zip(words, _shares(words, list(WORD.finditer(spoken)), said), strict=True):
        begin, end = word.span()
        shown[done:begin] = [share.begin] * (begin - done)
        if share.same is None:
            shown[begin:end] = [share.begin + (share.end - share.begin) * part / (end - begin) for part in range(end - begin)]
        else:
            shown[begin:end] = said[share.same : share.same + end - begin]
        done = end
    # Captions, transcripts and manifest ask for each line in turn, so all lines of an episode are kept, as arrays.
    return Letters(array("d", shown), array("d", said))


def word_starts(text: str) -> list[int]:
    """Return where the words of ``text`` begin, marks that stand alone left out; in Chinese and Japanese each character is one."""
    return [word.start() for word in WORD.finditer(text) if is_spoken(word[0])]


def is_spoken(word: str) -> bool:
    """Return True unless ``word`` is made of marks alone."""
    return any(map(str.isalnum, word)) or not SIGNS.isdisjoint(word)


def _shares(words: Sequence[re.Match[str]], heard: Sequence[re.Match[str]], said: Sequence[float]) -> Iterator[_Share]:
    starts = [*(said[word.start()] for word in heard), said[-1]]
    for _, begin, stop, first, last in _differences([_key(word[0]) for word in words], [_key(word[0]) for word in heard]):
        if stop - begin == last - first:  # equal words, or each replaced by one other: "Dr. Nguyen", spoken "doctor win"
            for shown, index in zip(words[begin:stop], range(first, last), strict=True):
                same = heard[index].start() if heard[index][0] == shown[0] else None
                yield _Share(starts[index], starts[index + 1], same)
            continue
        lengths = [0, *accumulate(len(word[0]) for word in words[begin:stop])]
        per_character = (starts[last] - starts[first]) / max(lengths[-1], 1)
        for before, after in pairwise(lengths):
            yield _Share(starts[first] + per_character * before, starts[first] + per_character * after, None)


def _differences(shown: list[str], said: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """Return the stretches that are equal and those that differ, in the form of ``SequenceMatcher``."""
    if len(shown) * len(said) <= _COMPARED:
        return SequenceMatcher(None, shown, said, autojunk=False).get_opcodes()
    # SequenceMatcher takes cubic time on repetitive text; for so long a line it is enough to find where the difference starts and ends.
    shorter = min(len(shown), len(said))
    head = next((index for index in range(shorter) if shown[index] != said[index]), shorter)
    tail = next((index for index in range(shorter - head) if shown[-1 - index] != said[-1 - index]), shorter - head)
    return [
        ("equal", 0, head, 0, head),
        ("replace", head, len(shown) - tail, head, len(said) - tail),
        ("equal", len(shown) - tail, len(shown), len(said) - tail, len(said)),
    ]


def _key(word: str) -> str:
    """Return a word without case and marks, or its marks if there is nothing else in it."""
    return "".join(filter(str.isalnum, word)).casefold() or word


def _weights(text: str) -> list[float]:
    """Return the letters that are spoken for each character; a space, comma or full stop is one, for the time between words."""
    weights = [float(_A_DIGIT if character.isdigit() else _A_SIGN if character in SIGNS else 1) for character in text]
    for marks in _LEADING.finditer(text):
        weights[marks.start() : marks.end()] = [0.0] * (marks.end() - marks.start())
    return weights
