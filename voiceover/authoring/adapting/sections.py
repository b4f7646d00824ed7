"""Cut an article into sections that fit a language model: at its headings, and within a long section at its blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from voiceover.script import OutlineBlock, OutlineKind


@dataclass(frozen=True, slots=True)
class ArticleSection:
    """A part of an article that is rewritten at once."""

    blocks: tuple[OutlineBlock, ...]

    @property
    def line(self) -> int:
        """Number of its first line."""
        return self.blocks[0].line

    @property
    def source(self) -> str:
        """Its text as typed."""
        return "\n\n".join(block.source for block in self.blocks)

    @property
    def title(self) -> str:
        """Its heading, or its first words."""
        first = next((block.text for block in self.blocks if block.kind is OutlineKind.HEADING), "")
        return first or " ".join(self.blocks[0].source.split()[:6])


def sections_of(blocks: Sequence[OutlineBlock], most_characters: int) -> list[ArticleSection]:
    """Return the sections of an article in order, none of them longer than ``most_characters`` if its blocks can be cut.

    Footnotes are in none of them.
    """
    sections: list[ArticleSection] = []
    current: list[OutlineBlock] = []
    for block in _cut([block for block in blocks if block.kind is not OutlineKind.FOOTNOTE], most_characters):
        length = sum(len(each.source) + 2 for each in current)
        begins = block.kind is OutlineKind.HEADING and any(each.kind is not OutlineKind.HEADING for each in current)
        if current and (begins or length + len(block.source) > most_characters):
            sections.append(ArticleSection(tuple(current)))
            current = []
        current.append(block)
    return [*sections, ArticleSection(tuple(current))] if current else sections


def _cut(blocks: Sequence[OutlineBlock], most: int) -> Iterator[OutlineBlock]:
    """Yield the blocks; text that is too long in pieces, cut at a blank line, the end of a sentence or a space."""
    for block in blocks:
        if block.kind is not OutlineKind.TEXT or len(block.source) <= most:
            yield block
            continue
        rest, line = block.source, block.line
        while rest:
            end = len(rest) if len(rest) <= most else _cut_place(rest, most)
            yield replace(block, source=rest[:end].strip("\n"), line=line)
            line += rest.count("\n", 0, end)
            rest = rest[end:].lstrip("\n")


def _cut_place(text: str, most: int) -> int:
    for mark in ("\n\n", ". ", " "):
        place = text.rfind(mark, most // 2, most)
        if place > 0:
            return place + len(mark)
    return most
