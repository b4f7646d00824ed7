"""Caption cues from the timeline: words, speaker and times, in pieces that are short enough to read.

An utterance of ten seconds or more becomes several cues, cut at the ends of sentences and clauses if possible. Within an utterance each
cue begins with its first word (see ``timing``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from voiceover.publish.lines import Layout, Lines, cut_text
from voiceover.publish.tags import milliseconds, one_line
from voiceover.publish.timing import character_times, speech_interval
from voiceover.text.sentences import sentence_starts
from voiceover.types import Placed, Timeline
from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Caption:
    """A caption cue."""

    start_ms: int
    end_ms: int
    speaker: str
    """Name of the speaker; empty if the episode has only one."""
    lines: Lines
    """Lines as displayed."""
    turn: bool
    """True if the speaker's turn begins here."""


def captions(timeline: Timeline, layout: Layout, *, prefix: bool = False) -> tuple[Caption, ...]:
    """Return the cues of a timeline in order; none is empty or overlaps another.

    With ``prefix``, the first line of a turn leaves room for the speaker's name and ``": "``.
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
        start, end = (milliseconds(frame, timeline.sample_rate) for frame in speech_interval(placed))
        room = len(speaker) + 2 if prefix and turn and speaker else 0
        sentences = frozenset(sentence_starts(text, _language(placed)))
        pieces = cut_text(text, layout, (end - start) / 1000, room, sentences=sentences)
        heard = character_times(placed, timeline.sample_rate)
        for begin, stop, lines in _times(text, pieces, heard, max(start, last_end), end):
            made.append(Caption(begin, stop, speaker, lines, turn))
            last_end, turn = stop, False
        last_speaker = speaker
    return tuple(made)


def _language(placed: Placed) -> str:
    """Return the language of most of an utterance."""
    letters: Counter[str] = Counter()
    for span in placed.utterance.spans:
        letters[span.language] += len(span.text)
    return letters.most_common(1)[0][0] if letters else ""


def _times(text: str, pieces: tuple[Lines, ...], heard: Sequence[float], start: int, end: int) -> Iterator[tuple[int, int, Lines]]:
    """Yield the pieces of ``text`` with their times: each lasts until the first word of the next is heard, and at least 1 ms.

    ``heard`` is when each character is heard, in seconds.
    """
    end = max(end, start + len(pieces))
    borders, at = [start], 0
    for number, lines in enumerate(pieces, 1):
        for line in lines:
            at = max(text.find(line, at), at) + len(line)
        ideal = round(1000 * heard[min(at, len(text))])
        borders.append(min(max(ideal, borders[-1] + 1), end - (len(pieces) - number)))
    borders[-1] = end
    return ((begin, stop, lines) for (begin, stop), lines in zip(pairwise(borders), pieces, strict=True))
