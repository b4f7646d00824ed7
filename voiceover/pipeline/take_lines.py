"""The takes of a script by their lines: which take stands where in the file, and how a person names it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from voiceover import takes
from voiceover.errors import InputError
from voiceover.pipeline.job import EpisodePlan
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Planned, Script, Segment, Source
from voiceover.types.lazy_dataclass import dataclass

_WORD = lazy_pattern(r"[^\W_]+")
_FARTHEST_LINES = 40
"""Lines to look for the next word of a passage; a word that is not written as it is shown (an emoji's name) is skipped."""


@dataclass(frozen=True, slots=True)
class TakeLine:
    """A take and its place in the script."""

    number: int
    """Counted from 1 in the order of the episode."""
    planned: Planned
    source: Source
    """Where its first word stands."""
    is_alone: bool
    """True if its line alone names it: no other take begins there, and it is not the first of several of a turn."""
    segment: int | None
    """Index of its segment in ``Script.segments``; None for a sentence that is not in the script."""
    start: int = 0
    """Index of its first character in the tidied text of the segment."""
    end: int = 0

    @property
    def place(self) -> str:
        """The place as it is typed: the line, with the column if other takes begin on it."""
        return str(self.source.line) if self.is_alone else f"{self.source.line}:{self.source.column}"


def take_lines(episode: EpisodePlan) -> tuple[TakeLine, ...]:
    """Return the takes of an episode in order, each with its place."""
    script = episode.checked.usable
    found = list(_placed(episode.planned, script))
    begin: dict[int, int] = defaultdict(int)
    of_segment: dict[int, int] = defaultdict(int)
    for _, source, passage in found:
        begin[source.line] += 1
        if passage is not None:
            of_segment[passage[0]] += 1
    lines: list[TakeLine] = []
    for number, (planned, source, passage) in enumerate(found, 1):
        segment, start, end = passage or (None, 0, 0)
        opens_turn = segment is not None and of_segment[segment] > 1 and not any(line.segment == segment for line in lines[-1:])
        lines.append(TakeLine(number, planned, source, begin[source.line] == 1 and not opens_turn, segment, start, end))
    return tuple(lines)


def takes_at(lines: Sequence[TakeLine], script: Script, line: int, column: int | None) -> tuple[TakeLine, ...]:
    """Return the takes at a place: those of the turn on a line, or the one at a column.

    Raises InputError if there is none, with the nearest ones, or if a line without a column has takes of several turns.
    """
    own = [take for take in lines if take.segment is not None]
    here = [take for take in own if take.source.line == line]
    if not here:
        here = [take for take in own if take.source.line < line][-1:]
        if any(segment.recording is not None and segment.source.line == line for segment in script.segments):
            raise InputError(f"{script.path}:{line}: this turn is a recording that the script names; replace that file")
        if not here or line > _last_line(script, here[0]):
            raise InputError(f"{script.path}:{line}: no line is spoken here{_nearest(own, line)}")
    if column is not None:
        before = [take for take in here if take.source.column <= column]
        return (before[-1] if before else here[0],)
    if len({take.segment for take in here}) > 1:
        listed = "; ".join(f"{take.place} {_shown(take)}" for take in here)
        raise InputError(f"{script.path}:{line}: several turns begin on this line; add the column of one: {listed}")
    whole = [take for take in own if take.segment == here[0].segment]
    # A line within a paragraph names only what begins on it.
    return tuple(whole if here[0] is whole[0] else here)


def parse_place(text: str) -> tuple[int, int | None]:
    """Return line and column of ``LINE[:COLUMN]``. Raises InputError."""
    found = re.fullmatch(r"(\d{1,9})(?::(\d{1,9}))?", text.strip(), re.ASCII)
    if found is None or int(found[1]) < 1 or found[2] == "0":
        raise InputError(f'"{text}" is not a place in a script; give LINE or LINE:COLUMN, such as 41 or 41:120')
    return int(found[1]), None if found[2] is None else int(found[2])


def _placed(planned: Sequence[Planned], script: Script) -> Iterator[tuple[Planned, Source, tuple[int, int, int] | None]]:
    """Yield each take with the place of its first word, and with its passage: segment, start and end."""
    numbers: dict[tuple[Source, str], list[int]] = defaultdict(list)
    for number, segment in enumerate(script.segments):
        numbers[segment.source, segment.speaker].append(number)
    reached: dict[int, int] = defaultdict(int)
    segments = script.segments
    letters: dict[int, list[tuple[str, int]]] = {}
    words: dict[int, list[tuple[int, Source]]] = {}
    for each in planned:
        said = each.utterance
        wanted = "".join(said.text.split())
        source, passage = said.source, None
        for number in numbers[said.source, said.speaker]:
            if number not in letters:
                text = takes.tidy_text(segments[number])
                letters[number] = [(letter, index) for index, letter in enumerate(text) if not letter.isspace()]
            at = "".join(letter for letter, _ in letters[number]).find(wanted, reached[number]) if wanted else -1
            if at >= 0:
                stop = reached[number] = at + len(wanted)
                passage = (number, letters[number][at][1], letters[number][stop - 1][1] + 1)
                if at:
                    if number not in words:
                        words[number] = list(_word_places(segments[number], script.lines))
                    source = next((place for index, place in words[number] if index >= passage[1]), source)
                break
        yield each, source, passage


def _word_places(segment: Segment, lines: Sequence[str]) -> Iterator[tuple[int, Source]]:
    """Yield the index of each word in the tidied text of a segment, and where the word stands in the file."""
    row, column = segment.source.line - 1, segment.source.column - 1
    for word in _WORD.finditer(takes.tidy_text(segment)):
        at = column
        for below in range(row, min(row + _FARTHEST_LINES, len(lines))):
            found = lines[below].find(word[0], at)
            if found >= 0:
                row, column = below, found + len(word[0])
                yield word.start(), Source(segment.source.path, below + 1, found + 1)
                break
            at = 0


def _last_line(script: Script, take: TakeLine) -> int:
    """Return the line on which a take ends."""
    if take.segment is None:
        return take.source.line
    places = [place for index, place in _word_places(script.segments[take.segment], script.lines) if index < take.end]
    return places[-1].line if places else take.source.line


def _nearest(lines: Sequence[TakeLine], line: int) -> str:
    around = [*[take for take in lines if take.source.line < line][-1:], *[take for take in lines if take.source.line > line][:1]]
    if not around:
        return ""
    return f"; the nearest {'is' if len(around) == 1 else 'are'} {' and '.join(f'{take.place} {_shown(take)}' for take in around)}"


def _shown(take: TakeLine) -> str:
    text = take.planned.utterance.text
    return f'"{text if len(text) <= 40 else text[:39] + "…"}"'
