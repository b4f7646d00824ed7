"""Cues from the timeline: what is said, by whom and when, cut into pieces that can be read.

An utterance lasts up to ten seconds or more; on a screen it becomes several cues, cut at the ends of sentences and clauses where that
can be had. Within an utterance times are in proportion to the characters, from the first frame of speech to the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from voiceover.publish.lines import Layout, Lines, cut_text
from voiceover.publish.tags import milliseconds, one_line
from voiceover.types import Placed, Timeline


@dataclass(frozen=True, slots=True)
class Caption:
    """One cue."""

    start_ms: int
    end_ms: int
    speaker: str
    """Empty where only one speaker is heard."""
    lines: Lines
    """As a reader sees them."""
    turn: bool
    """Whether this speaker begins here."""


def captions(timeline: Timeline, layout: Layout, *, prefix: bool = False) -> tuple[Caption, ...]:
    """The cues of a timeline, in order, none empty, none overlapping another.

    ``prefix`` leaves room in the first line of a turn for the speaker's name and ``": "``.
    """
    named = len({placed.utterance.speaker for placed in timeline.placed}) > 1
    made: list[Caption] = []
    last_end, last_speaker = 0, None
    for placed in sorted(timeline.placed, key=lambda placed: placed.start_frame):
        text = one_line(placed.utterance.text)
        if not text:
            continue
        speaker = one_line(placed.utterance.speaker) if named else ""
        turn = speaker != last_speaker
        start, end = _interval(placed, timeline.sample_rate)
        room = len(speaker) + 2 if prefix and turn and speaker else 0
        pieces = cut_text(text, layout, (end - start) / 1000, room)
        for begin, stop, lines in _times(pieces, max(start, last_end), end):
            made.append(Caption(begin, stop, speaker, lines, turn))
            last_end, turn = stop, False
        last_speaker = speaker
    return tuple(made)


def _interval(placed: Placed, rate: int) -> tuple[int, int]:
    """Start and end of the speech in milliseconds; of the take where no speech was found in it."""
    start, end = placed.speech_start_frame, placed.speech_end_frame
    if end <= start:
        start, end = placed.start_frame, placed.end_frame
    return milliseconds(start, rate), milliseconds(end, rate)


def _times(pieces: tuple[Lines, ...], start: int, end: int) -> Iterator[tuple[int, int, Lines]]:
    """The pieces with times in proportion to their characters, each at least a millisecond."""
    end = max(end, start + len(pieces))
    lengths = [sum(map(len, lines)) for lines in pieces]
    borders, done = [start], 0
    for number, length in enumerate(lengths, 1):
        done += length
        ideal = start + (end - start) * done // sum(lengths)
        borders.append(min(max(ideal, borders[-1] + 1), end - (len(pieces) - number)))
    return ((begin, stop, lines) for (begin, stop), lines in zip(pairwise(borders), pieces, strict=True))
