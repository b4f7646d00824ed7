"""The HTML elements of a document: matches closing to opening tags across blank lines and Markdown blocks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from typing import TypeAlias

from markdown_it.token import Token

from voiceover.script.html_tags import BLOCKS, ENDS, ENDS_PARAGRAPH, Tag, is_component, read_tag, tags_in
from voiceover.types.lazy_dataclass import dataclass

Position: TypeAlias = tuple[int, int]
"""Index of a token of the document, and the offset in its content."""

_NO_CONTAINERS = frozenset(("paragraph_open", "heading_open"))


@dataclass(slots=True, eq=False)
class Element:
    """An element."""

    tag: Tag
    start: Position
    in_block: bool
    """True if it begins in a block of HTML instead of a line of Markdown."""
    is_block: bool
    """True if its text does not continue the sentence around it."""
    end: Position | None = None
    """Where it ends; None if nothing ends it."""
    is_closed: bool = False
    """True if its closing tag ends it."""


@dataclass(slots=True)
class _Level:
    """The open elements within one block of Markdown."""

    open: list[Element | None] = field(default_factory=list)
    """None in place of an element that ended before those in it."""
    by_name: dict[str, list[int]] = field(default_factory=dict)
    blocks: list[int] = field(default_factory=list)


class Matching:
    """Matches the tags of a document."""

    def __init__(self, tokens: Sequence[Token], is_speakers: Callable[[str, int], bool]) -> None:
        """``is_speakers`` is True for a tag, given its content and offset, that is a label, and so no block."""
        self.tokens = tokens
        self._is_speakers = is_speakers
        self.elements: dict[Position, Element] = {}
        """Elements by the position of the opening tag."""
        self.closed: dict[Position, Element] = {}
        """Elements by the position of the closing tag."""
        self.tags: dict[int, list[Tag]] = {}
        """The tags of each block of HTML."""
        self._levels = [_Level()]
        self._comment_ends: list[int] | None = None
        self._after: Position = (-1, 0)
        """The end of a comment that spans several blocks."""
        for number, token in enumerate(tokens):
            if token.type == "html_block":
                self._block(number, token.content)
            elif token.type == "inline":
                self._line(number, token.children or ())
            elif token.nesting > 0 and token.type not in _NO_CONTAINERS:
                self._levels.append(_Level())
            elif token.nesting < 0 and f"{token.type.removesuffix('_close')}_open" not in _NO_CONTAINERS and len(self._levels) > 1:
                self._end_above(0, (number, 0))
                self._levels.pop()

    def tags_between(self, number: int, start: int, end: int) -> Iterator[Tag]:
        """Return the tags in a part of a block of HTML."""
        tags = self.tags[number]
        for at in range(bisect_left(tags, start, key=lambda tag: tag.start), len(tags)):
            if tags[at].start >= end:
                return
            yield tags[at]

    def _block(self, number: int, content: str) -> None:
        start = 0 if self._after[0] < number else self._after[1] if self._after[0] == number else len(content)
        found = self.tags[number] = []
        for tag in tags_in(content):
            found.append(tag)
            if tag.start < start:
                continue
            if tag.name:
                self._tag(tag, (number, tag.start), content)
            elif content.startswith("<!--", tag.start) and not content.endswith("-->", tag.start + 4, tag.end):
                self._comment(tag, number, content)

    def _line(self, number: int, children: Sequence[Token]) -> None:
        for child in children:
            position = (number, child.map[0] if child.map else 0)
            if child.type == "html_inline" and position >= self._after and (tag := read_tag(child.content)) is not None:
                self._tag(tag, position, None)

    def _tag(self, tag: Tag, position: Position, content: str | None) -> None:
        level = self._levels[-1]
        if tag.closing:
            self._close(tag, position, content)
            return
        is_block = tag.name in BLOCKS
        if content is not None and is_component(tag.name) and begins_line(content, tag.start):
            is_block = not self._is_speakers(content, tag.start)
        ended = ENDS.get(tag.name, ENDS_PARAGRAPH if tag.name in BLOCKS else frozenset())
        while ended and level.open and ((last := level.open[-1]) is None or last.tag.name in ended):
            self._end_above(len(level.open) - 1, position)
        element = self.elements[position] = Element(tag, position, content is not None, is_block)
        if tag.is_empty:
            element.end, element.is_closed = (position[0], position[1] + tag.end - tag.start), True
            return
        level.by_name.setdefault(tag.name, []).append(len(level.open))
        if is_block:
            level.blocks.append(len(level.open))
        level.open.append(element)

    def _close(self, tag: Tag, position: Position, content: str | None) -> None:
        level = self._levels[-1]
        same = level.by_name.get(tag.name)
        if not same:
            return
        number = same[-1]
        element = level.open[number]
        assert element is not None
        if element.is_block and is_component(tag.name) and content is not None and not ends_line(content, tag.end):
            element.is_block = False
        if not element.is_block and level.blocks and level.blocks[-1] > number:
            # <b><p></b>: the paragraph continues.
            level.open[number] = None
            same.pop()
        else:
            self._end_above(number + 1, position)
            self._end_above(number, position)
        element.end, element.is_closed = (position[0], position[1] + tag.end - tag.start), True
        self.closed[position] = element

    def _end_above(self, height: int, position: Position) -> None:
        """End all elements that are open from ``height`` on."""
        level = self._levels[-1]
        while len(level.open) > height:
            element = level.open.pop()
            if element is None:
                continue
            element.end = position
            level.by_name[element.tag.name].pop()
        while level.blocks and level.blocks[-1] >= height:
            level.blocks.pop()

    def _comment(self, tag: Tag, number: int, content: str) -> None:
        """Follow a comment beyond a blank line, as a browser does."""
        if self._comment_ends is None:
            self._comment_ends = [at for at, token in enumerate(self.tokens) if "-->" in token.content]
        after = bisect_left(self._comment_ends, number + 1)
        if content.lstrip().startswith("<!--") or after == len(self._comment_ends):
            return
        last = self._comment_ends[after]
        depth = 0
        for token in self.tokens[number:last]:
            depth += token.nesting
            if depth < 0:
                self._comment_ends = []
                return
        if depth > (self.tokens[last - 1].type in _NO_CONTAINERS):
            self._comment_ends = []
            return
        self._after = (last, self.tokens[last].content.index("-->") + 3)
        self.elements[number, tag.start] = Element(tag, (number, tag.start), True, True, self._after, True)


def begins_line(content: str, at: int) -> bool:
    """Return True if only tags precede an offset on its line."""
    return content[max(at - 40, 0) : at].rstrip(" \t")[-1:] in ("", "\n", ">")


def ends_line(content: str, at: int) -> bool:
    """Return True if only tags follow an offset on its line."""
    return content[at : at + 40].lstrip(" \t")[:1] in ("", "\n", "<")
