"""Note marks, which are not spoken, and superscript digits, which are.

``[1]``, ``<sup>2</sup>`` and ``³`` directly after a full stop or a closing quote are note marks; elsewhere ``<sup>`` is an exponent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from voiceover.script.spoken import plain_text, shown
from voiceover.script.unspoken import MARK, describe
from voiceover.system.lazy import lazy_pattern

_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ"
_FLAT = "0123456789+-=()ni"
_RAISE = str.maketrans(_FLAT + "−–", _RAISED + "⁻⁻")
_POWER = lazy_pattern(r"[+−–-]?[0-9n]{1,6}|[+−–-]|i")
_NUMBERS = r"\d{1,3}(?:[ \t]*[,;–-][ \t]*\d{1,3})*+"
_NOTE = rf"(?:{_NUMBERS}|(?:note|nb|fn|n)\.?[ \u00a0]\d{{1,3}}|[a-z])"
_BRACKETED = lazy_pattern(rf"\[{_NOTE}\]")
_IN_LINK = lazy_pattern(rf"\[?(?:{_NOTE}|[*†‡§⁰¹²³⁴-⁹]+)\]?")
_IN_SUP = lazy_pattern(rf"[\[(]?(?:{_NOTE}|[*†‡§]+|,)[\])]?")
_MARKS = lazy_pattern(rf"(?:\[{_NOTE}\])+|[⁰¹²³⁴-⁹]+(?:[,⁻–][⁰¹²³⁴-⁹]+)*")
_QUICK = lazy_pattern(r"\]|[⁰¹²³⁴-⁹]|<sup", re.IGNORECASE)
_SUP = lazy_pattern(r"<sup\b", re.IGNORECASE)
_END_SUP = lazy_pattern(r"</sup\s*>", re.IGNORECASE)
_STOPS = frozenset(".!?…。！？")
_CLOSERS = frozenset("”’»›」』")
_EITHER = frozenset("\"'“‘«‹")
"""Quotes that close as well as open: straight ones, and those that close in German and other languages."""
_BEFORE_QUOTE = _STOPS | _CLOSERS | _EITHER | frozenset(",;:)%")
_COMMAS = frozenset(",;:")
_TRANSPARENT = frozenset(
    (MARK, "em_open", "em_close", "strong_open", "strong_close", "mark_open", "mark_close", "s_open", "s_close", "footnote_ref")
)
_WIDEST_SUP = 16
"""Most tokens between ``<sup>`` and ``</sup>``."""


def read_notes(state: StateInline) -> None:
    """Replace note marks by silent tokens, and exponents in ``<sup>`` by superscript digits."""
    if not _QUICK.search(state.src):
        return
    found: list[Token] = []
    tail = ""
    """Return the last audible characters."""
    tokens = state.tokens
    number = 0
    while number < len(tokens):
        token = tokens[number]
        after = number + 1
        if token.type in ("text", "text_special"):
            for piece in _cut(token, tail):
                found.append(piece)
                tail = (tail + piece.content)[-3:]
        elif token.type == "link_open":
            after, is_note = _link(tokens, number, tail)
            if is_note:
                found.append(_note(token, tokens[number:after]))
            else:
                after = number + 1
                found.append(token)
        elif token.type == "html_inline" and _SUP.match(token.content):
            after, raised = _raised(tokens, number, tail)
            found.append(raised)
            tail = raised.content[-3:] if raised.type == "text" else tail
        else:
            found.append(token)
            if token.type not in _TRANSPARENT and token.type not in ("html_inline", "link_close"):
                tail = plain_text((token,))[-3:]
        number = after
    state.tokens[:] = found


def _cut(token: Token, tail: str) -> list[Token]:
    """Return the pieces of a text, with a silent token for each note mark."""
    content, at = token.content, token.map[0] if token.map else 0
    pieces: list[Token] = []
    start = 0
    for match in _MARKS.finditer(content):
        near = content[max(start, match.start() - 3) : match.start()]
        before = near if len(near) == 3 else tail + near
        if not _is_end(before, commas=match[0][0] != "["):
            continue
        tail = before
        if match.start() > start:
            pieces.append(Token("text", "", 0, content=content[start : match.start()], map=[at + start, at + start]))
        mark = Token(MARK, "", 0, map=[at + match.start(), at + match.start()])
        describe(mark, "note", f"note mark {match[0]}")
        pieces.append(mark)
        start = match.end()
    if not pieces:
        return [token]
    if start < len(content):
        pieces.append(Token("text", "", 0, content=content[start:], map=[at + start, at + start]))
    return pieces


def _is_end(before: str, *, commas: bool) -> bool:
    """Return True if ``before`` ends with a full stop or a closing quote; with ``commas``, also with a comma or similar."""
    last = before[-1:]
    if last and last in ")]":
        last = before[-2:-1]
        return last in _STOPS
    if last in _EITHER:
        return len(before) > 1 and (before[-2].isalnum() or before[-2] in _BEFORE_QUOTE)
    return last in _STOPS or last in _CLOSERS or (commas and last in _COMMAS)


def _link(tokens: Sequence[Token], number: int, tail: str) -> tuple[int, bool]:
    """Return the position after the link, and True if the link is a note mark."""
    end = number + 1
    while end < len(tokens) and tokens[end].type != "link_close":
        end += 1
    inner = tokens[number + 1 : end]
    said = plain_text(inner).strip()
    if len(said) > 20 or not _IN_LINK.fullmatch(said):
        return end + 1, False
    is_raised = bool(inner) and inner[0].type == "html_inline" and _SUP.match(inner[0].content) is not None
    return end + 1, is_raised or _is_end(tail, commas=False)


def _raised(tokens: Sequence[Token], number: int, tail: str) -> tuple[int, Token]:
    """Return the position after ``<sup>``, and its replacement: a note mark, superscript digits, or the unchanged tag."""
    token, end = tokens[number], _end_of_sup(tokens, number)
    inner = tokens[number + 1 : end] if end else ()
    said = plain_text(inner).strip()
    if end and _is_note(inner, said, tail):
        return end + 1, _note(token, inner)
    if len(inner) == 1 and _POWER.fullmatch(said):
        return end + 1, Token("text", "", 0, content=said.translate(_RAISE), map=token.map)
    return number + 1, token


def _end_of_sup(tokens: Sequence[Token], number: int) -> int:
    """Return the index of the token that ends the ``<sup>``; 0 if there is none."""
    for end in range(number + 1, min(number + _WIDEST_SUP, len(tokens))):
        if tokens[end].type == "html_inline" and _END_SUP.match(tokens[end].content):
            return end
    return 0


def _is_note(inner: Sequence[Token], said: str, tail: str) -> bool:
    if len(said) > 20 or not _IN_SUP.fullmatch(said):
        return False
    is_linked = any(token.type == "link_open" or (token.type == "html_inline" and token.content[:2].lower() == "<a") for token in inner)
    return is_linked or _BRACKETED.fullmatch(said) is not None or _is_end(tail, commas=True)


def _note(token: Token, inner: Sequence[Token]) -> Token:
    at = token.map[0] if token.map else 0
    at = max(at - 1, 0) if token.type == "link_open" else at
    mark = Token(MARK, "", 0, map=[at, at])
    targets = [str(part.attrs["href"]) for part in (token, *inner) if part.type == "link_open"]
    link = f", link target {shown(targets[0])}" if targets else ""
    describe(mark, "note", f"note mark {shown(plain_text(inner).strip())}{link}")
    return mark
