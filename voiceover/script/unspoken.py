"""Silent tokens for syntax that is removed; each one is reported with its own code."""

from __future__ import annotations

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from voiceover.script.spoken import shown

MARK = "mark"
"""Type of these tokens, in lines and between blocks."""


def describe(token: Token, code: str, message: str) -> None:
    """Record what a token of type ``MARK`` replaces."""
    token.meta = {"code": code, "message": message}


def push_inline(state: StateInline, end: int, code: str, kind: str, *, silent: bool) -> bool:
    """Replace the source up to ``end`` by a mark; return True, like a rule that matches."""
    if not silent:
        describe(state.push(MARK, "", 0), code, f"{kind} {shown(state.src[state.pos : end])}")
    state.pos = end
    return True


def push_block(state: StateBlock, first: int, after: int, code: str, message: str) -> None:
    """Add a mark for the lines from ``first`` up to ``after``, and continue with the line ``after``."""
    token = state.push(MARK, "", 0)
    token.map = [first, after]
    describe(token, code, message)
    state.line = after


def push_paragraph(state: StateBlock, line: int, text: str) -> None:
    """Add a paragraph of one line, such as the title of a container."""
    state.push("paragraph_open", "p", 1).map = [line, line + 1]
    token = state.push("inline", "", 0)
    token.content, token.map, token.children = text, [line, line + 1], []
    state.push("paragraph_close", "p", -1)


def line_of(state: StateBlock, line: int) -> str:
    """Return the text of a line without the marks of the blocks around it."""
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
