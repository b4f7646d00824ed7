"""Syntax of note-taking programs: ``[[page|words]]``, ``![[embed]]``, ``%% comments %%``, ``^block`` identifiers and ``[TOC]``."""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from voiceover.script.block_ends import all_ends, last_line
from voiceover.script.labels import Label
from voiceover.script.placed import PlacedInline
from voiceover.script.spoken import shown
from voiceover.script.unspoken import line_of, push_block, push_inline
from voiceover.system.lazy import lazy_pattern

_BLOCK_ID = lazy_pattern(r"\^(?=\d*[A-Za-z-]|\d{6})[A-Za-z0-9-]+[ \t]*(?=\n|\Z)")
_CONTENTS = lazy_pattern(r"(?:\[TOC\]|\[\[_?TOC_?\]\])[ \t]*$", re.IGNORECASE)
_COLON = lazy_pattern(r"[ \t]*[:：]")
_PAGE = lazy_pattern(r"[^\W\d_]|^\d{4}-\d\d(?:-\d\d)?$")
"""A page has a letter in its name, or is that of a day."""
_LONGEST = 1000
"""Most characters of a link."""
_SIZE = lazy_pattern(r"\d+(?:x\d+)?")
_COMMENT_END = lazy_pattern(r"%%[ \t]*$", re.MULTILINE)
_COMMENT_ENDS = "ends of %% comments"
_MDX_COMMENT_ENDS = "ends of {/* comments"
_MDX_COMMENT_END = lazy_pattern(r"\*/[ \t]*\}[ \t]*$", re.MULTILINE)
_MDX_COMMENT = lazy_pattern(r"\{[ \t]*/\*")


def contents(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A line ``[TOC]`` or ``[[toc]]``: the place of a table of contents."""
    line = line_of(state, start_line)
    if not line.startswith("[") or not _CONTENTS.match(line):
        return False
    names = state.env.get("cast")
    if names is not None and names.find("TOC") is not None:
        return False
    if not silent:
        push_block(state, start_line, start_line + 1, "contents", f"table of contents {shown(line)}")
    return True


def comment_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """``%%`` or ``{/*`` to the line that ends with the end of the comment, including blank lines."""
    start, end = state.bMarks[start_line] + state.tShift[start_line], state.eMarks[start_line]
    if state.src.startswith("%%", start):
        opened, found, key = start + 2, _COMMENT_END, _COMMENT_ENDS
    elif match := _MDX_COMMENT.match(state.src, start, end):
        opened, found, key = match.end(), _MDX_COMMENT_END, _MDX_COMMENT_ENDS
    else:
        return False
    mark = "%%" if key is _COMMENT_ENDS else "*/"
    if (inside := state.src.find(mark, opened, end)) >= 0 and not found.match(state.src, inside):
        return False  # text follows it, so the inline rule applies
    last = last_line(state, all_ends(state, key, found), opened, end_line)
    if last is None:
        return False
    if not silent:
        push_block(state, start_line, last + 1, "comment", f"comment {shown(state.src[start : state.eMarks[last]])}")
    return True


def comment(state: StateInline, silent: bool) -> bool:
    """``%% remark %%`` within a line, between spaces or punctuation."""
    src, start = state.src, state.pos
    if not src.startswith("%%", start) or (start and not src[start - 1].isspace()) or not isinstance(state, PlacedInline):
        return False
    if state.last("%%") < start + 2:
        return False
    end = src.find("%%", start + 2, state.posMax)
    if end < 0 or src[end + 2 : end + 3].isalnum():
        return False
    return push_inline(state, end + 2, "comment", "comment", silent=silent)


def block_id(state: StateInline, silent: bool) -> bool:
    """``^name`` at the end of a line, to which other notes link."""
    if state.pos and not state.src[state.pos - 1].isspace():
        return False
    match = _BLOCK_ID.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    state.pending = state.pending.rstrip()
    return push_inline(state, match.end(), "block-id", "block identifier", silent=silent)


def wiki_link(state: StateInline, silent: bool) -> bool:
    """``[[page]]``, ``[[page#section]]`` and ``[[page|words]]``: the words are spoken, or the names of page and section."""
    close = _closing(state, state.pos)
    if close < 0:
        return False
    if silent:
        state.pos = close + 2
        return True
    if _push_label(state, close):
        return True
    page, bar, _ = state.src[state.pos + 2 : close].partition("|")
    page = page.rstrip("\\").strip()
    words_at = state.pos + 2 + state.src[state.pos + 2 : close].index("|") + 1 if bar else -1
    state.push("link_open", "a", 1).attrs = {"href": page}
    stop = state.posMax
    if bar and state.src[words_at:close].strip():
        state.pos, state.posMax = words_at, close
        state.linkLevel += 1
        state.md.inline.tokenize(state)
        state.linkLevel -= 1
    else:
        state.pos += 2
        state.push("text", "", 0).content = _name_of(page)
    state.push("link_close", "a", -1)
    state.pos, state.posMax = close + 2, stop
    return True


def _push_label(state: StateInline, close: int) -> bool:
    """Start a turn at ``[[Name]]:`` for a name in the cast at the start of a line."""
    if not isinstance(state, PlacedInline) or state.names is None or state.linkLevel or not state.at_line_start():
        return False
    colon = _COLON.match(state.src, close + 2, state.posMax)
    page, _, words = state.src[state.pos + 2 : close].partition("|")
    speaker = state.names.find(page) or state.names.find(words)
    if colon is None or speaker is None:
        return False
    state.push("label", "", 0).meta = {"label": Label(speaker, colon.end())}
    state.pos = colon.end()
    return True


def embed(state: StateInline, silent: bool) -> bool:
    """``![[plank.png|A plank]]``: treated as an image, whatever is embedded."""
    close = _closing(state, state.pos + 1) if state.src.startswith("![[", state.pos) else -1
    if close < 0:
        return False
    if not silent:
        name, *more = (part.rstrip("\\").strip() for part in state.src[state.pos + 3 : close].split("|"))
        words = next((part for part in more if part and not _SIZE.fullmatch(part)), "")
        token = state.push("image", "img", 0)
        token.attrs = {"src": name, "alt": ""}
        token.children = [Token("text", "", 0, content=words, map=[0, 0])] if words else []
    state.pos = close + 2
    return True


def _closing(state: StateInline, start: int) -> int:
    """The offset of the ``]]`` that closes the ``[[`` at ``start``, -1 if these brackets are not a wiki link."""
    src = state.src
    if not src.startswith("[[", start) or not isinstance(state, PlacedInline):
        return -1
    before = src[start - 1 : start] if start else ""
    if before == "]" or (before.isascii() and before.isalnum()):  # an index: x[["name"]]
        return -1
    inner = state.pairs.get(start + 1, -1)
    if inner < 0 or inner + 1 >= state.posMax or state.pairs.get(start, -1) != inner + 1:
        return -1
    content = src[start + 2 : inner]
    is_page = len(content) <= _LONGEST and "[" not in content and not content.startswith("^") and _PAGE.search(content)
    return inner if is_page and src[inner + 2 : inner + 3] not in ("(", "[") else -1


def _name_of(page: str) -> str:
    """Return what a link without words displays: the page without its folders, then its section."""
    name, _, section = page.partition("#")
    name = name.strip().rstrip("/").rpartition("/")[2].removesuffix(".md")
    sections = [part.strip() for part in section.split("#") if part.strip() and not part.strip().startswith("^")]
    return ", ".join(part for part in (name, *sections) if part)
