"""Map characters of parsed text to their locations in the file.

markdown-it reports only the first line of a block, and inline content without the list and quotation marks around it. A ``Place`` turns an
offset in such content into path, line and column.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from voiceover.settings.strict_yaml import Scalar
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Source

Place: TypeAlias = Callable[[int], Source]
"""Returns the location of the character at an offset."""

_CLOSING_HASHES = lazy_pattern(r"[ \t]#+[ \t]*$")
_ESCAPE_LENGTHS = {"x": 4, "u": 6, "U": 10}
_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "v": "\v",
    "f": "\f",
    "_": "\u00a0",
    "N": "\u0085",
    "L": "\u2028",
    "P": "\u2029",
    "0": "\0",
    "e": "\x1b",
    "a": "\a",
}


def block_place(path: str, lines: Sequence[str], first: int, content: str) -> Place:
    """Locate the content of a paragraph or heading whose first line is ``lines[first]``.

    A line of content is the end of its source line, after marks of containers, so the two are aligned at their ends.
    """
    starts = [0, *(match.end() for match in re.finditer("\n", content))]
    columns: dict[int, int] = {}

    def column_of(row: int) -> int:
        end = starts[row + 1] - 1 if row + 1 < len(starts) else len(content)
        piece = content[starts[row] : end].rstrip()
        line = lines[first + row].rstrip() if first + row < len(lines) else ""
        if not line.endswith(piece):
            line = _CLOSING_HASHES.sub("", line).rstrip()
        return len(line) - len(piece) if line.endswith(piece) else max(line.find(piece), 0)

    def place(offset: int) -> Source:
        row = bisect_right(starts, offset) - 1
        if row not in columns:
            columns[row] = column_of(row)
        return Source(path, first + row + 1, columns[row] + offset - starts[row] + 1)

    return place


def row_places(path: str, lines: Sequence[str], row: int, cells: Sequence[str]) -> list[Place]:
    """Locate the cells of a table row on ``lines[row]``."""
    line = lines[row]
    at = len(line) - len(line.lstrip(" \t>"))
    places: list[Place] = []
    for cell in cells:
        raw = cell.replace("|", "\\|")
        found = line.find(raw, at) if raw else -1
        start = at if found < 0 else found
        at = start + len(raw)
        places.append(_cell_place(path, row, start, cell))
    return places


def _cell_place(path: str, row: int, start: int, cell: str) -> Place:
    return lambda offset: Source(path, row + 1, start + offset + cell.count("|", 0, offset) + 1)


def shifted(place: Place, by: int) -> Place:
    """Return ``place`` for content that starts ``by`` characters later."""
    return lambda offset: place(offset + by)


def scalar_place(lines: Sequence[str], scalar: Scalar) -> Place:
    """Locate the text of a YAML scalar by scanning its source, which also has quotes, escapes, line ends and indents."""
    source = scalar.source
    walked: list[Source] = []

    def place(offset: int) -> Source:
        if not walked:
            walked.extend(_walk(lines, scalar))
        return walked[min(offset, len(walked) - 1)] if walked else source

    return place


def _walk(lines: Sequence[str], scalar: Scalar) -> list[Source]:
    """Return the location of each character of a scalar's text, or only that of its start if text and source do not match."""
    path, row, column = scalar.source.path, scalar.source.line - 1, scalar.source.column - 1
    mark = "" if scalar.plain else lines[row][column : column + 1]
    block = mark in ("|", ">")
    units = _units(lines, row + 1, 0, "") if block else _units(lines, row, column + len(mark), mark)
    found: list[Source] = []
    last = scalar.source
    for character in scalar.text:
        if not character.isspace():
            typed, row, column = next(((c, r, k) for c, r, k in units if not c.isspace()), ("", 0, 0))
            if typed != character:
                return [scalar.source]
            last = Source(path, row + 1, column + 1)
        found.append(last)
    return found


def _units(lines: Sequence[str], row: int, column: int, mark: str) -> Iterator[tuple[str, int, int]]:
    """Yield the characters that source text represents, each with its row and column, within the quotes ``mark``."""
    while row < len(lines):
        line = lines[row]
        while column < len(line):
            length, character = 1, line[column]
            if mark == "'" and line.startswith("''", column):
                length = 2
            elif mark == '"' and character == "\\":
                escape = line[column + 1 : column + 2]
                length = _ESCAPE_LENGTHS.get(escape, 2)
                digits = line[column + 2 : column + length]
                character = chr(int(digits, 16)) if digits else _ESCAPES.get(escape, escape or " ")
            yield character, row, column
            column += length
        row, column = row + 1, 0
