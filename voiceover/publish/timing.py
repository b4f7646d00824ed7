"""When each word of an episode is heard: the one source of times within an utterance, for captions and transcripts.

The engine's marks say when a spoken word begins. Without them the words share the time of the speech by their letters, and those after
a full stop or comma are moved to the silences that are in the take.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from voiceover.publish.silences import words_at_silences
from voiceover.publish.spoken_letters import spoken_letters, word_starts
from voiceover.publish.tags import one_line
from voiceover.types import Mark, Placed


def word_times(placed: Placed, sample_rate: int) -> tuple[tuple[int, float], ...]:
    """Return each displayed word of an utterance: where it begins in ``one_line(utterance.text)``, and when, in seconds of the episode.

    The times never fall. Chinese and Japanese have a word per character. Empty if there are no words.
    """
    text = one_line(placed.utterance.text)
    times = character_times(placed, sample_rate)
    return tuple((start, times[start]) for start in word_starts(text))


def character_times(placed: Placed, sample_rate: int) -> list[float]:
    """Return when each character of ``one_line(utterance.text)`` is heard, and the end of the last: seconds of the episode.

    All lie between the first frame of the speech and the last. A space has the time of the word after it.
    """
    letters = spoken_letters(one_line(placed.utterance.text), placed.utterance.spoken)
    first, last = speech_interval(placed)
    points = [(0.0, first)]
    for mark in _marks(placed):
        heard = letters.said[min(mark.position, len(letters.said) - 1)]
        frame = min(max(placed.on_timeline(mark.frame), points[-1][1]), last)
        if heard > points[-1][0]:
            points.append((heard, frame))
        else:
            points[-1] = (heard, frame)
    points.append((letters.said[-1], last))
    return [frame / sample_rate for frame in _interpolated(letters.shown, points)]


def speech_interval(placed: Placed) -> tuple[int, int]:
    """Return the first frame of the speech on the timeline and the one after the last; those of the take if no speech was found in it."""
    if placed.speech_end_frame <= placed.speech_start_frame:
        return placed.start_frame, placed.end_frame
    return placed.speech_start_frame, placed.speech_end_frame


def _marks(placed: Placed) -> Sequence[Mark]:
    take = placed.take
    return take.marks or words_at_silences(placed.utterance.spoken, take.speech_start, take.speech_end, take.silences)


def _interpolated(letters: Sequence[float], points: Sequence[tuple[float, int]]) -> list[float]:
    """Return the frame at each count of letters; ``points`` are counts that rise, with their frames."""
    counts = [count for count, _ in points[:-1]]
    found = []
    for count in letters:
        at = max(bisect_right(counts, count) - 1, 0)
        (before, start), (after, end) = points[at], points[at + 1]
        part = (count - before) / (after - before) if after > before else 1.0
        found.append(start + (end - start) * min(max(part, 0.0), 1.0))
    return found
