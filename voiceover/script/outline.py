"""An article as a list of blocks with their source: headings, lists, tables, code, footnotes, and text that stays as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path

from markdown_it.token import Token

from voiceover.script.front_matter import take_front_matter
from voiceover.script.markdown import parse_blocks
from voiceover.script.source_text import read_source
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields
from voiceover.system.lazy import lazy_pattern
from voiceover.types.lazy_dataclass import dataclass

_CODE_SIGN = lazy_pattern(r"[{}=<>|$\\_#;]|\(\)|(?:^|\s)--?\w|\w/\w|\w\.\w+(?:\s|$)")


class OutlineKind(StrEnum):
    """What a block is."""

    TEXT = "text"
    """Paragraphs, quotations, HTML, maths: whatever is not of another kind."""
    HEADING = "heading"
    LIST = "list"
    TABLE = "table"
    CODE = "code"
    FOOTNOTE = "footnote"
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class OutlineItem:
    """An item of a list."""

    text: str
    """Its text as typed, paragraphs separated by spaces."""
    depth: int
    """1 for an item of the outer list."""
    number: int | None
    """Its number; None in a list with bullets."""


@dataclass(frozen=True, slots=True)
class OutlineBlock:
    """A block of an article."""

    kind: OutlineKind
    source: str
    """Its lines as typed."""
    line: int
    """Number of its first line, from 1."""
    level: int = 0
    """Level of a heading."""
    text: str = ""
    """Content of a heading or footnote as typed, without marks."""
    label: str = ""
    """Label of a footnote; language of code."""
    items: tuple[OutlineItem, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    """Cells of a table as typed, the header first."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A Markdown file as blocks."""

    front: str
    """The lines of the front matter, and blank ones below it; empty if there is none."""
    node: Fields | None
    blocks: tuple[OutlineBlock, ...]


def read_outline(path: Path, problems: Problems, data: bytes | None = None) -> Outline | None:
    """Return the blocks of the Markdown file ``path``, or of ``data`` if given. None, with problems, if it cannot be read."""
    text = read_source(path, problems, data)
    if text is None:
        return None
    front = take_front_matter(text, str(path), problems)
    tokens, _ = parse_blocks(front.body, None, mdx=path.suffix.lower() == ".mdx")
    lines = text.split("\n")
    first = len(front.body) - len(front.body.lstrip("\n")) if front.body != text else 0
    node = front.node if isinstance(front.node, Fields) else None
    blocks = tuple(_with_text(list(_blocks(tokens, lines)), lines, first))
    return Outline("".join(f"{line}\n" for line in lines[:first]), node, blocks)


def _with_text(blocks: Sequence[OutlineBlock], lines: Sequence[str], first: int) -> Iterator[OutlineBlock]:
    """Yield the blocks, and between them the lines that belong to none as text."""
    row = first
    for block in blocks:
        yield from _text(lines, row, block.line - 1)
        yield block
        row = max(row, block.line - 1 + block.source.count("\n") + 1)
    yield from _text(lines, row, len(lines))


def _text(lines: Sequence[str], first: int, end: int) -> Iterator[OutlineBlock]:
    """Yield the lines from ``first`` to ``end`` as text, but indented code as code."""
    start = first
    for row, stop in _paragraphs(lines, first, end):
        if _is_code(lines[row:stop]):
            yield from _plain(lines, start, row)
            source = "\n".join(lines[row:stop])
            yield OutlineBlock(OutlineKind.CODE, source, row + 1, text=source)
            start = stop
    yield from _plain(lines, start, end)


def _plain(lines: Sequence[str], first: int, end: int) -> Iterator[OutlineBlock]:
    while first < end and not lines[first].strip():
        first += 1
    while first < end and not lines[end - 1].strip():
        end -= 1
    if first < end:
        yield OutlineBlock(OutlineKind.TEXT, "\n".join(lines[first:end]), first + 1)


