"""Checks of a script as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from voiceover.script.spoken import DENSE, count_words
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Node
from voiceover.system.lazy import lazy_pattern
from voiceover.text.audible import NOTHING_SPOKEN
from voiceover.types import Chapter, Item, Script, Segment, Source

_WORD = lazy_pattern(r"[^\W_]+")
FEWEST_LEFT_OUT = 10
"""Fewer lost words than this never cause a warning, however short the page is."""
_MOST_SILENT = 20
"""Members of a cast without a line that are reported one by one."""
_MOST_UNUSED = 20
"""Unused entries of a lexicon in a file of its own that are reported one by one."""
_QUOTES = " \"'“”‘’«»"


def check_whole(script: Script, lexicon: Mapping[str, Source], problems: Problems) -> None:
    """Report a script without spoken text, turns of fewer than two words, and unused entries of ``lexicon``."""
    if not script.segments:
        problems.error(Source(script.path), "nothing-spoken", NOTHING_SPOKEN)
        return
    if not script.article:
        _check_short_turns(script, problems)
        _check_silent(script, problems)
    spoken = " ".join(" ".join(_WORD.findall(segment.text.casefold())) for segment in script.segments) if lexicon else ""
    words = frozenset(spoken.split())
    signs = frozenset(character for segment in script.segments for character in segment.text) if lexicon else frozenset()
    unused: dict[Source, list[str]] = {}
    for entry, source in lexicon.items():
        key = " ".join(_WORD.findall(entry.casefold()))
        # An entry without words is used if its characters occur in the text.
        is_said = key in words if key else signs.issuperset(entry)
        if not is_said and not (" " in key and f" {key} " in f" {spoken} ") and not (DENSE.search(key) and key in spoken):
            unused.setdefault(source, []).append(entry)
    for source, entries in unused.items():
        if len(entries) > _MOST_UNUSED:
            some = ", ".join(f'"{entry}"' for entry in entries[:3])
            message = f"{len(entries):,} entries of this lexicon do not occur in the script, such as {some}"
            problems.warning(source, "unused-lexicon-entry", message)
            continue
        for entry in entries:
            problems.warning(source, "unused-lexicon-entry", f'the lexicon entry "{entry}" does not occur in the script')


def check_share(script: Script, left_out: Mapping[str, int], problems: Problems) -> None:
    """Warn if over a tenth of the words visible on a page are not spoken; ``left_out`` counts them by what contains them.

    Words in HTML, footnotes, tables and struck text count; code, comments, image descriptions, addresses and hidden text do not.
    """
    lost = sum(left_out.values())
    if lost < FEWEST_LEFT_OUT:
        return
    total = lost + sum(count_words(segment.text) for segment in script.segments)
    if 10 * lost > total:
        kinds = ", ".join(f"{count} in {kind}" for kind, count in left_out.items() if count)
        share = round(100 * lost / total)
        message = f"{lost} of the {total} words on this page ({share}%) are not spoken: {kinds}; voiceover check --verbose lists them"
        problems.warning(Source(script.path), "left-out", message)


def _check_short_turns(script: Script, problems: Problems) -> None:
    """Add one warning about all turns of fewer than two words."""
    texts = ((turn, " ".join(segment.text for segment in turn)) for turn in _turns(script.items))
    short = [(turn[0].source, text) for turn, text in texts if turn[0].recording is None and count_words(text) < 2]
    if short:
        source, text = short[0]
        word = text.strip(_QUOTES)
        what = f"a turn of one word ({word})" if len(short) == 1 else f"{len(short)} turns of one word, the first here ({word})"
        problems.warning(source, "short-turn", f"{what}; voices often speak single words badly, so add a few")


def _check_silent(script: Script, problems: Problems) -> None:
    """Warn of each member of the script's own cast without a line; a project's cast serves many episodes."""
    speaking = {segment.speaker for segment in script.segments}
    silent = [entry for entry in script.cast if entry.source.path == script.path and entry.name not in speaking]
    for number, entry in enumerate(silent[:_MOST_SILENT]):
        more = len(silent) - _MOST_SILENT if number + 1 == _MOST_SILENT else 0
        others = f" (and {more} more after it)" if more > 0 else ""
        problems.warning(entry.source, "silent-speaker", f"{entry.name} is in the cast but has no lines{others}")


def lexicon_places(node: Node | None, words: Sequence[str]) -> dict[str, Source]:
    """Return where the script's own lexicon defines its ``words``: the keys, or the location of the lexicon file's name."""
    if not isinstance(node, Fields):
        return {}
    lexicon = node.get("lexicon")
    if lexicon is None:
        params = node.get("params")
        own = node.get("voiceover") or (params.get("voiceover") if isinstance(params, Fields) else None)
        return lexicon_places(own, words)
    keys = {key.text.strip(): key.source for key, _ in lexicon.entries} if isinstance(lexicon, Fields) else {}
    return {word: keys.get(word, lexicon.source) for word in words}


def _turns(items: Sequence[Item]) -> Iterator[list[Segment]]:
    """Yield runs of segments of one speaker in one style; pauses and sounds do not end a run."""
    run: list[Segment] = []
    for item in items:
        if isinstance(item, Chapter):
            if run:
                yield run
            run = []
        elif isinstance(item, Segment):
            if run and (run[0].speaker, run[0].style) != (item.speaker, item.style):
                yield run
                run = []
            run.append(item)
    if run:
        yield run
