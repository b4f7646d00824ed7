"""Noise where speech should be or end: a stretch whose spectrum is flat for longer than any consonant."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from voiceover.types import Finding, FloatArray

LONGEST_SECONDS = 0.2
"""A hissed consonant lasts up to 0.15 s."""
LEAST_FLATNESS = 0.45
"""Geometric by arithmetic mean of the power over frequencies: 1 for white noise, below 0.4 for most consonants."""
RANGE_DB = 50.0
"""Noise further below the loud parts is background."""
BACKGROUND_MARGIN_DB = 8.0
"""So is noise that is not louder than the quietest parts by more than this, where there is a room around the speech."""
_QUIET_PERCENTILE = 2.0
_WINDOW_SECONDS = 0.02
_AVERAGED = 4
"""Spectra that are averaged, since that of a single window is never flat."""
_BAND_HZ = (300.0, 7500.0)


def noise_faults(samples: FloatArray, sample_rate: int, *, background: bool = False) -> tuple[Finding, ...]:
    """Return a finding for each stretch of noise in ``samples`` of shape (frames,).

    With ``background``, noise that is hardly louder than the quietest parts does not count.
    """
    size = 1 << round(math.log2(max(_WINDOW_SECONDS * sample_rate, 32)))
    hop = size // 2
    if len(samples) < (_AVERAGED + 1) * hop + size:
        return ()
    power = _band_power(samples, sample_rate, size, hop)
    total = np.cumsum(np.vstack([np.zeros((1, power.shape[1])), power]), axis=0)
    mean = (total[_AVERAGED:] - total[:-_AVERAGED]) / _AVERAGED + 1e-16
    level = 10 * np.log10(mean.mean(axis=1))
    flatness = np.exp(np.log(mean).mean(axis=1)) / mean.mean(axis=1)
    quiet, loud = np.percentile(level, [_QUIET_PERCENTILE, 95])
    least = max(loud - RANGE_DB, quiet + BACKGROUND_MARGIN_DB) if background else loud - RANGE_DB
    noisy = (flatness > LEAST_FLATNESS) & (level > least)
    found = []
    for first, after in np.flatnonzero(np.diff(noisy.astype(np.int8), prepend=0, append=0)).reshape(-1, 2):
        begin, end = float(first * hop / sample_rate), float((after + _AVERAGED) * hop / sample_rate)
        if (after - first) * hop > LONGEST_SECONDS * sample_rate:
            found.append(Finding("noise", f"{end - begin:.2f} s of noise", round(begin, 3), round(end, 3)))
    return tuple(found)


def _band_power(samples: FloatArray, sample_rate: int, size: int, hop: int) -> NDArray[np.float64]:
    """Return the power of each window in the band of speech, shape (windows, frequencies)."""
    windows = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop] * np.hanning(size).astype(np.float32)
    spectra = np.fft.rfft(windows)
    frequencies = np.fft.rfftfreq(size, 1 / sample_rate)
    inside = spectra[:, (frequencies > _BAND_HZ[0]) & (frequencies < _BAND_HZ[1])]
    power: NDArray[np.float64] = np.square(inside.real) + np.square(inside.imag)
    return power
