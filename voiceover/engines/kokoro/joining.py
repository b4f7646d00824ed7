"""Joins what the network spoke: the calls of one utterance, one after another, without a click and without its long silences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voiceover.engines.kokoro.choices import FRAME, SAMPLE_RATE
from voiceover.types import FloatArray, Mark
from voiceover.types.lazy_dataclass import dataclass

FADE_SECONDS = 0.005
PAUSES = {**dict.fromkeys(".!?…", 0.35), **dict.fromkeys(";:,—", 0.2)}
"""Seconds of silence to keep between two calls, by the mark that ends the first; none within a phrase."""
PHRASE_SECONDS = 0.05
SILENCE = 0.01
"""Largest sample of the silence at the ends of a call."""
LEAD_FRAMES = 2
"""A sound is heard this long before its frames begin: 35 to 85 ms at the first words of 16 takes in four voices, 50 ms within them."""


@dataclass(frozen=True, slots=True, eq=False)
class SpokenCall:
    """What one call returned."""

    samples: FloatArray
    durations: NDArray[np.int64]
    """Frames of the silence at the head, of each symbol, and of the silence at the tail."""
    words: tuple[tuple[int, int], ...]
    """For each word the index of its first symbol and its position in the text."""
    ends: str
    """The mark that it ends with, if any."""


def joined(parts: Sequence[SpokenCall]) -> tuple[FloatArray, tuple[Mark, ...]]:
    """Return the samples of all parts, shape (frames,), and when each word begins.

    A single part is left as it is.
    """
    pieces: list[FloatArray] = []
    marks: list[Mark] = []
    start = 0
    for number, part in enumerate(parts):
        first, last = number == 0, number == len(parts) - 1
        sounding = np.flatnonzero(np.abs(part.samples) > SILENCE)
        low = 0 if first or not len(sounding) else max(int(sounding[0]) - _kept(parts[number - 1]), 0)
        high = len(part.samples) if last or not len(sounding) else int(sounding[-1]) + 1 + _kept(part)
        piece = part.samples[low:high].copy()
        _fade(piece, not first, not last)
        begins = np.concatenate([[0], np.cumsum(part.durations)]) * FRAME
        for index, position in part.words:
            frame = start + min(max(int(begins[index + 1]) - LEAD_FRAMES * FRAME - low, 0), len(piece) - 1)
            if not marks or position > marks[-1].position:
                marks.append(Mark(position, max(frame, marks[-1].frame if marks else 0)))
        pieces.append(piece)
        start += len(piece)
    return np.concatenate(pieces), tuple(marks)


def _kept(part: SpokenCall) -> int:
    """Return how many samples of silence to keep on either side of the cut after ``part``."""
    return round(PAUSES.get(part.ends, PHRASE_SECONDS) / 2 * SAMPLE_RATE)


def _fade(piece: FloatArray, head: bool, tail: bool) -> None:
    length = min(round(FADE_SECONDS * SAMPLE_RATE), len(piece) // 2)
    ramp = np.linspace(0.0, 1.0, length, endpoint=False, dtype=np.float32)
    if head:
        piece[:length] *= ramp
    if tail:
        piece[len(piece) - length :] *= ramp[::-1]
