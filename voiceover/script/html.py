"""Convert HTML in a document to the equivalent Markdown tokens: a core rule, so that the same code reads both.

CommonMark ends a block of HTML at a blank line; what follows is Markdown again, but within the same elements. So the rule first matches
all tags of the document, in blocks and in lines, and then rewrites the tokens: a run of text becomes a paragraph or a heading, ``<hr>`` a
scene, a plain table a table, and unspoken content one token that reports it. Matching respects the blocks of Markdown: an element ends
with its list item or quotation.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from voiceover.script.html_elements import Element, Matching, Position, begins_line, ends_line
from voiceover.script.html_tables import Cell, read_grid
from voiceover.script.html_tags import (
    BLOCKS,
    HEADINGS,
    OPTIONAL_END,
    Tag,
    attributes_of,
    holds_markdown,
    is_component,
    is_seen,
    read_tag,
    why_unread,
    words_of,
)
from voiceover.script.spoken import plain_text

Marks: TypeAlias = Mapping[int, tuple[int, Token | None]]
"""The tags in a run of HTML text: offset of the start to that of the end, and the token that replaces it, unless it is a plain tag."""
ParseLine: TypeAlias = Callable[[str, Marks | None, bool, bool], list[Token]]
"""Parses a line. Arguments: its content; its tags if it is in a block of HTML; True if labels may start a turn in it; True if Markdown
syntax applies, as within an MDX component."""


class _Writer:
    """Rewrites the tokens."""

    def __init__(self, tokens: Sequence[Token], parse: ParseLine, is_speakers: Callable[[str, int], bool]) -> None:
        self.tokens = tokens
        self.parse = parse
        self.matching = Matching(tokens, is_speakers)
        self.out: list[Token] = []
        self._until: Position = (-1, 0)
        """Nothing up to this position is spoken."""
        self._unread: tuple[Token, list[str]] | None = None
        """The token for the unspoken content, and its words."""
        self._heading: Element | None = None
        self._quotes: dict[Element, None] = {}
        self._component_end: Position = (-1, 0)
        self._footnotes = 0
        self._marks: dict[int, tuple[int, Token | None]] = {}
        self._rows = (0, 0)
        """An offset in the current block of HTML, and the number of line ends before it."""

    def write(self) -> list[Token]:
        """Return all tokens."""
        for number, token in enumerate(self.tokens):
            if token.type == "html_block":
                self._block(number, token)
            elif token.type == "inline" and self._until < (number + 1, 0):
                self._line(number, token)
            elif (number, 0) < self._until:
                self._leave_out(token.content)
            else:
                self._footnotes += {"footnote_reference_open": 1, "footnote_reference_close": -1}.get(token.type, 0)
                self.out.append(self._as_heading(number, token))
        self.out += [Token("blockquote_close", "blockquote", -1) for _ in self._quotes]
        self._end_unread()
        return self.out

    # ------------------------------------------------------------ what is not read

    def _why(self, element: Element) -> str:
        why = "comment" if not element.tag.name else why_unread(element.tag)
        if not why and element.tag.name == "code" and self._is_code_block(element):
            return "code"
        if not why or element.tag.is_empty or (not element.in_block and not element.is_closed):
            return ""
        return why

    def _is_code_block(self, element: Element) -> bool:
        start, end = element.start, element.end
        if not element.in_block or not element.is_closed or end is None or not begins_line(self.tokens[start[0]].content, start[1]):
            return False
        if start[0] != end[0]:
            return True
        content = self.tokens[start[0]].content
        return content.find("\n", start[1], end[1]) >= 0 and ends_line(content, end[1])

    def _begin_unread(self, token: Token, element: Element, why: str, number: int) -> int:
        """Skip everything until an element ends; return the offset of the end in its first token."""
        content = self.tokens[number].content
        end = element.end or (number, len(content))
        token.meta |= {"why": why, "seen": is_seen(element.tag, why), "name": element.tag.name}
        token.meta["unclosed"] = not element.is_closed and element.tag.name not in OPTIONAL_END
        self._end_unread()
        self._until, self._unread = end, (token, [])
        return end[1] if end[0] == number else len(content)

    def _leave_out(self, text: str) -> None:
        if self._unread is not None and text:
            self._unread[1].append(text)

    def _end_unread(self) -> None:
        if self._unread is not None:
            token, parts = self._unread
            token.content = "\n\n".join((token.content, *parts))
            self._unread = None

    # ------------------------------------------------------------ lines of Markdown

    def _as_heading(self, number: int, token: Token) -> Token:
        """Return the token, as a heading for a Markdown paragraph within an HTML heading."""
        if token.type not in ("paragraph_open", "paragraph_close") or (heading := self._heading_at((number, 0))) is None:
            return token
        return Token(token.type.replace("paragraph", "heading"), heading.tag.name, token.nesting, map=token.map, level=token.level)

    def _line(self, number: int, token: Token) -> None:
        if self.out and self.out[-1].type == "heading_open" and any(child.type == "label" for child in token.children or ()):
            token.children = self.parse(token.content, None, False, True)
        token.children = self._children(number, token.children or (), 0)
        self.out.append(token)

    def _children(self, number: int, children: Sequence[Token], shift: int) -> list[Token]:
        """Return inline tokens with elements converted to Markdown, without unspoken content."""
        out: list[Token] = []
        at = 0
        for child in children:
            at = child.map[0] if child.map else at
            position = (number, at + shift)
            if position < self._until:
                self._unread_child(child, position, out)
                continue
            if child.type != "html_inline":
                out.append(child)
                continue
            element = self.matching.elements.get(position)
            if element is not None and (why := self._why(element)):
                skipped = Token("html_skipped", "", 0, content=child.content, map=[at, at])
                out.append(skipped)
                self._begin_unread(skipped, element, why, number)
            else:
                if out and out[-1].type == "html_inline" and _is_between_components(out[-1], child):
                    out.append(Token("softbreak", "br", 0, map=[at, at]))
                out.append(_as_markdown(child, element, self.matching.closed.get(position), at))
        return out

    def _unread_child(self, child: Token, position: Position, out: list[Token]) -> None:
        if self._unread is not None and self._unread[0].meta["why"] == "comment" and "-->" in child.content:
            before, _, after = child.content.partition("-->")
            self._leave_out(before + "-->")
            out.append(Token("text", "", 0, content=after, map=[self._until[1]] * 2))
        else:
            self._leave_out(plain_text([child]))

    # ------------------------------------------------------------ blocks of HTML

    def _block(self, number: int, token: Token) -> None:
        content = token.content
        at, self._rows, self._marks = 0, (0, 0), {}
        if (number, 0) < self._until:
            at = self._until[1] if self._until[0] == number else len(content)
            self._leave_out(words_of(content[:at]).strip())
        for tag in self.matching.tags[number]:
            if tag.start < at or (number, tag.start) < self._until:
                continue
            element = self.matching.elements.get((number, tag.start))
            if not tag.name and element is None:
                at = self._other(number, tag, at)
            elif element is not None and (why := self._why(element)):
                at = self._skip(number, element, why, at)
            elif element is not None and tag.name == "table" and (after := self._table(number, element, at)) is not None:
                at = after
            elif self._is_block(number, tag, element):
                self._run(number, at, tag.start)
                self._structure(number, tag, element)
                at = tag.end
            else:
                self._marks[tag.start] = (tag.end, None)
        self._run(number, at, len(content))

    def _is_block(self, number: int, tag: Tag, element: Element | None) -> bool:
        element = element or self.matching.closed.get((number, tag.start))
        return tag.name in BLOCKS or (element is not None and element.is_block)

    def _other(self, number: int, tag: Tag, at: int) -> int:
        """Add a comment or declaration as a separate block or a part of the run that began at ``at``; return where the run continues."""
        content = self.tokens[number].content
        if content[at : tag.start].strip():
            self._marks[tag.start] = (tag.end, None)
            return at
        self.out.append(self._piece("html_block", number, tag.start, tag.end))
        return tag.end

    def _skip(self, number: int, element: Element, why: str, at: int) -> int:
        start, content = element.start[1], self.tokens[number].content
        end = element.end or (number, len(content))
        if not element.is_block and why != "code" and end[0] == number:
            token = Token("html_skipped", "", 0, content=content[start : end[1]])
            self._marks[start] = (self._begin_unread(token, element, why, number), token)
            return at
        self._run(number, at, start)
        stop = end[1] if end[0] == number else len(content)
        token = self._piece("html_code" if why == "code" else "html_skipped", number, start, stop)
        self.out.append(token)
        return self._begin_unread(token, element, why, number)

    def _structure(self, number: int, tag: Tag, element: Element | None) -> None:
        if element is not None:
            self.out.append(self._piece("html_tag", number, tag.start, tag.end))
        if element is not None and element.is_closed and element.end is not None and holds_markdown(tag):
            self._component_end = max(self._component_end, element.end)
        if self._heading is not None and not self._heading.is_closed:
            self._heading = None
        if tag.name == "hr":
            self.out.append(self._piece("hr", number, tag.start, tag.end))
        elif tag.name in HEADINGS:
            self._heading = element
        elif tag.name == "blockquote":
            closed = self.matching.closed.get((number, tag.start))
            if element is not None and element.is_closed:
                self._quotes[element] = None
                self.out.append(self._piece("blockquote_open", number, tag.start, tag.end))
            while closed is not None and closed in self._quotes:
                self._quotes.popitem()
                self.out.append(Token("blockquote_close", "blockquote", -1))

    def _heading_at(self, position: Position) -> Element | None:
        """Return the heading that is open at a position. An unclosed heading ends with its block."""
        heading = self._heading
        if heading is None or position < (heading.end or (heading.start[0] + 1, 0)):
            return heading
        return None

    def _run(self, number: int, start: int, end: int) -> None:
        """Add a run of text without blocks in it, as a paragraph or heading."""
        content = self.tokens[number].content
        if not content[start:end].strip():
            self._marks.clear()
            return
        heading = self._heading_at((number, start))
        token = self._inline(number, start, end, labels=heading is None)
        kind, name = "paragraph", "p"
        if heading is not None and (plain_text(token.children or ()).strip()):
            kind, name = "heading", heading.tag.name
        self.out += [
            Token(f"{kind}_open", name, 1, map=token.map, markup="html"),
            token,
            Token(f"{kind}_close", name, -1, markup="html"),
        ]

    def _inline(self, number: int, start: int, end: int, *, labels: bool) -> Token:
        content = self.tokens[number].content
        start += len(content[start:end]) - len(content[start:end].lstrip())
        token = self._piece("inline", number, start, end)
        token.content = token.content.rstrip()
        marks = {at - start: (stop - start, skipped) for at, (stop, skipped) in self._marks.items()}
        self._marks = {}
        is_markdown = (number, start) < self._component_end
        children = self.parse(token.content, marks, labels and not self._footnotes, is_markdown)
        self._until = (number, start)  # the marks hold what is not spoken in this run
        token.children = self._children(number, children, start)
        return token

    def _piece(self, kind: str, number: int, start: int, end: int) -> Token:
        """Return a token with its location for a piece of a block of HTML."""
        token = self.tokens[number]
        first = token.map[0] if token.map else 0
        before, rows = self._rows if self._rows[0] <= start else (0, 0)
        rows += token.content.count("\n", before, start)
        self._rows = (start, rows)
        piece = Token(kind, "", 0, content=token.content[start:end], map=[first + rows, first + rows + 1], level=token.level)
        piece.meta = {"within": (first, token.content, start)}
        return piece

    # ------------------------------------------------------------ tables

    def _table(self, number: int, table: Element, at: int) -> int | None:
        """Write a plain table; where the text goes on after it, or None if it is a layout rather than a table."""
        grid = read_grid(self.tokens, self.matching, table, self._why)
        if grid is None or table.end is None:
            return None
        self._run(number, at, table.start[1])
        opening = self._piece("table_open", number, table.start[1], table.tag.end)
        opening.markup = "html"
        for element in grid.unread:
            token = self._piece("html_skipped", element.start[0], *self._extent(element))
            self.out.append(token)
            self._begin_unread(token, element, self._why(element), element.start[0])
        for cell in grid.captions:
            self._mark_tags(cell)
            self._run(cell.number, cell.start, cell.end)
        if grid.rows:
            self.out.append(opening)
            if not all(cell.is_header for cell in grid.rows[0]):
                self.out.append(Token("tr_close", "tr", -1))  # a header without cells
            for row in grid.rows:
                for cell in row:
                    self._mark_tags(cell)
                    inline = self._inline(cell.number, cell.start, cell.end, labels=False)
                    inline.children = _without_last_tags(inline.children or [])
                    self.out.append(inline)
                self.out.append(Token("tr_close", "tr", -1))
            self.out.append(Token("table_close", "table", -1))
        self._end_unread()
        self._until = table.end
        return table.end[1] if table.end[0] == number else len(self.tokens[number].content)

    def _extent(self, element: Element) -> tuple[int, int]:
        """Return where an element starts and ends in its first block."""
        end = element.end or element.start
        return element.start[1], end[1] if end[0] == element.start[0] else len(self.tokens[element.start[0]].content)

    def _mark_tags(self, cell: Cell) -> None:
        """Record the tags in a cell for its run of text."""
        at = cell.start
        for tag in self.matching.tags_between(cell.number, cell.start, cell.end):
            if tag.start < at:
                continue
            at = tag.end
            element = self.matching.elements.get((cell.number, tag.start))
            why = self._why(element) if element is not None else ""
            if element is None or not why:
                self._marks[tag.start] = (tag.end, None)
                continue
            token = Token("html_skipped", "", 0)
            at = min(self._begin_unread(token, element, why, cell.number), cell.end)
            token.content = self.tokens[cell.number].content[tag.start : at]
            self._marks[tag.start] = (at, token)


def _without_last_tags(children: list[Token]) -> list[Token]:
    """Return the children without closing tags at the end, which would separate the last word from a full stop."""
    end = len(children)
    while end and (not children[end - 1].content.strip() or children[end - 1].content.startswith(("</", "<br"))):
        end -= 1
    return children[:end]


def _as_markdown(child: Token, opened: Element | None, closed: Element | None, at: int) -> Token:
    """Return the Markdown token equivalent to a tag in a line, if there is one."""
    if opened is not None and opened.tag.name == "img":
        attributes = attributes_of(opened.tag)
        alt = attributes.get("alt", "")
        image = Token("image", "img", 0, content=alt, map=[at, at], attrs={"src": attributes.get("src", "")})
        image.children = [Token("text", "", 0, content=alt, map=[0, 0])] if alt else []
        return image
    element = opened or closed
    if element is None or element.tag.name != "a" or "href" not in (attributes := attributes_of(element.tag)):
        return child
    if opened is None:
        return Token("link_close", "a", -1, map=[at, at])
    return Token("link_open", "a", 1, map=[at + 1, at + 1], attrs={"href": attributes["href"]})


def _is_between_components(before: Token, after: Token) -> bool:
    """Return True if one component ends and another begins here."""
    closing, opening = read_tag(before.content), read_tag(after.content)
    return closing is not None and opening is not None and closing.closing and not opening.closing and is_component(opening.name)


def long_tag(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A block rule for HTML that starts with a tag of several lines, as components do; CommonMark treats it as text."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    if silent or not state.src.startswith("<", start) or (tag := read_tag(state.src, start)) is None:
        return False
    last = bisect_right(state.bMarks, tag.end) - 1
    if last == start_line or last >= end_line or state.src[tag.end : state.eMarks[last]].strip():
        return False
    while last < end_line and not state.isEmpty(last) and state.sCount[last] >= state.blkIndent:
        last += 1
    if any(state.isEmpty(line) for line in range(start_line, last)):
        return False
    token = state.push("html_block", "", 0)
    token.map, token.content = [start_line, last], state.getLines(start_line, last, state.blkIndent, True)
    state.line = last
    return True


def rewrite_html(tokens: Sequence[Token], parse: ParseLine, is_speakers: Callable[[str, int], bool]) -> list[Token]:
    """The tokens of a document with its HTML as the Markdown that it stands for.

    ``is_speakers`` is True for a tag, given the text that it is in and its offset, that is a speaker's label.
    """
    return _Writer(tokens, parse, is_speakers).write()
