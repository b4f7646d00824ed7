"""The cells of an HTML table, if it is a plain table and not a layout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field

from markdown_it.token import Token

from voiceover.script.html_elements import Element, Matching, Position
from voiceover.script.html_tags import CODE, HEADINGS, Tag
from voiceover.types.lazy_dataclass import dataclass

_NOT_IN_CELLS = frozenset(("blockquote", "hr", "table")) | HEADINGS | CODE
_OF_TABLES = frozenset(("caption", "col", "colgroup", "table", "tbody", "td", "tfoot", "th", "thead", "tr"))
_CELLS = frozenset(("caption", "td", "th"))


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table, or its caption."""

    tag: Tag
    number: int
    """The number of the token that it is in."""
    start: int
    end: int

    @property
    def is_header(self) -> bool:
        return self.tag.name == "th"


@dataclass(slots=True)
class Grid:
    """A plain table."""

    rows: list[list[Cell]] = field(default_factory=list)
    captions: list[Cell] = field(default_factory=list)
    unread: list[Element] = field(default_factory=list)
    """True for hidden rows and cells."""


class _LayoutError(Exception):
    """The table holds blocks, or text around its cells."""


def read_grid(tokens: Sequence[Token], matching: Matching, table: Element, why_unread: Callable[[Element], str]) -> Grid | None:
    """Return the cells of a table; None for a layout, whose text is read like any other."""
    if not table.is_closed or table.end is None:
        return None
    reader = _GridReader(matching, why_unread)
    until: Position = (table.start[0], table.tag.end)
    try:
        for number in range(table.start[0], table.end[0] + 1):
            token = tokens[number]
            if token.type != "html_block":
                return None
            until = reader.block(number, token.content, until, table.end)
    except _LayoutError:
        return None
    reader.grid.rows = [row for row in reader.grid.rows if row]
    return reader.grid


class _GridReader:
    def __init__(self, matching: Matching, why_unread: Callable[[Element], str]) -> None:
        self.grid = Grid()
        self._matching = matching
        self._why_unread = why_unread
        self._cell: Tag | None = None

    def block(self, number: int, content: str, until: Position, end: Position) -> Position:
        """Read one block of HTML from ``until`` on, and return the end of hidden content at its end."""
        stop = end[1] if number == end[0] else len(content)
        at = 0 if until[0] < number else until[1] if until[0] == number else stop
        for tag in self._matching.tags_between(number, at, stop):
            if tag.start < at:
                continue
            element = self._matching.elements.get((number, tag.start))
            if self._cell is None:
                _refuse(content[at : tag.start].strip())
                at = tag.end
            if self._cell is None and element is not None and self._why_unread(element):
                _refuse(element.end is None or element.end > end)
                self.grid.unread.append(element)
                until = element.end or until
                at = until[1] if until[0] == number else stop
            elif tag.name in _OF_TABLES and (tag.name != "table" or tag.closing):
                self._part(tag, number)
                at = tag.end
            else:
                _refuse(tag.name in _NOT_IN_CELLS or (self._cell is None and tag.name))
        _refuse(self._cell or content[at:stop].strip())
        return until

    def _part(self, tag: Tag, number: int) -> None:
        """Process a tag of the table itself."""
        rows = self.grid.rows
        if self._cell is not None:
            cell = Cell(self._cell, number, self._cell.end, tag.start)
            (self.grid.captions if self._cell.name == "caption" else rows[-1]).append(cell)
        self._cell = tag if tag.name in _CELLS and not tag.closing else None
        if not tag.closing and (tag.name == "tr" or not rows):
            rows.append([])


def _refuse(wrong: object) -> None:
    if wrong:
        raise _LayoutError
