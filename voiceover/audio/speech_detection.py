"""Speech detection: finds the speech in a recording.

Levels of 10 ms windows are compared with a threshold derived from the recording: far below its loud parts, slightly above its quiet ones.
A take is measured twice, as it is and with its low frequencies attenuated, so that a soft "f" or "s" at an edge is found despite its low
energy.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from voiceover.audio.dc_offset import without_offset
from voiceover.types import FloatArray
from voiceover.types.lazy_dataclass import dataclass

WINDOW_SECONDS = 0.01
RANGE_DB = 55.0
"""Anything further below the recording's loud parts is not speech."""
LEAST_RANGE_DB = 32.0
"""Anything closer to the loud parts is speech whatever the background, since a take without silence has no measurable background."""
LEAST_TREBLE_RANGE_DB = 20.0
"""The same for high frequencies, which vowels hardly contain."""
NOISE_MARGIN_DB = 8.0
"""Speech exceeds the background by at least this much."""
FLOOR_DBFS = -80.0
"""Anything below this is silence, however quiet the rest is."""
BRIDGE_SECONDS = 0.2
"""A shorter silence between two sounds (the closure of a plosive, a breath within a phrase) belongs to the speech."""
PAUSE_SECONDS = 0.4
"""A longer silence between two sounds is a pause that speakers do not make within a sentence."""
SILENCE_SECONDS = 0.03
"""A longer one between two sounds may be the border between two words."""
_PAUSE_TOLERANCE_SECONDS = 0.02
"""What the windows cannot tell: a pause that was cut to ``PAUSE_SECONDS`` is found as one no more."""
_PAUSE_RANGE_DB = 42.0
"""Nothing that is further below the loud parts ends a pause: noise in a pause may be louder than a gate's silence between the words."""
_SILENCE_RANGE_DB = 30.0
"""Between two words the voice only becomes soft: anything further below the loud parts is no part of a word."""
_LEAST_PAUSE_RANGE_DB = 15.0
"""In a pause, anything further below the loud parts than this is background."""
_BLIP_SECONDS = 0.05
"""A shorter sound between two silences does not end a pause: a click, or a burst of noise."""
_QUIET_PERCENTILE = 10.0
"""Percentile of the levels: at least this share of a recording counts as background."""
_PAUSE_QUIET_PERCENTILE = 2.0
"""A pause may be a small part of a clip that has no silence around its speech."""
CLICK_SECONDS = 0.015
"""A shorter isolated sound is a click."""


@dataclass(frozen=True, slots=True)
class Activity:
    """The speech in a recording, in frames; ``start`` and ``end`` are 0 if there is none."""

    start: int
    """First frame of speech."""
    end: int
    """Frame after the last frame of speech."""
    intervals: tuple[tuple[int, int], ...]
    """Stretches of speech (start, end), in order, apart by at least ``BRIDGE_SECONDS``."""

    @property
    def frames(self) -> int:
        """Return the duration of the speech, without the silence between the intervals."""
        return sum(end - start for start, end in self.intervals)


def find_speech(samples: FloatArray, sample_rate: int) -> Activity:
    """Find the speech in ``samples`` of shape (frames,).

    Errs towards more speech: it starts one window before the first that exceeds the threshold, and ends one window after the last. In
    steady noise everything counts as speech.
    """
    stretches = _stretches(samples, sample_rate, LEAST_RANGE_DB, LEAST_TREBLE_RANGE_DB, _QUIET_PERCENTILE)
    merged = _merge(stretches, round(BRIDGE_SECONDS * sample_rate))
    clear = tuple(stretch for stretch in merged if stretch[1] - stretch[0] > round(CLICK_SECONDS * sample_rate)) or tuple(merged)
    if not clear:
        return Activity(0, 0, ())
    return Activity(clear[0][0], clear[-1][1], clear)


def find_pauses(samples: FloatArray, sample_rate: int) -> tuple[tuple[int, int], ...]:
    """Return start and end, in frames, of each pause longer than ``PAUSE_SECONDS`` within the speech in ``samples``, shape (frames,).

    A click does not end a pause. Neither a constant offset nor steady noise hides one, unless the noise is within about 25 dB of the
    speech.
    """
    return _quiet(samples, sample_rate, PAUSE_SECONDS, _PAUSE_RANGE_DB)


def find_silences(samples: FloatArray, sample_rate: int) -> tuple[tuple[int, int], ...]:
    """Return start and end, in frames, of everything quiet for more than ``SILENCE_SECONDS`` within the speech in ``samples``.

    Besides the pauses between clauses these are gaps between words and closures of plosives. See ``find_pauses`` for the rest.
    """
    return _quiet(samples, sample_rate, SILENCE_SECONDS, _SILENCE_RANGE_DB)


def _quiet(samples: FloatArray, sample_rate: int, longer_than: float, range_db: float) -> tuple[tuple[int, int], ...]:
    level, _ = without_offset(samples[:, None], sample_rate)
    least = _LEAST_PAUSE_RANGE_DB
    stretches = _stretches(level[:, 0], sample_rate, least, least, _PAUSE_QUIET_PERCENTILE, range_db)
    blip = _BLIP_SECONDS * sample_rate
    sounds = [sound for sound in _merge(stretches, round(blip)) if sound[1] - sound[0] > blip]
    shortest = (longer_than + _PAUSE_TOLERANCE_SECONDS) * sample_rate
    return tuple((before[1], after[0]) for before, after in pairwise(sounds) if after[0] - before[1] > shortest)


def _stretches(
    samples: FloatArray,
    sample_rate: int,
    least_range_db: float,
    least_treble_range_db: float,
    quiet_percentile: float,
    range_db: float = RANGE_DB,
) -> list[tuple[int, int]]:
    """Return everything that exceeds the background, as (start, end) in frames."""
    hop = max(round(WINDOW_SECONDS * sample_rate) // 2, 1)
    full = _levels(samples, hop)
    # The first difference raises high frequencies by 6 dB per octave; it is scaled so that 2 kHz keeps its level.
    treble = np.diff(samples, prepend=samples[:1]) if len(samples) else samples
    bright = _levels(treble, hop) - 20 * np.log10(2 * np.sin(np.pi * min(2000 / sample_rate, 0.5)))
    active = _active(full, least_range_db, quiet_percentile, range_db)
    active |= _active(bright, least_treble_range_db, quiet_percentile, range_db)
    bounds = np.flatnonzero(np.diff(active.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    # A window spans two hops and starts at its own hop, so hop k is in windows k-1 and k.
    return [(int(a) * hop, min((int(b) + 1) * hop, len(samples))) for a, b in bounds]


def _levels(samples: FloatArray, hop: int) -> NDArray[np.float64]:
    """Return the level in dBFS of a window of two hops, for each hop."""
    count = -(-len(samples) // hop)
    padded = np.zeros((count + 1) * hop, np.float32)
    padded[: len(samples)] = samples
    rows = padded.reshape(-1, hop)
    energy = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
    power = (energy[:-1] + energy[1:]) / (2 * hop)
    levels: NDArray[np.float64] = 10 * np.log10(power + 1e-20)
    return levels


def _active(levels: NDArray[np.float64], least_range_db: float, quiet_percentile: float, range_db: float) -> NDArray[np.bool_]:
    audible = levels[levels > FLOOR_DBFS]
    if not len(audible):
        return np.zeros(len(levels), np.bool_)
    loud = float(np.percentile(audible, 95))
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
