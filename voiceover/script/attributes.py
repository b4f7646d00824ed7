"""Attribute lists: ``{: .x}`` of kramdown, ``{#id .class key=value}`` of Pandoc, and the spans ``[words]{.x}``.

Other braces are prose, a template, a label, or set notation, and are not touched.
"""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from voiceover.script.block_ends import all_ends, last_line
from voiceover.script.placed import PlacedInline
from voiceover.script.spoken import shown
from voiceover.script.unspoken import MARK, line_of, push_block, push_inline
from voiceover.system.lazy import lazy_pattern

HEADING = "heading"
"""Key of ``env``: True while the content of a heading is parsed."""

_LONGEST = 5000
_VALUE = r"""(?:"[^"]{0,4000}+"|'[^']{0,4000}+'|[^\s"'{}]++)"""
_ITEM = rf"""(?:[.#][\w:.-]++|[\w:@-]++=\s*+{_VALUE}|data-[\w-]++|=[a-z][\w-]++|-)"""
_LIST = lazy_pattern(rf"\{{\s*+{_ITEM}(?:\s++{_ITEM})*+\s*+\}}")
_KRAMDOWN = lazy_pattern(
    r"""\{:(?:[^{}"'\n]|"[^"\n]{0,500}+"|'[^'\n]{0,500}+')*+\}|\{::?/?(?:nomarkdown|options|comment)?[^{}\n]{0,200}+\}"""
)
_KRAMDOWN_SPAN = lazy_pattern(rf"\{{:\s*+(?:{_ITEM}|[A-Za-z][\w-]*+)(?:\s++(?:{_ITEM}|[A-Za-z][\w-]*+))*+\s*+\}}")
_USUAL = "align alt class fig-align fig-alt fig-cap height id key lang loading rel role start style target title type width"
_KEYS = frozenset(_USUAL.split())
_KEY = lazy_pattern(r"\{\s*([\w:@-]+)=")
_CONTENTS = lazy_pattern(r"\{:\s*toc\b")
_REMARK = lazy_pattern(r"\{::comment\}[ \t]*$")
_REMARK_END = lazy_pattern(r"^[ \t>]*\{:/(?:comment)?\}[ \t]*$", re.MULTILINE)
_REMARK_ENDS = "ends of kramdown comments"
_CLOSED = frozenset(("link_close", "image", "code_inline", "math_inline", "label"))
_REST = lazy_pattern(r"\s*+\Z")
_EMPHASIS = frozenset("*_~=")


def attribute_lines(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A line with only an attribute list, above or below the block it applies to; ``{:toc}`` replaces the list above it."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    if not state.src.startswith("{", start):
        return False
    line = line_of(state, start_line).rstrip()
    if _REMARK.match(line):
        return _remark(state, start_line, end_line, silent=silent)
    if not (_KRAMDOWN.fullmatch(line) or (_LIST.fullmatch(line) and _is_sure(line))):
        return False
    if silent:
        return True
    if _CONTENTS.match(line):
        if start_line and not state.isEmpty(start_line - 1):
            _drop_list(state)
        push_block(state, start_line, start_line + 1, "contents", f"table of contents {shown(line)}")
    else:
        push_block(state, start_line, start_line + 1, "attributes", f"attributes {shown(line)}")
    return True


def _remark(state: StateBlock, start_line: int, end_line: int, *, silent: bool) -> bool:
    """``{::comment}`` to ``{:/comment}``."""
    last = last_line(state, all_ends(state, _REMARK_ENDS, _REMARK_END), state.eMarks[start_line], end_line)
    if last is None:
        return False
    if not silent:
        push_block(state, start_line, last + 1, "comment", f"comment {shown(state.getLines(start_line + 1, last, 0, False))}")
    return True


def _drop_list(state: StateBlock) -> None:
    """Remove the list that has just ended."""
    kind, close, _ = state.tokens[-1].type.partition("_list_close") if state.tokens else ("", "", "")
    if not close:
        return
    level = state.tokens[-1].level
    while state.tokens:
        token = state.tokens.pop()
        if token.type == f"{kind}_list_open" and token.level == level:
            break


def attributes(state: StateInline, silent: bool) -> bool:
    """An attribute list within a line: after a link, image or other span, or at the end of a block."""
    src, start, stop = state.src, state.pos, min(state.posMax, state.pos + _LONGEST)
    kramdown = _KRAMDOWN_SPAN.match(src, start, stop)
    if kramdown is not None:
        return push_inline(state, kramdown.end(), "attributes", "attributes", silent=silent)
    match = _LIST.match(src, start, stop)
    if match is None:
        return False
    if not _follows_span(state):
        is_unnumbered = state.env.get(HEADING) and match[0].strip("{} ") == "-"
        if not (_ends_block(state, match.end()) and (is_unnumbered or _is_sure(match[0]))):
            return False
        state.pending = state.pending.rstrip()
    return push_inline(state, match.end(), "attributes", "attributes", silent=silent)


def span(state: StateInline, silent: bool) -> bool:
    """``[words]{.x}``: the words are spoken."""
    if not isinstance(state, PlacedInline):
        return False
    close = state.pairs.get(state.pos, -1)
    if not 0 < close < state.posMax - 1 or state.src[close + 1] != "{":
        return False
    if state.names is not None and state.names.find(state.src[state.pos + 1 : close].partition("|")[0]) is not None:
        return False
    match = _LIST.match(state.src, close + 1, min(state.posMax, close + _LONGEST))
    if match is None:
        return False
    if silent:
        state.pos += 1
        return True
    stop = state.posMax
    state.pos, state.posMax = state.pos + 1, close
    state.md.inline.tokenize(state)
    state.pos, state.posMax = close + 1, stop
    return push_inline(state, match.end(), "attributes", "attributes", silent=False)


def _follows_span(state: StateInline) -> bool:
    """True if the list is written directly behind a link, an image, code, emphasis or an icon."""
    if state.pending or not state.tokens:
        return False
    last = state.tokens[-1]
    if last.type == "text":
        return bool(last.content) and _EMPHASIS.issuperset(last.content)
    return last.type in _CLOSED or (last.type == MARK and last.meta["code"] in ("emoji", "container"))


def _ends_block(state: StateInline, end: int) -> bool:
    """Return True if the list ends its block and follows a space."""
    return _REST.match(state.src, end) is not None and (state.pos == 0 or state.src[state.pos - 1].isspace())


def _is_sure(found: str) -> bool:
    """Return True if braces without a span before them start like attributes: with a class, identifier, usual key or quoted value."""
    inner = found[1:].lstrip()
    if inner[0] in ".#":
        return True
    key = _KEY.match(found)
    return key is not None and (key[1] in _KEYS or key[1].startswith("data-") or found[key.end()] in "\"'")
