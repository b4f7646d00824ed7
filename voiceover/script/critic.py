"""CriticMarkup, which marks changes to a text: insertions and highlights are read, deletions and comments are not."""

from __future__ import annotations

from markdown_it.rules_inline import StateInline

from voiceover.script.placed import PlacedInline
from voiceover.script.unspoken import push_inline

_CLOSING = {"++": "++}", "--": "--}", "==": "==}", ">>": "<<}", "~~": "~~}"}
_LONGEST = 2000
"""Characters of one change."""


def change(state: StateInline, silent: bool) -> bool:
    """``{++added++}``, ``{--deleted--}``, ``{~~old~>new~~}``, ``{==marked==}`` and ``{>>comment<<}``."""
    src, start = state.src, state.pos
    kind = src[start + 1 : start + 3]
    closing = _CLOSING.get(kind)
    if closing is None or not isinstance(state, PlacedInline) or state.last(closing) < start + 3:
        return False
    end = src.find(closing, start + 3, min(state.posMax, start + _LONGEST))
    content = src[start + 3 : end] if end >= 0 else ""
    if not content.strip() or "}" in content:  # {++i} and {j++} is code
        return False
    after = end + len(closing)
    if kind == ">>":
        return push_inline(state, after, "comment", "comment", silent=silent)
    if kind == "--":
        return push_inline(state, after, "struck", "struck out:", silent=silent)
    first = start + 3
    if kind == "~~":
        arrow = src.find("~>", first, end)
        if arrow < 0:
            return False
        first = arrow + 2
        push_inline(state, first, "struck", "struck out:", silent=silent)
    if not silent:
        stop = state.posMax
        state.pos, state.posMax = first, end
        state.md.inline.tokenize(state)
        state.posMax = stop
    state.pos = after
    return True
