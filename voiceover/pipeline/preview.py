"""Select a part of a script for a preview: some lines, or one chapter."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from voiceover.errors import InputError
from voiceover.script import JSON_SUFFIX, YAML_SUFFIXES
from voiceover.types import Chapter, Cue, Item, Script, Segment, Source
from voiceover.types.lazy_dataclass import dataclass

_YAML = (*YAML_SUFFIXES, JSON_SUFFIX)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a script: a range of lines of the file, or a chapter by its number."""

    lines: tuple[int, int] | None = None
    """First and last line, counted from 1, inclusive."""
    chapter: int | None = None
    """Counted from 1 as in the finished episode: lines before the first heading may be a chapter."""

    @property
    def label(self) -> str:
        """Label for a file name: ``lines-40-60``, ``chapter-2``."""
        if self.lines is not None:
            return f"lines-{self.lines[0]}-{self.lines[1]}"
        return f"chapter-{self.chapter}"


@dataclass(frozen=True, slots=True)
class Selection:
    """A script reduced to a part, and the lines of that part."""

    script: Script
    lines: tuple[int, int] | None = None
    """First and last line; None for the whole script."""
    opens: bool = True
    """True if it begins with the script."""
    closes: bool = True
    """True if it ends with the script."""

    def covers(self, source: Source) -> bool:
        """True for a place in the selected lines or in another file, such as a voice."""
        return self.lines is None or source.path != self.script.path or self.lines[0] <= source.line <= self.lines[1]


def select(script: Script, part: Part, *, opening_chapter: bool) -> Selection:
    """Return the script with nothing but ``part``, and with the music that has begun before it and plays on.

    With ``opening_chapter`` the lines before the first heading are chapter 1; else they belong to the first heading, as in the finished
    episode. Raises InputError if nothing is spoken there.
    """
    if part.chapter is not None:
        items, lines = _chapter(script, part.chapter, opening_chapter)
    else:
        lines = part.lines or (1, 1)
        items = _lines(script, lines)
    if not any(isinstance(item, Segment) for item in items):
        raise InputError(f"{script.path}: nothing is spoken in {_words(part)}{_nearest(script, lines)}")
    first, last = min(lines[0], items[0].source.line), max(lines[1], items[-1].source.line)
    before, after = _around(script, items)
    running = _music_at_end(before)
    part_script = replace(script, items=(*running, *items))
    return Selection(part_script, (first, last), not any(map(_is_heard, before)), not any(map(_is_heard, after)))


def _around(script: Script, items: tuple[Item, ...]) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Return the items of the script before the first of ``items`` and after the last."""
    numbers = {id(item): number for number, item in enumerate(script.items)}
    return script.items[: numbers[id(items[0])]], script.items[numbers[id(items[-1])] + 1 :]


def _is_heard(item: Item) -> bool:
    """True for speech, and for a sound that speech waits for."""
    return isinstance(item, Segment) or (isinstance(item, Cue) and item.name is not None and not item.under)


def _music_at_end(items: tuple[Item, ...]) -> tuple[Cue, ...]:
    """Return the music that plays at the end of ``items``, without its fade; it is then heard from its start."""
    cues = [item for item in items if isinstance(item, Cue) and item.kind == "music"]
    playing = bool(cues) and cues[-1].under and cues[-1].name is not None
    return (replace(cues[-1], fade_seconds=0.0),) if playing else ()


def _words(part: Part) -> str:
    if part.lines is not None and part.lines[0] == part.lines[1]:
        return f"line {part.lines[0]}"
    return part.label.replace("-", " ", 1)


def _nearest(script: Script, lines: tuple[int, int]) -> str:
    """Name the segments around ``lines``, for an error."""
    spoken = [segment.source.line for segment in script.segments]
    around = [*[line for line in spoken if line < lines[0]][-1:], *[line for line in spoken if line > lines[1]][:1]]
    if not around:
        return ""
    are = "line is" if len(around) == 1 else "lines are"
    return f"; the nearest spoken {are} {' and '.join(map(str, around))}"


def _chapter(script: Script, number: int, opening_chapter: bool) -> tuple[tuple[Item, ...], tuple[int, int]]:
    starts = [index for index, item in enumerate(script.items) if isinstance(item, Chapter)]
    if starts and any(isinstance(item, Segment) for item in script.items[: starts[0]]):
        starts = [0, *(starts if opening_chapter else starts[1:])]
    elif starts and any(isinstance(item, Cue) for item in script.items[: starts[0]]):
        starts = [0, *starts[1:]]
    if not 1 <= number <= len(starts):
        has = "has no chapters" if not starts else f"has chapters 1 to {len(starts)}"
        raise InputError(f"{script.path}: no chapter {number}; the script {has}")
    first, stop = starts[number - 1], (*starts, len(script.items))[number]
    last_line = script.items[stop].source.line - 1 if stop < len(script.items) else len(_source_lines(script))
    return script.items[first:stop], (script.items[first].source.line, max(last_line, script.items[first].source.line))


def _lines(script: Script, lines: tuple[int, int]) -> tuple[Item, ...]:
    """Return the items that have a line among ``lines``; blank lines belong to no item."""
    text = _source_lines(script)
    is_yaml = Path(script.path).suffix.lower() in _YAML
    starts = [item.source.line for item in script.items]
    if is_yaml:
        starts = [_entry_line(text, line, before) for before, line in pairwise((0, *starts))]
    chosen: list[Item] = []
    for item, start, following in zip(script.items, starts, (*starts[1:], len(text) + 1), strict=True):
        stop = max(item.source.line, start)
        if isinstance(item, Segment):
            stop = _last_line(text, stop, following, is_yaml=is_yaml)
        if start <= lines[1] and stop >= lines[0]:
            chosen.append(item)
    return tuple(chosen)


def _entry_line(text: list[str], line: int, before: int) -> int:
    """Return the line of the list entry in YAML that has the text at ``line``; ``before`` is that of the item before."""
    for entry in range(min(line, len(text)), before, -1):
        if text[entry - 1].lstrip().startswith("-"):
            return entry
    return line


def _last_line(text: list[str], start: int, following: int, *, is_yaml: bool) -> int:
    """Return the last line of a segment: before the next item and, unless it is YAML or code that is read, before its first blank line."""
    stop = min(max(following - 1, start), max(len(text), start))
    is_code = any(line.lstrip().startswith(("```", "~~~")) for line in text[max(start - 2, 0) : start])
    if not is_yaml and not is_code:
        return next((line for line in range(start, stop) if not text[line].strip()), stop)
    while stop > start and (not text[stop - 1].strip() or (is_yaml and text[stop - 1].lstrip().startswith("#"))):
        stop -= 1
    return stop


def _source_lines(script: Script) -> list[str]:
    return list(script.lines)
