"""Cut text into cues and cues into lines, by the width of characters on a screen."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Collection
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from voiceover.types.lazy_dataclass import dataclass

Lines: TypeAlias = tuple[str, ...]

SENTENCE_ENDS = frozenset(".!?…。！？｡؟।")
CLAUSE_ENDS = frozenset(",;:—–、，；：،؛")
CLOSERS = frozenset("\"'”’»)]}」』】）〉》")
_OPENERS = frozenset("\"'“‘„«([{「『【（〈《¿¡")
_CURLY = frozenset("“”‘’")
_ENDS = SENTENCE_ENDS | CLAUSE_ENDS
_NO_LINE_START = _ENDS | (CLOSERS - frozenset("\"'")) | frozenset("ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々%°")

_SENTENCE, _CLAUSE, _WORD, _TIED, _ANYWHERE = 0.0, 2.5, 5.0, 9.0, 15.0
"""Cost of a cue that ends at such a border. "Tied" is a full stop that does not end a sentence, as in "Dr. Hill" and "e.g. apples"."""
_A_CUE = 1.5
"""Cost per cue, so that there are no more than needed."""
_SHORT_SECONDS = 1.2
"""Shortest comfortable cue."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How much text is displayed at once."""

    columns: int
    """Width of a line in columns; an East Asian wide character takes two."""
    lines: int
    seconds: float
    """Longest cue, unless a single word lasts longer."""


