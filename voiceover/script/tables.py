"""Spoken tables: one paragraph per row, "Header: cell; Header: cell."."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token

from voiceover.script.inline import Reading, first_offset, read_inline
from voiceover.script.places import Place, row_places
from voiceover.script.spoken import plain_text, shown
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Source

_Cell = tuple[Sequence[Token], Place]

_STOPS = ".!?…:;。！？"
_BAR = lazy_pattern(r"(?<!\\)\|")


def read_table(reading: Reading, tokens: Sequence[Token]) -> None:
    """Add the spoken text of a table; a row without any header is just its cells."""
    rows = _rows(reading, tokens)
    header, body = rows[0], rows[1:]
    if reading.read.tables == "skip":
        row = tokens[0].map[0] if tokens[0].map else 0
        names = ", ".join(plain_text(cell) for cell, _ in header or rows[1])
        reading.problems.unspoken(Source(reading.path, row + 1), "table", f"table of {len(body)} rows ({shown(names)})")
        reading.leave_out("tables", " ".join(plain_text(cell) for row_cells in rows for cell, _ in row_cells))
        return
    warn_of_lost_cells(reading, tokens)
    if not body:
        header, body = [], [header]
    for row_cells in body:
        _read_row(reading, header, row_cells)


def warn_of_lost_cells(reading: Reading, tokens: Sequence[Token]) -> None:
    """Warn of cells beyond the header of a table, which markdown-it drops."""
    if tokens[0].markup == "html":
        return
    width = sum(token.type == "th_open" for token in tokens)
    rows = [token.map[0] for token in tokens if token.type == "tr_open" and token.map]
    for row in rows[1:]:
        line = reading.lines[row]
        first = len(line) - len(line.lstrip(" \t>"))
        bars = [bar.start() for bar in _BAR.finditer(line, first)]
        beyond = bars[width if bars[:1] == [first] else width - 1 :]
        lost = line[beyond[0] :].lstrip(" \t|") if beyond else ""
        if lost:
            message = f'this row has more cells than the header, so "{shown(lost.rstrip(" |"))}" is not read; '
            advice = "give the header another cell, or write \\| for a bar within a cell"
            reading.problems.warning(Source(reading.path, row + 1, len(line) - len(lost) + 1), "lost-cell", message + advice)


def _read_row(reading: Reading, header: Sequence[_Cell], cells: Sequence[_Cell]) -> None:
    items = reading.items
    items.paragraph()
    for number, (tokens, place) in enumerate(cells):
        if not plain_text(tokens).strip():
            read_inline(reading, tokens, place)
            continue
        if items.is_amid_text():
            items.say("; ", place, 0)
        items.begin_at(place(first_offset(tokens)))
        if number < len(header) and plain_text(header[number][0]).strip():
            read_inline(reading, header[number][0], header[number][1])
            items.say(" " if items.ends_with(_STOPS) else ": ", place, 0)
        read_inline(reading, tokens, place)
    if items.is_amid_text() and not items.ends_with(_STOPS):
        items.say(".", cells[0][1], 0)


def _rows(reading: Reading, tokens: Sequence[Token]) -> list[list[_Cell]]:
    rows: list[list[_Cell]] = []
    cells: list[Token] = []
    for token in tokens:
        if token.type == "inline":
            cells.append(token)
        elif token.type == "tr_close":
            line = cells[0].map[0] if cells and cells[0].map else 0
            if tokens[0].markup == "html":
                places = [reading.place(cell) for cell in cells]
            else:
                places = row_places(reading.path, reading.lines, line, [cell.content for cell in cells])
            rows.append([(cell.children or (), place) for cell, place in zip(cells, places, strict=True)])
            cells = []
    return rows
