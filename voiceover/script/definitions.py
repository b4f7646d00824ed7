"""Block rules for definition lists (``Term`` above ``: text``) and abbreviations (``*[HTML]: HyperText Markup Language``)."""

from __future__ import annotations

from markdown_it.rules_block import StateBlock

from voiceover.script.spoken import shown
from voiceover.script.unspoken import line_of, push_block
from voiceover.system.lazy import lazy_pattern

_ABBREVIATION = lazy_pattern(r"\*\[(?P<short>[^\[\]\n]{1,100})\]:(?!\*)")
_DEFINITION = lazy_pattern(r":[ \t]+(?=\S)")


def abbreviation(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """The definition of an abbreviation, which browsers show as a tooltip."""
    line = line_of(state, start_line)
    match = _ABBREVIATION.match(line) if line.startswith("*[") else None
    names = state.env.get("cast")
    if match is None or (names is not None and names.find(match["short"]) is not None):
        return False
    if not silent:
        push_block(state, start_line, start_line + 1, "abbreviation", f"abbreviation {shown(line)}")
    return True


def definition(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Remove the ``: `` before the definition of the term above it; other rules then parse the definition as a block."""
    start, end = state.bMarks[start_line] + state.tShift[start_line], state.eMarks[start_line]
    match = _DEFINITION.match(state.src, start, end) if state.src.startswith(":", start) else None
    if match is None:
        return False
    if silent:
        return True
    if not state.tokens or state.tokens[-1].type not in ("paragraph_close", "table_close"):
        return False
    if not any(line >= 0 and not state.isEmpty(line) for line in (start_line - 1, start_line - 2)):
        return False
    state.bMarks[start_line], state.tShift[start_line] = match.end(), 0
    return False