def cut_text(text: str, layout: Layout, seconds: float, room: int = 0, *, sentences: Collection[int]) -> tuple[Lines, ...]:
    """Cut a one-line text at the best borders into pieces that fit the layout, each as lines; no word is lost.

    ``seconds`` is the duration of the whole text. ``room`` columns stay free in the first line of the first piece. ``sentences`` are the
    positions where sentences start.
    """
    room = min(room, layout.columns // 2)
    borders = _borders(text, layout.columns - room, sentences)
    per_character, longest = seconds / len(text), layout.seconds
    # Find the cheapest path from the first border to the last: best[i] is the cost of reaching border i, and the border before it.
    best = [(0.0, 0), *((math.inf, 0) for _ in borders[1:])]
    for begin, border in enumerate(borders[:-1]):
        base = best[begin][0] + _A_CUE
        *_, reach = _fill(borders, begin, len(borders) - 1, columns=layout.columns, room=0 if begin else room, lines=layout.lines)
        for end in range(begin + 1, reach + 1):
            to = borders[end]
            length = (to.position - border.position) * per_character
            cost = base + to.cost
            if length > longest:
                cost += 5.0 * (length - longest)
            if length < _SHORT_SECONDS:
                cost += 3.0 * (_SHORT_SECONDS - length)
            if cost < best[end][0]:
                best[end] = (cost, begin)
    cuts = [len(borders) - 1]
    while cuts[-1]:
        cuts.append(best[cuts[-1]][1])
    cuts.reverse()
    return tuple(_lines(text, borders, begin, end, columns=layout.columns, room=0 if begin else room) for begin, end in pairwise(cuts))


class _Border(NamedTuple):
    """A position where the text may be cut."""

    position: int
    cost: float
    start_column: int
    """Columns of the text before it."""
    end_column: int
    """Columns of the text before it, without the space that a cut here removes."""


def _lines(text: str, borders: list[_Border], begin: int, end: int, *, columns: int, room: int) -> Lines:
    """Return the text between two borders in as few lines as possible, of even length."""

    def widths_of(ends: list[int]) -> list[int]:
        return [borders[stop].end_column - borders[start].start_column for start, stop in pairwise((begin, *ends))]

    ends = _fill(borders, begin, end, columns=columns, room=room)
    widths = widths_of(ends)
    # Find the narrowest block with that number of lines. A word that fits a line is not cut, since it has no border inside.
    for narrower in range(columns - 1, room, -1) if len(ends) > 1 else ():
        if widths[0] <= narrower - room and max(widths) <= narrower:
            continue  # as it is
        even = _fill(borders, begin, end, columns=narrower, room=room)
        widths = widths_of(even)
        if len(even) > len(ends) or widths[0] > columns - room or max(widths) > columns:
            break
        ends = even
    return tuple(text[borders[start].position : borders[stop].position].strip() for start, stop in pairwise((begin, *ends)))


def _fill(borders: list[_Border], begin: int, end: int, *, columns: int, room: int, lines: float = math.inf) -> list[int]:
    """Return the ends of at most ``lines`` lines from border ``begin`` on; a word is cut only if it does not fit a line."""
    ends: list[int] = []
    start, free, last_whole = begin, columns - room, begin
    for stop in range(begin + 1, end + 1):
        while borders[stop].end_column - borders[start].start_column > free and stop - 1 > start:
            start = last_whole if last_whole > start else stop - 1
            ends.append(start)
            free = columns
            if len(ends) == lines:
                return ends
        if borders[stop].cost < _ANYWHERE:
            last_whole = stop
    return [*ends, end]


def _borders(text: str, columns: int, sentences: Collection[int]) -> list[_Border]:
    """Return where the text may be cut, from its start to its end. A word wider than ``columns`` may be cut anywhere."""
    found = [_Border(0, 0.0, 0, 0)]
    column = 0
    for position in range(1, len(text)):
        before = text[position - 1]
        column += 1 if before.isascii() else _width(before)
        if before == " " or not before.isascii():
            cost = _cost(text, position, starts_sentence=position in sentences)
            if cost is not None:
                _cut_word(text, found, position, column, columns)
                found.append(_Border(position, cost, column, column - (before == " ")))
    column += _width(text[-1])
    _cut_word(text, found, len(text), column, columns)
    found.append(_Border(len(text), 0.0, column, column))
    return found


def _cut_word(text: str, found: list[_Border], end: int, end_column: int, columns: int) -> None:
    """Add a border at each character after the last border, if the stretch is too wide."""
    first = found[-1]
    if end_column - first.start_column <= columns:
        return
    column = first.start_column
    for position in range(first.position + 1, end):
        column += _width(text[position - 1])
        if _width(text[position]) and text[position] != " ":
            found.append(_Border(position, _ANYWHERE, column, column - (text[position - 1] == " ")))


def _cost(text: str, position: int, *, starts_sentence: bool) -> float | None:
    """Return the cost of a cut before ``position``, after a space or beside a wide character; None if no cut is allowed."""
    before, after = text[position - 1], text[position]
    if before == " ":
        if after in _NO_LINE_START or (position > 1 and text[position - 2] in _OPENERS):
            return None
        return _SENTENCE if starts_sentence else _kind(text, position - 1)
    if after == " " or after in _NO_LINE_START or before in _OPENERS:
        return None
    # Curly quotes are as narrow as letters, in Chinese too.
    ends_wide, begins_wide = _is_wide(before) or before in _CURLY, _is_wide(after) or after in _CURLY
    if (ends_wide and begins_wide and (_is_wide(before) or _is_wide(after))) or (_is_wide(before) and before in _ENDS):
        return _SENTENCE if starts_sentence else _kind(text, position)
    return None


def _kind(text: str, position: int) -> float:
    """Return the cost of the border after the word that ends at ``position``, if it does not end a sentence."""
    end = position
    while end and text[end - 1] in CLOSERS:
        end -= 1
    sign = text[end - 1] if end else ""
    if sign == "." and end == position and text[max(end - 2, 0)] != ".":
        return _TIED
    # A question or an ellipsis within a sentence: '"Really?" he asked', "Well... maybe".
    return _CLAUSE if sign in _ENDS else _WORD


def _is_wide(character: str) -> bool:
    # Hangul is wide but written with spaces between words.
    return unicodedata.east_asian_width(character) in "WF" and not "\uac00" <= character <= "\ud7a3"


def _width(character: str) -> int:
    """Return the columns of a character: two if East Asian wide (UAX 11), none for a combining mark."""
    if character.isascii():
        return 1
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