def _paragraphs(lines: Sequence[str], first: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the first row of each paragraph, and the row after it."""
    row = first
    while row < end:
        stop = row
        while stop < end and lines[stop].strip():
            stop += 1
        if stop > row:
            yield row, stop
        row = stop + 1


def _is_code(lines: Sequence[str]) -> bool:
    """True for lines that are all indented, most of which have signs of code. The reader of scripts takes indented lines for prose."""
    return all(line.startswith(("    ", "\t")) for line in lines) and 2 * sum(_CODE_SIGN.search(line) is not None for line in lines) >= len(
        lines
    )


_KINDS = {
    "heading_open": OutlineKind.HEADING,
    "bullet_list_open": OutlineKind.LIST,
    "ordered_list_open": OutlineKind.LIST,
    "table_open": OutlineKind.TABLE,
    "fence": OutlineKind.CODE,
    "footnote_reference_open": OutlineKind.FOOTNOTE,
    "hr": OutlineKind.BREAK,
}
_IN_LISTS = frozenset(
    (
        *("bullet_list_open", "bullet_list_close", "ordered_list_open", "ordered_list_close"),
        *("list_item_open", "list_item_close", "paragraph_open", "paragraph_close", "inline"),
    )
)


def _blocks(tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[OutlineBlock]:
    number = 0
    while number < len(tokens):
        token = tokens[number]
        kind = _KINDS.get(token.type)
        end = _end_of(tokens, number)
        if kind is not None and token.level == 0 and token.map and "within" not in token.meta:
            block = _block(kind, tokens[number : end + 1], lines)
            if block is not None:
                yield block
        number = end + 1


def _end_of(tokens: Sequence[Token], start: int) -> int:
    """Return the index of the last token of the block that begins at ``start``."""
    depth = 0
    for number in range(start, len(tokens)):
        depth += tokens[number].nesting
        if depth <= 0:
            return number
    return len(tokens) - 1


def _block(kind: OutlineKind, tokens: Sequence[Token], lines: Sequence[str]) -> OutlineBlock | None:  # noqa: PLR0911
    """Return the block that ``tokens`` are; None if it is better left as text."""
    first, end = tokens[0].map or [0, 0]
    while end - 1 > first and not lines[end - 1].strip():
        end -= 1
    source, line = "\n".join(lines[first:end]), first + 1
    inline = [token for token in tokens if token.type == "inline"]
    if any("within" in token.meta for token in inline):
        return None
    match kind:
        case OutlineKind.HEADING:
            return OutlineBlock(kind, source, line, int(tokens[0].tag[1]), inline[0].content)
        case OutlineKind.LIST:
            return OutlineBlock(kind, source, line, items=tuple(_items(tokens))) if _IN_LISTS.issuperset(t.type for t in tokens) else None
        case OutlineKind.TABLE:
            return OutlineBlock(kind, source, line, rows=tuple(_rows(tokens)))
        case OutlineKind.CODE:
            words = tokens[0].info.strip("{} \t").split()
            return OutlineBlock(kind, source, line, text=tokens[0].content, label=words[0].lstrip(".") if words else "")
        case OutlineKind.FOOTNOTE:
            text = " ".join(" ".join(token.content.split()) for token in inline)
            return OutlineBlock(kind, source, line, text=text, label=str(tokens[0].meta["label"]))
    return OutlineBlock(kind, source, line)


def _items(tokens: Sequence[Token]) -> Iterator[OutlineItem]:
    depth = 0
    numbers: list[int | None] = []
    texts: list[str] = []
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            if texts:
                yield OutlineItem(" ".join(texts), depth, numbers[-1])
                texts = []
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
        elif token.type == "list_item_open":
            numbers.append(int(token.info) if token.info.isdecimal() else None)
        elif token.type == "list_item_close":
            if texts:
                yield OutlineItem(" ".join(texts), depth, numbers[-1])
                texts = []
            numbers.pop()
        elif token.type == "inline":
            texts.append(" ".join(token.content.split()))


def _rows(tokens: Sequence[Token]) -> Iterator[tuple[str, ...]]:
    cells: list[str] = []
    for token in tokens:
        if token.type == "inline":
            cells.append(" ".join(token.content.split()))
        elif token.type == "tr_close":
            yield tuple(cells)
            cells = []
