r"""TeX: maths between ``\\( \\)`` and ``\\[ \\]``, of whose two backslashes Markdown leaves one for the browser, and commands for paper."""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from voiceover.script.block_ends import all_ends, last_line
from voiceover.script.placed import PlacedInline
from voiceover.script.spoken import shown
from voiceover.script.unspoken import line_of, push_block
from voiceover.system.lazy import lazy_pattern

_CLOSING = {"(": "\\\\)", "[": "\\\\]"}
_BLOCK_END = lazy_pattern(r"\\\\\][ \t]*$", re.MULTILINE)
_ENDS = "ends of TeX blocks"
_LAYOUTS = r"center|flushleft|flushright|quote|quotation|landscape|multicols|minipage|small|footnotesize"
_COMMANDS = lazy_pattern(
    r"(?:\\(?:newpage|pagebreak|clearpage|cleardoublepage|tableofcontents|listof(?:figures|tables)|maketitle|noindent|centering"
    rf"|(?:small|med|big)skip|[vh]space\*?|appendix|frontmatter|mainmatter|backmatter|(?:begin|end)\{{(?:{_LAYOUTS})\}})"
    r"(?:\[[^\]\n]{0,100}\]|\{[^{}\n]{0,100}\})*+[ \t]*)++"
)
"""Commands that set a page and say nothing."""


def formula(state: StateInline, silent: bool) -> bool:
    """A formula within a line."""
    src, start = state.src, state.pos
    closing = _CLOSING.get(src[start + 2 : start + 3]) if src.startswith("\\\\", start) else None
    if closing is None or not isinstance(state, PlacedInline) or state.last(closing) < start + 3:
        return False
    end = src.find(closing, start + 3, state.posMax)
    if end < 0 or not src[start + 3 : end].strip():
        return False
    if not silent:
        token = state.push("math_inline" if closing[-1] == ")" else "math_inline_double", "math", 0)
        token.content, token.markup = src[start + 3 : end].strip(), src[start : start + 3]
    state.pos = end + 3
    return True


def formula_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A formula on separate lines, which may include blank ones."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    if not state.src.startswith("\\\\[", start):
        return False
    inside = state.src.find("\\\\]", start + 3, state.eMarks[start_line])
    if inside >= 0 and state.src[inside + 3 : state.eMarks[start_line]].strip():
        return False
    last = last_line(state, all_ends(state, _ENDS, _BLOCK_END), start + 3, end_line)
    if last is None:
        return False
    if not silent:
        token = state.push("math_block", "math", 0)
        lines = state.getLines(start_line, last + 1, state.blkIndent, False).strip()
        token.content, token.map, token.markup = lines[3:-3], [start_line, last + 1], "\\\\["
        state.line = last + 1
    return True


def commands(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A line of commands such as ``\\newpage`` or ``\\begin{center}``, which Pandoc and R Markdown pass on to TeX."""
    line = line_of(state, start_line)
    if not line.startswith("\\") or _COMMANDS.fullmatch(line) is None:
        return False
    if not silent:
        push_block(state, start_line, start_line + 1, "template", f"TeX command {shown(line)}")
    return True
