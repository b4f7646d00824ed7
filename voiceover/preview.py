"""A part of a script, for a quick listen: some lines, or one chapter."""

from __future__ import annotations

from dataclasses import dataclass, replace

from voiceover.errors import InputError
from voiceover.types import Chapter, Item, Script, Segment


@dataclass(frozen=True, slots=True)
class Part:
    """Which part: a range of lines of the file, or a chapter by its number."""

    lines: tuple[int, int] | None = None
    """First and last line, from 1, both in it."""
    chapter: int | None = None
    """From 1, in the order of the script."""

    @property
    def label(self) -> str:
        """For a file name: ``lines-40-60``, ``chapter-2``."""
        if self.lines is not None:
            return f"lines-{self.lines[0]}-{self.lines[1]}"
        return f"chapter-{self.chapter}"


def select(script: Script, part: Part) -> Script:
    """The script with nothing but ``part``.

    A segment belongs to the lines from its own to the one before the next item. Raises InputError where nothing is spoken there.
    """
    items = _chapter(script, part.chapter) if part.chapter is not None else _lines(script, part.lines or (1, 1))
    if not any(isinstance(item, Segment) for item in items):
        raise InputError(f"{script.path}: nothing is spoken in {part.label.replace('-', ' ', 1)}")
    return replace(script, items=items)


def _chapter(script: Script, number: int) -> tuple[Item, ...]:
    starts = [index for index, item in enumerate(script.items) if isinstance(item, Chapter)]
    if not 1 <= number <= len(starts):
        has = "has no chapters" if not starts else f"has chapters 1 to {len(starts)}"
        raise InputError(f"{script.path}: no chapter {number}; the script {has}")
    stops = [*starts[1:], len(script.items)]
    return script.items[starts[number - 1] : stops[number - 1]]


def _lines(script: Script, lines: tuple[int, int]) -> tuple[Item, ...]:
    first, last = lines
    chosen = []
    after_all = script.lines + 1
    for index, item in enumerate(script.items):
        start = item.source.line
        following = script.items[index + 1].source.line if index + 1 < len(script.items) else after_all
        # A segment that the next item shares a line with ends on that line.
        stop = max(following - 1, start)
        if start <= last and stop >= first:
            chosen.append(item)
    return tuple(chosen)
