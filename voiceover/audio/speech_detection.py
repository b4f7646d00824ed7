"""Where speech is in a recording.

Levels of 10 ms windows against a threshold that the recording itself sets: far below its loud parts, a little above its quiet ones. A take
is measured twice, as it is and with its low end taken away, so that a soft "f" or "s" at an edge is speech although it has little energy.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from voiceover.audio.dc_offset import without_offset
from voiceover.types import FloatArray

WINDOW_SECONDS = 0.01
RANGE_DB = 55.0
"""Nothing that is further below the recording's loud parts is speech."""
LEAST_RANGE_DB = 32.0
"""Whatever the background, all that is nearer to the loud parts is speech: a take without any silence has no background to go by."""
LEAST_TREBLE_RANGE_DB = 20.0
"""The same of the treble, which vowels hardly have."""
NOISE_MARGIN_DB = 8.0
"""Speech stands out of the background by this much."""
FLOOR_DBFS = -80.0
"""Below this is silence, however quiet the rest."""
BRIDGE_SECONDS = 0.2
"""A shorter silence between two sounds (the closure of a plosive, a breath within a phrase) belongs to the speech."""
PAUSE_SECONDS = 0.4
"""A longer silence between two sounds is a pause that no speaker makes within a sentence."""
_PAUSE_TOLERANCE_SECONDS = 0.02
"""What the windows cannot tell: a pause that was cut to ``PAUSE_SECONDS`` is found as one no more."""
_PAUSE_RANGE_DB = 42.0
"""Nothing that is further below the loud parts ends a pause: noise in a pause may be louder than a gate's silence between the words."""
_LEAST_PAUSE_RANGE_DB = 15.0
"""In a pause all may be background that is no further below the loud parts."""
_BLIP_SECONDS = 0.05
"""A shorter sound between two silences does not end a pause: a click, or a burst of noise."""
_QUIET_PERCENTILE = 10.0
"""Of the levels: so much of a recording at least is taken for its background."""
_PAUSE_QUIET_PERCENTILE = 2.0
"""A pause may be a small part of a clip that has no silence around its speech."""
CLICK_SECONDS = 0.015
"""A shorter sound that stands alone is a click."""


@dataclass(frozen=True, slots=True)
class Activity:
    """The speech of one recording, in frames; ``start`` and ``end`` are 0 where there is none."""

    start: int
    """First frame of speech."""
    end: int
    """Frame after the last of speech."""
    intervals: tuple[tuple[int, int], ...]
    """Stretches of speech (start, end), in order, apart by at least ``BRIDGE_SECONDS``."""

    @property
    def frames(self) -> int:
        """Length of the speech, silences between the intervals left out."""
        return sum(end - start for start, end in self.intervals)


def find_speech(samples: FloatArray, sample_rate: int) -> Activity:
    """Find the speech in ``samples`` of shape (frames,).

    Errs towards more speech: edges lie on the window before the first and after the last that stands out. In steady noise all is speech.
    """
    stretches = _stretches(samples, sample_rate, LEAST_RANGE_DB, LEAST_TREBLE_RANGE_DB, _QUIET_PERCENTILE)
    merged = _merge(stretches, round(BRIDGE_SECONDS * sample_rate))
    clear = tuple(stretch for stretch in merged if stretch[1] - stretch[0] > round(CLICK_SECONDS * sample_rate)) or tuple(merged)
    if not clear:
        return Activity(0, 0, ())
    return Activity(clear[0][0], clear[-1][1], clear)


def find_pauses(samples: FloatArray, sample_rate: int) -> tuple[tuple[int, int], ...]:
    """Start and end, in frames, of each pause within the speech in ``samples``, shape (frames,): silence over ``PAUSE_SECONDS``.

    A click within a pause does not end it, and neither a constant offset nor steady noise hides it, unless the noise is within
    about 25 dB of the speech.
    """
    level, _ = without_offset(samples[:, None], sample_rate)
    least = _LEAST_PAUSE_RANGE_DB
    stretches = _stretches(level[:, 0], sample_rate, least, least, _PAUSE_QUIET_PERCENTILE, _PAUSE_RANGE_DB)
    blip = _BLIP_SECONDS * sample_rate
    sounds = [sound for sound in _merge(stretches, round(blip)) if sound[1] - sound[0] > blip]
    shortest = (PAUSE_SECONDS + _PAUSE_TOLERANCE_SECONDS) * sample_rate
    return tuple((before[1], after[0]) for before, after in pairwise(sounds) if after[0] - before[1] > shortest)


def _stretches(
    samples: FloatArray,
    sample_rate: int,
    least_range_db: float,
    least_treble_range_db: float,
    quiet_percentile: float,
    range_db: float = RANGE_DB,
) -> list[tuple[int, int]]:
    """All that stands out of the background, as (start, end) in frames."""
    hop = max(round(WINDOW_SECONDS * sample_rate) // 2, 1)
    full = _levels(samples, hop)
    # The first difference raises treble by 6 dB an octave; scaled so that 2 kHz keeps its level.
    treble = np.diff(samples, prepend=samples[:1]) if len(samples) else samples
    bright = _levels(treble, hop) - 20 * np.log10(2 * np.sin(np.pi * min(2000 / sample_rate, 0.5)))
    active = _active(full, least_range_db, quiet_percentile, range_db)
    active |= _active(bright, least_treble_range_db, quiet_percentile, range_db)
    bounds = np.flatnonzero(np.diff(active.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    # A window of two hops begins at its own hop: hop k is in the windows k-1 and k.
    return [(int(a) * hop, min((int(b) + 1) * hop, len(samples))) for a, b in bounds]


def _levels(samples: FloatArray, hop: int) -> NDArray[np.float64]:
    """Level in dBFS of windows of two hops, one a hop."""
    count = -(-len(samples) // hop)
    padded = np.zeros((count + 1) * hop, np.float32)
    padded[: len(samples)] = samples
    rows = padded.reshape(-1, hop)
    energy = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
    power = (energy[:-1] + energy[1:]) / (2 * hop)
    levels: NDArray[np.float64] = 10 * np.log10(power + 1e-20)
    return levels


def _active(levels: NDArray[np.float64], least_range_db: float, quiet_percentile: float, range_db: float) -> NDArray[np.bool_]:
    heard = levels[levels > FLOOR_DBFS]
    if not len(heard):
        return np.zeros(len(levels), np.bool_)
    loud = float(np.percentile(heard, 95))
    quiet = float(np.percentile(levels, quiet_percentile))
    threshold = min(max(quiet + NOISE_MARGIN_DB, loud - range_db), loud - least_range_db)
    return levels > max(threshold, FLOOR_DBFS)


def _merge(stretches: list[tuple[int, int]], bridge: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in stretches:
        if merged and start - merged[-1][1] < bridge:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged
