"""Cuts the passages of a manuscript into chapters, by its table of contents or its headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from voiceover.authoring.importing.manuscript import PassageKind, SourcePassage
from voiceover.system.lazy import lazy_pattern

PART_NAME = lazy_pattern(
    r"(?:part|book|volume|act|teil|buch|band|partie|livre|tome|parte|libro|tomo|livro|deel|boek|bok|del|część|księga|часть|книга|том)"
    r"\b|第?[0-9一二三四五六七八九十]*[部篇編卷巻]",
    re.IGNORECASE,
)
CHAPTER_NAME = lazy_pattern(
    r"(?:chapter|kapitel|chapitre|cap[ií]tulo|capitolo|hoofdstuk|kapittel|rozdział|глава)\b|第?[0-9一二三四五六七八九十百]+[章回話]",
    re.IGNORECASE,
)
_FEW_WORDS = 60
"""A division with fewer words of its own before its first subdivision is a part of the book, not a chapter with sections."""
_CHAPTER_WORDS = 1000
"""Mean words of the subdivisions of a part, if nothing else shows that they are chapters."""


@dataclass(slots=True)
class OutlinePoint:
    """An entry of a table of contents."""

    title: str
    start: int
    """Index of the first passage."""
    file: str = ""
    """File of the manuscript in which it begins, if it has several."""
    within: list[OutlinePoint] = field(default_factory=list)
    """The entries below it."""


@dataclass(frozen=True, slots=True)
class ChapterCut:
    """Passages that become one script."""

    title: str
    """Empty for what comes before the first chapter."""
    passages: tuple[SourcePassage, ...]


def outline_of_headings(passages: Sequence[SourcePassage]) -> list[OutlinePoint]:
    """Return the outline that the headings of a document make."""
    top: list[OutlinePoint] = []
    opened: list[tuple[int, OutlinePoint]] = []
    for index, passage in enumerate(passages):
        if passage.kind is not PassageKind.HEADING:
            continue
        while opened and opened[-1][0] >= passage.level:
            opened.pop()
        point = OutlinePoint(one_line(passage.text), index)
        (opened[-1][1].within if opened else top).append(point)
        opened.append((passage.level, point))
    while len(top) == 1 and top[0].within:  # the heading of the whole
        top = top[0].within
    return top


def cut_into_chapters(passages: Sequence[SourcePassage], outline: Sequence[OutlinePoint], depth: int | None) -> tuple[ChapterCut, ...]:
    """Return the chapters; every passage is in one of them, in order.

    An entry of the outline with entries below it is one chapter with sections, or a part of which those are the chapters: see ``_is_part``.
    With ``depth``, that many levels are chapters instead. A part's own few words come before those of its first chapter.
    """
    starts: dict[int, str] = {}
    for title, start in sorted(_starts(passages, outline, len(passages), depth, 1), key=lambda found: found[1]):
        starts[start] = title  # of several that begin at one place, the innermost
    bounds = [*sorted(starts), len(passages)]
    cuts = [ChapterCut(starts[start], tuple(passages[start:end])) for start, end in pairwise(bounds)]
    if bounds[0] > 0:
        cuts.insert(0, ChapterCut("", tuple(passages[: bounds[0]])))
    return tuple(replace(cut, passages=_without_edges(cut.passages)) for cut in cuts)


def _starts(
    passages: Sequence[SourcePassage], points: Sequence[OutlinePoint], end: int, depth: int | None, level: int
) -> Iterator[tuple[str, int]]:
    ends = [*(point.start for point in points[1:]), end]
    for point, stop in zip(points, ends, strict=False):
        deeper = level < depth if depth is not None else _is_part(passages, point, max(stop, point.start))
        if not (deeper and point.within):
            yield point.title, point.start
            continue
        first = min(below.start for below in point.within)
        found = [*_starts(passages, point.within, stop, depth, level + 1)]
        if count_words(passages[point.start : first]) >= _FEW_WORDS:
            yield point.title, point.start
        elif first > point.start:
            found = [(title, point.start if start == first else start) for title, start in found]
        yield from found


def _is_part(passages: Sequence[SourcePassage], point: OutlinePoint, stop: int) -> bool:
    """Return True if the entries below a point are chapters: by its name, by its files, or by the number of words."""
    if not point.within or CHAPTER_NAME.match(point.title):
        return False
    if PART_NAME.match(point.title):
        return True
    if point.file and all(below.file != point.file for below in point.within[1:]):
        return len(point.within) > 1 or point.within[0].file != point.file
    first = min(below.start for below in point.within)
    mean = count_words(passages[first:stop]) / len(point.within)
    return count_words(passages[point.start : first]) < _FEW_WORDS and mean >= _CHAPTER_WORDS


def _without_edges(passages: Iterable[SourcePassage]) -> tuple[SourcePassage, ...]:
    """Remove scene breaks at both ends, and all but one where several follow each other."""
    kept: list[SourcePassage] = []
    for passage in passages:
        if passage.kind is not PassageKind.SCENE or (kept and kept[-1].kind is not PassageKind.SCENE):
            kept.append(passage)
    while kept and kept[-1].kind is PassageKind.SCENE:
        kept.pop()
    return tuple(kept)


def count_words(passages: Iterable[SourcePassage]) -> int:
    """Count the words of passages."""
    return sum(len(text.split()) for passage in passages for text in texts_of(passage))


def texts_of(passage: SourcePassage) -> Iterator[str]:
    """Yield the text of a passage, or of each cell of a table."""
    if passage.kind is PassageKind.TABLE:
        yield from ("".join(run.text for run in cell) for row in passage.rows for cell in row)
    else:
        yield passage.text


def letters(text: str) -> str:
    """Return a text without case, spaces and signs, to compare titles."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def one_line(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())
