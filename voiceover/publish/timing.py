"""When each word of an episode is heard: the one source of times within an utterance, for captions and transcripts.

The engine's marks say when a spoken word begins. Without them the words share the time of the speech by their letters, and those after
a full stop or comma are moved to the silences that are in the take.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voiceover.publish.silences import words_at_silences
from voiceover.publish.spoken_letters import spoken_letters, word_starts
from voiceover.publish.tags import one_line
from voiceover.types import Mark, Placed

FloatRow = NDArray[np.float64]


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
    times: list[float] = (_interpolated(letters.shown, points) / sample_rate).tolist()
    return times


def speech_interval(placed: Placed) -> tuple[int, int]:
    """Return the first frame of the speech on the timeline and the one after the last; those of the take if no speech was found in it."""
    if placed.speech_end_frame <= placed.speech_start_frame:
        return placed.start_frame, placed.end_frame
    return placed.speech_start_frame, placed.speech_end_frame


def _marks(placed: Placed) -> Sequence[Mark]:
    take = placed.take
    return take.marks or words_at_silences(placed.utterance.spoken, take.speech_start, take.speech_end, take.silences)


def _interpolated(letters: Sequence[float], points: Sequence[tuple[float, int]]) -> FloatRow:
    """Return the frame at each count of letters; ``points`` are counts that rise, with their frames."""
    shown, (counts, frames) = np.asarray(letters, np.float64), np.array(points, np.float64).T
    at = np.maximum(np.searchsorted(counts[:-1], shown, "right") - 1, 0)
    before, after = counts[at], counts[at + 1]
    rises = after > before
    part = np.where(rises, (shown - before) / np.where(rises, after - before, 1.0), 1.0)
    found: FloatRow = frames[at] + (frames[at + 1] - frames[at]) * np.clip(part, 0.0, 1.0)
    return found
