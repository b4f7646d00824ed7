"""``==marked==`` words, which are spoken, and ``:emoji:`` codes, which are not. markdown-it itself handles ``~~struck~~``."""

from __future__ import annotations

from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter

from voiceover.script.emoji_names import EMOJI_NAMES
from voiceover.script.unspoken import MARK, push_inline
from voiceover.system.lazy import lazy_pattern

_EMOJI = lazy_pattern(r":([a-z0-9_+-]{1,40}):")
_ICON = lazy_pattern(r"(?:material|fontawesome|octicons|simple)-[a-z0-9-]+|skin-tone-[2-6]|flag-[a-z]{2}")
"""Prefixes of names that MkDocs and Slack use besides those of emoji."""
_NOT_BEFORE = frozenset(":/\\")
_EQUALS = ord("=")


def highlight(state: StateInline, silent: bool) -> bool:
    """Record each ``==`` that may start or end marked words; within words and between spaces it is a comparison."""
    if silent or not state.src.startswith("==", state.pos):
        return False
    around = state.src[max(state.pos - 1, 0) : state.pos] + state.src[state.pos + 2 : state.pos + 3]
    # In scripts without spaces between words, marks may be within words.
    scanned = state.scanDelims(state.pos, not around.isascii())
    if scanned.length > 2:
        state.append_pending("=" * scanned.length)
        state.pos += scanned.length
        return True
    state.push("text", "", 0).content = "=="
    if scanned.can_open or scanned.can_close:
        state.delimiters.append(Delimiter(_EQUALS, 0, len(state.tokens) - 1, -1, scanned.can_open, scanned.can_close))
    state.pos += 2
    return True


def pair_highlights(state: StateInline) -> None:
    """Turn the pairs of ``==`` into silent tokens."""
    for delimiters in (state.delimiters, *(meta["delimiters"] for meta in state.tokens_meta if meta and "delimiters" in meta)):
        for delimiter in delimiters:
            if delimiter.marker == _EQUALS and delimiter.end >= 0:
                for number, kind in ((delimiter.token, "mark_open"), (delimiters[delimiter.end].token, "mark_close")):
                    token = state.tokens[number]
                    token.type, token.content, token.markup = kind, "", "=="
                    token.nesting = 1 if kind == "mark_open" else -1


def emoji(state: StateInline, silent: bool) -> bool:
    """``:tada:``, if the name is known and it is not part of a word or a time."""
    match = _EMOJI.match(state.src, state.pos, state.posMax)
    if match is None or not (match[1] in EMOJI_NAMES or _ICON.fullmatch(match[1])):
        return False
    before, after = state.src[state.pos - 1 : state.pos] if state.pos else "", state.src[match.end() : match.end() + 1]
    follows_one = before == ":" and not state.pending and bool(state.tokens) and state.tokens[-1].type == MARK
    if before.isalnum() or after.isalnum() or after == "/" or (before in _NOT_BEFORE and not follows_one):
        return False
    return push_inline(state, match.end(), "emoji", "emoji", silent=silent)
