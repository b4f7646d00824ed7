"""The paragraphs of a Markdown file as a reader sees them, each character with its offset in the file: where labels may be written."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from html import unescape
from itertools import accumulate
from pathlib import Path

from markdown_it.token import Token

from voiceover.script.front_matter import take_front_matter
from voiceover.script.markdown import parse_blocks
from voiceover.script.places import block_place
from voiceover.script.source_text import read_source
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields
from voiceover.system.lazy import lazy_pattern
from voiceover.types.lazy_dataclass import dataclass

OPENING_QUOTES = "“‘„‚«‹"
_ENTITY = lazy_pattern(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|\w{1,31});")
_WORDS = frozenset(("text", "text_special"))
_BREAKS = frozenset(("heading_open", "hr", "table_open", "fence"))
_NOT_PROSE = {"heading_open": "heading_close", "table_open": "table_close", "footnote_reference_open": "footnote_reference_close"}


@dataclass(frozen=True, slots=True)
class ProseParagraph:
    """One paragraph outside of headings, tables, footnotes and code."""

    text: str
    """Its content, markup replaced by as many spaces; lines are separated by line feeds."""
    rows: tuple[int, ...]
    """Offset of each of its lines in ``text``."""
    starts: tuple[int, ...]
    """Offset of each of its lines in the file's text."""
    after_break: bool
    """True if a heading, a scene break, a table or code stands above it."""
    line: int
    """Number of its first line in the file, from 1."""

    def offset(self, at: int) -> int:
        """Return the offset in the file's text of the character at ``at``."""
        row = bisect_right(self.rows, at) - 1
        return self.starts[row] + at - self.rows[row]


@dataclass(frozen=True, slots=True)
class Prose:
    """A Markdown file as prose."""

    source: str
    """The text of the file, with line feeds as line ends."""
    front: Fields | None
    """The front matter; None if there is none, or nothing in it."""
    body: int
    """Offset of the first line with text after the front matter."""
    paragraphs: tuple[ProseParagraph, ...]


def read_prose(path: Path, problems: Problems, data: bytes | None = None) -> Prose | None:
    """Return the paragraphs of the Markdown file ``path``, or of ``data`` if given. None, with problems, if it cannot be read."""
    text = read_source(path, problems, data)
    return None if text is None else prose_of(text, path, problems)


def prose_of(text: str, path: Path, problems: Problems) -> Prose:
    """Return the paragraphs of a Markdown document."""
    front = take_front_matter(text, str(path), problems)
    tokens, _ = parse_blocks(front.body, None, mdx=path.suffix.lower() == ".mdx")
    lines = text.split("\n")
    line_starts = [0, *accumulate(len(line) + 1 for line in lines)]
    body = 0
    if front.body != text:
        blank = len(front.body) - len(front.body.lstrip("\n"))
        body = line_starts[min(blank, len(lines))]
    node = front.node if isinstance(front.node, Fields) else None
    return Prose(text, node, body, tuple(_paragraphs(tokens, lines, line_starts, str(path))))


def _paragraphs(tokens: Sequence[Token], lines: Sequence[str], line_starts: Sequence[int], path: str) -> Iterator[ProseParagraph]:
    until, after_break = "", True
    for token in tokens:
        after_break = after_break or token.type in _BREAKS
        if until:
            until = "" if token.type == until else until
        elif token.type in _NOT_PROSE:
            until = _NOT_PROSE[token.type]
        elif token.type == "inline" and token.map and "within" not in token.meta:
            place = block_place(path, lines, token.map[0], token.content)
            rows = (0, *(match.end() for match in re.finditer("\n", token.content)))
            places = [place(row) for row in rows]
            starts = tuple(line_starts[source.line - 1] + source.column - 1 for source in places)
            yield ProseParagraph(_masked(token), rows, starts, after_break, token.map[0] + 1)
            after_break = False


def _masked(token: Token) -> str:
    """Return the content of a paragraph with spaces in place of what is not plain text."""
    content = token.content
    shown = [" "] * len(content)
    for row in re.finditer("\n", content):
        shown[row.start()] = "\n"
    for child in token.children or ():
        at = child.map[0] if child.map else -1
        if child.type in _WORDS and at >= 0:
            _show(child.content, content, at, shown)
    return "".join(shown)


def _show(text: str, content: str, at: int, shown: list[str]) -> None:
    """Put the characters of ``text`` where they are typed from ``at`` on; an entity has one end of its own, which shows it."""
    if content.startswith(text, at):
        shown[at : at + len(text)] = text
        return
    for character in text:
        entity = _ENTITY.match(content, at)
        if entity is not None and unescape(entity[0]) == character:
            shown[entity.start() if character in OPENING_QUOTES else entity.end() - 1] = character
            at = entity.end()
            continue
        if content.startswith("\\", at) and not content.startswith(character, at):
            at += 1
        if not content.startswith(character, at):
            return
        shown[at] = character
        at += 1
