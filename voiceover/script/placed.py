"""markdown-it's inline parser, extended by the position of each token and by pairing brackets in one pass.

markdown-it does not record the positions of inline tokens. Here ``map`` is ``[offset, offset]`` in the content of the block.
"""

from __future__ import annotations

import re
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

from voiceover.script.labels import LONGEST_NAME, Names
from voiceover.system.lazy import lazy_pattern

CAST = "cast"
"""Key of ``env``: the Names of the whole document, None in an article."""
LABELS = "labels"
"""Key of ``env``: the Names that may start a turn in the next inline content; removed when that is parsed."""
ITEM = "item"
"""Key of ``env``: True if the next inline content is that of a list item; removed when that is parsed."""
TAGS = "tags"
"""Key of ``env``: the positions of tags in the next inline content, if that is HTML."""
DIRECTIONS = "directions"
"""Key of ``env``: True if the next inline content is a paragraph, which may contain directions; removed when that is parsed."""
DEEPEST_BRACKETS = 20
"""Brackets that are nested deeper than this are text."""

_MARKS = lazy_pattern(r"[\x00-\x1f\x7f!#$%&*+/:<=>@\[\\\]^_`{|}~：¹²³⁰⁴-⁹\u00ad]")
"""Characters that some rule looks for; content without any, which is most of it, is a single piece of text."""
_BREAKS = frozenset(("softbreak", "hardbreak"))
_BREAK_TAG = lazy_pattern(r"<br\b", re.IGNORECASE)
_NAME_END = lazy_pattern(r"\.|[ \t][-–—]")
_BRACES = lazy_pattern(r"[{}]")
UNSPOKEN = frozenset(
    (
        "cue",
        "near_cue",
        "direction",
        "time",
        "remark",
        "template",
        "html_inline",
        "html_skipped",
        "image",
        "footnote_ref",
        "task_box",
        "mark",
    )
)
"""Inline tokens that have no words."""
_NOT_HEARD = UNSPOKEN | {"label_end"}
_BRACKETS = lazy_pattern(r"\\.|`+|[\[\]]", re.DOTALL)


class PlacedInline(StateInline):
    """The state of parsing one inline content."""

    def __init__(self, src: str, md: MarkdownIt, env: EnvType, out_tokens: list[Token]) -> None:
        super().__init__(src, md, env, out_tokens)
        self.names: Names | None = env.pop(LABELS, None)
        self._pending_at = -1
        """Offset of the pending text; -1 if there is none."""
        self.is_item = bool(env.pop(ITEM, False))
        """True if the content is that of a list item, which may start with a checkbox."""
        self.takes_directions = bool(env.pop(DIRECTIONS, False))
        """True if parentheses and emphasis may be directions."""
        self.first_line = True
        """True within the first line."""
        self._heard = False
        """True if the line so far has audible text, so that no label can follow."""
        self.remarked_at = -1
        """Offset of the last line start with a warning."""
        self._pairs: dict[int, int] | None = None
        self._braces: dict[int, int] | None = None
        self._last: dict[str, int] = {}

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        token = super().push(ttype, tag, nesting)
        token.map = [self.pos, self.pos]
        self._pending_at = -1
        if ttype in _BREAKS or (ttype == "html_inline" and _BREAK_TAG.match(self.src, self.pos)):
            self.first_line = self._heard = False
        elif ttype not in _NOT_HEARD:
            self._heard = True
        return token

    def append_pending(self, text: str) -> None:
        if self._pending_at < 0:
            self._pending_at = self.pos
        if not self._heard and text.strip(" \t"):
            self._heard = True
        super().append_pending(text)

    def pushPending(self) -> Token:  # noqa: N802
        token = super().pushPending()
        token.map = [self._pending_at, self._pending_at]
        self._pending_at = -1
        return token

    @property
    def pairs(self) -> dict[int, int]:
        """Offset of the closing bracket by that of the opening one."""
        if self._pairs is None:
            self._pairs = pair_brackets(self.src)
        return self._pairs

    @property
    def braces(self) -> dict[int, int]:
        """Offset of the closing brace by that of the opening one."""
        if self._braces is None:
            self._braces, opened = {}, []
            for brace in _BRACES.finditer(self.src):
                if brace[0] == "{":
                    opened.append(brace.start())
                elif opened:
                    self._braces[opened.pop()] = brace.start()
        return self._braces

    def last(self, mark: str) -> int:
        """Return the offset of the last ``mark`` in the content; -1 if there is none."""
        if mark not in self._last:
            self._last[mark] = self.src.rfind(mark)
        return self._last[mark]

    def at_line_start(self) -> bool:
        """Return True if no audible text precedes the current character on its displayed line."""
        return not self._heard


class PlacedInlineParser(ParserInline):
    """Parses inline content with ``PlacedInline``."""

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        if src and not tokens and _MARKS.search(src) is None and not _may_hold_more(src, env):
            env.pop(LABELS, None)
            env.pop(ITEM, None)
            env.pop(DIRECTIONS, None)
            tokens.append(Token("text", "", 0, content=src, map=[0, 0]))
            return tokens
        state = PlacedInline(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


def _may_hold_more(src: str, env: EnvType) -> bool:
    """True if content without a mark may still be a direction in parentheses, or starts with a name of the cast."""
    names: Names | None = env.get(LABELS)
    if env.get(DIRECTIONS) and (")" in src or "）" in src):
        return True
    return names is not None and names.find(_NAME_END.split(src[: LONGEST_NAME + 1], 1)[0]) is not None


def carry_places(state: StateInline) -> None:
    """Give neighbouring pieces of text the position of the first non-empty one, whichever of them remains when they are joined."""
    run: list[Token] = []
    for token in (*state.tokens, None):
        if token is not None and token.type in ("text", "text_special"):
            run.append(token)
            continue
        # Half of a bold mark remains as an empty piece.
        first = next((piece.map for piece in run if piece.content), None)
        for piece in run:
            piece.map = first or piece.map
        run.clear()


def pair_brackets(src: str) -> dict[int, int]:
    """Pair the brackets outside of escapes and code spans.

    markdown-it searches for the end of a link from each opening bracket, which takes ten times as long for unclosed brackets.
    """
    runs: dict[int, list[int]] = {}
    marks = list(_BRACKETS.finditer(src))
    for mark in reversed(marks):
        if mark[0][0] == "`":
            runs.setdefault(len(mark[0]), []).append(mark.start())
    pairs: dict[int, int] = {}
    open_at: list[list[int]] = []
    code_until = 0
    for mark in marks:
        at, sign = mark.start(), mark[0]
        if at < code_until:
            continue
        if sign[0] == "`":
            same = runs[len(sign)]
            while same and same[-1] <= at:
                same.pop()
            if same:
                code_until = same[-1] + len(sign)
        elif sign == "[":
            open_at.append([at, 0])
        elif sign == "]" and open_at:
            start, height = open_at.pop()
            if height < DEEPEST_BRACKETS:
                pairs[start] = at
            if open_at:
                open_at[-1][1] = max(open_at[-1][1], height + 1)
    return pairs
