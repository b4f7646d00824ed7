"""Makes passages of lines of plain text: joins lines that were broken to fit a page, and finds lists, verse and scene breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from voiceover.authoring.importing.manuscript import PassageKind, Runs, SourcePassage, TextRun
from voiceover.system.lazy import lazy_pattern

SCENE = lazy_pattern(r"\s*(?:[*⁂•·~#_=⁎✻✽❧☙◆◇○●–—-]\s*){1,200}")
_BULLET = lazy_pattern(r"\s*(?:[-*+•‣◦▪●\uf0a7\uf0b7]|o(?=\s\w))\s+(?=\S)")
_NUMBER = lazy_pattern(r"\s*(\d{1,3})[.)]\s+(?=\S)")
_EMPHASIS = lazy_pattern(r"(?<![\w_])_([^_\n]{1,400})_(?![\w_])")
_HYPHEN = lazy_pattern(r"([^\W\d_]+)-\n([^\W\d_]+)")
_ENDS = tuple('.!?:…。！？”’")»')
_SHORT_LINE = 0.62
"""Share of the longest usual line below which all lines of a verse are."""


def runs_of(text: str) -> Runs:
    """Return a text as runs, with ``_these words_`` as emphasis."""
    runs: list[TextRun] = []
    start = 0
    for found in _EMPHASIS.finditer(text):
        if found.start() > start:
            runs.append(TextRun(text[start : found.start()]))
        runs.append(TextRun(found[1], "*"))
        start = found.end()
    if start < len(text):
        runs.append(TextRun(text[start:]))
    return tuple(runs)


def passages_of_block(lines: Sequence[str], width: int, known: frozenset[str]) -> Iterator[SourcePassage]:
    """Yield the passages of lines without a blank one between them.

    ``width`` is the usual length of a line in characters, 0 if lines were not broken to fit a page; ``known`` are the words of the text.
    """
    if not lines:
        return
    if len(lines) == 1 and SCENE.fullmatch(lines[0]):
        yield SourcePassage(PassageKind.SCENE)
    elif _BULLET.match(lines[0]) or _NUMBER.match(lines[0]):
        yield from _items(lines, known)
    elif width and len(lines) > 1 and all(len(line.strip()) < _SHORT_LINE * width for line in lines):
        yield SourcePassage(PassageKind.PARAGRAPH, runs_of("\n".join(" ".join(line.split()) for line in lines)))
    else:
        yield SourcePassage(PassageKind.PARAGRAPH, runs_of(joined(lines, known)))


def _items(lines: Sequence[str], known: frozenset[str]) -> Iterator[SourcePassage]:
    item: list[str] = []
    first = ""
    for line in (*lines, None):
        bullet = _BULLET.match(line) if line is not None else None
        number = _NUMBER.match(line) if line is not None else None
        start = bullet or number
        if item and (line is None or start):
            yield SourcePassage(PassageKind.PARAGRAPH, runs_of(joined(item, known)), first=first, rest=" " * len(first))
            item = []
        if line is not None:
            if start:
                first = f"{number[1]}. " if number is not None and bullet is None else "- "
            item.append(line[start.end() :] if start else line)


def joined(lines: Sequence[str], known: frozenset[str]) -> str:
    """Return lines as one text. A word that a hyphen cuts is put together if ``known`` has it so, and else keeps its hyphen."""

    def join(found: re.Match[str]) -> str:
        return f"{found[1]}{found[2]}" if f"{found[1]}{found[2]}".casefold() in known else f"{found[1]}-{found[2]}"

    text = "\n".join(line.strip() for line in lines).replace("\u00ad\n", "").replace("\u00ad", "")
    return " ".join(_HYPHEN.sub(join, text).split())


def words_in(text: str) -> frozenset[str]:
    """Return all words of a text in small letters."""
    return frozenset(word.casefold() for word in re.findall(r"[^\W\d_]+", text))


def ends_paragraph(line: str, following: str, width: int) -> bool:
    """Return True if a paragraph seems to end between two lines of a page, which has no blank lines."""
    said = line.rstrip()
    if _BULLET.match(following) or _NUMBER.match(following):
        return True
    if len(said) < 0.75 * width:
        return True
    return said.endswith(_ENDS) and len(said) < 0.92 * width and not following.lstrip()[:1].islower()
