"""Where blocks end that a mark closes, such as comments and formulas: the marks of a document are looked for once, not per opening."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from markdown_it.rules_block import StateBlock


def all_ends(state: StateBlock, key: str, pattern: re.Pattern[str]) -> list[int]:
    """Return the starts of all matches of ``pattern`` in the document, kept in the parser's environment under ``key``."""
    ends: list[int] | None = state.env.get(key)
    if ends is None:
        ends = state.env[key] = [match.start() for match in pattern.finditer(state.src)]
    return ends


def last_line(state: StateBlock, ends: Sequence[int], opened: int, end_line: int) -> int | None:
    """Return the line of the first of ``ends`` from the position ``opened`` on; None if there is none before ``end_line``."""
    number = bisect_left(ends, opened)
    line = bisect_right(state.bMarks, ends[number]) - 1 if number < len(ends) else end_line
    return line if line < end_line else None
