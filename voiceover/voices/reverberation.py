"""Reverberation time, estimated from how speech decays.

After a sound stops, its level falls along a straight line in dB, never faster than the room's own reverberation. The median of such
decays was measured on synthesized speech: 0.2 to 0.45 s dry, up to 0.7 s in a room of 0.3 s, and 0.75 to 1.4 s in one of 1 s.
"""

from __future__ import annotations

import numpy as np

from voiceover.types import FloatArray

STRONG_SECONDS = 0.75
_LONGEST_SECONDS = 60.0
"""Only this much of a recording is examined."""
_WINDOW_SECONDS = 0.01
_LOUD_DB = 15.0
"""A decay begins within this of the loud parts."""
_LEAST_DROP_DB = 8.0
_SKIPPED_DB = 3.0
"""Skipped at the start of a decay, which is the end of the sound itself."""
_RISE_DB = 3.0
"""A rise by this much ends a decay."""
_FLOOR_MARGIN_DB = 6.0
_LEAST_FALLS = 3
_LEAST_WINDOWS = 20


def reverberation_seconds(samples: FloatArray, sample_rate: int) -> float | None:
    """Estimate the RT60 of the room of ``samples``, shape (frames,); None if there is too little to measure."""
    size = round(_WINDOW_SECONDS * sample_rate)
    samples = samples[: round(_LONGEST_SECONDS * sample_rate)]
    rows = samples[: len(samples) // size * size].reshape(-1, size)
    if len(rows) < _LEAST_WINDOWS:
        return None
    power = np.einsum("ij,ij->i", rows, rows, dtype=np.float64) / size
    levels = 10 * np.log10(np.convolve(power, np.ones(3) / 3, "same") + 1e-10)
    loud = float(np.percentile(levels, 95)) - _LOUD_DB
    floor = float(np.percentile(levels, 3)) + _FLOOR_MARGIN_DB
    heights: list[float] = levels.tolist()
    found, at = [], 0
    while at < len(levels) - 1:
        if levels[at] < loud:
            at += 1
            continue
        at, low = _fall(heights, at, floor)
        slope = _slope(levels[at : low + 1])
        if slope is not None:
            found.append(-60.0 / slope)
        at = max(low, at + 1)
    return float(np.median(found)) if len(found) >= _LEAST_FALLS else None


def _fall(levels: list[float], peak: int, floor: float) -> tuple[int, int]:
    """Return the highest window from ``peak`` on, and the lowest after it before the level rises again or reaches the background."""
    low = peak
    for at in range(peak + 1, len(levels)):
        if levels[at] <= floor or levels[at] >= levels[low] + _RISE_DB:
            break
        if levels[at] > levels[peak]:
            peak = low = at
        elif levels[at] < levels[low]:
            low = at
    return peak, low


def _slope(levels: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float | None:
    """Return the slope of a decay in dB per second; None if it is too small to measure."""
    if len(levels) < 4 or levels[0] - levels[-1] < _LEAST_DROP_DB:
        return None
    inside = np.flatnonzero(levels <= levels[0] - _SKIPPED_DB)
    if len(inside) < 3:
        return None
    slope = float(np.polyfit(inside * _WINDOW_SECONDS, levels[inside], 1)[0])
    return slope if slope < 0 else None
