"""Measurements of speech recordings: clipping, noise, steady tones, speaking pace.

They are deliberately rough: each is designed so that clean speech and the fault in question give clearly different values.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from voiceover.text.speaking_rates import seconds_of
from voiceover.types import FloatArray

LEVEL_SECONDS = 0.01
"""Length of the windows in which levels are measured."""
SILENT_DBFS = -90.0
"""Levels below this are digital silence, since every recording has more noise."""
_QUIET_SHARE = 0.03

_CLIP_SHARE = 0.999
_CLIP_RUN = 3
_LEAST_PEAK = 0.05
_ROUND_TOPS = 3
"""Number of flat tops that may occur by chance: the highest one of a slow wave is flat over a few samples."""

_FFT_SECONDS = 0.085
_HOP_SECONDS = 0.02
_STEADY_SECONDS = 0.3
"""A voice hardly holds its pitch this long; musical notes last longer."""
_STEP = 0.004
_DRIFT = 0.01
"""How far a partial may move from frame to frame and in total, relative to its frequency; a semitone is 0.06."""
_RANGE_DB = 30.0
_PROMINENCE_DB = 10.0
_BAND_HZ = (90.0, 4700.0)


def levels_dbfs(samples: FloatArray, sample_rate: int) -> NDArray[np.float64]:
    """Return the level of each full window of ``LEVEL_SECONDS`` in samples of shape (frames,)."""
    size = max(round(LEVEL_SECONDS * sample_rate), 1)
    rows = samples[: len(samples) // size * size].reshape(-1, size)
    power = np.einsum("ij,ij->i", rows, rows, dtype=np.float64) / size
    found: NDArray[np.float64] = 10 * np.log10(power + 1e-20)
    return found


def snr_db(samples: FloatArray, sample_rate: int, start: int = 0, end: int | None = None) -> float:
    """Return the signal-to-noise ratio of speech from frame ``start`` to ``end``: loud windows relative to the quietest few.

    The quiet windows are around the speech, in its pauses and in the closures of plosives. Digital silence around it is ignored, since it
    was added later.
    """
    levels = levels_dbfs(samples, sample_rate)
    size = len(samples) / max(len(levels), 1)
    at = (np.arange(len(levels)) + 0.5) * size
    within = (at >= start) & (at < (len(samples) if end is None else end))
    audible = np.maximum(levels[within | (levels > SILENT_DBFS)], SILENT_DBFS)
    if not within.any():
        return -math.inf
    quiet = np.sort(audible)[: max(round(len(audible) * _QUIET_SHARE), 5)]
    return _mean_db(audible[audible > np.percentile(audible, 95) - 20]) - _mean_db(quiet)


def speech_level_dbfs(samples: FloatArray, sample_rate: int) -> float:
    """Return the RMS of the windows within 20 dB of the loudest one."""
    levels = levels_dbfs(samples, sample_rate)
    if not len(levels):
        return -math.inf
    loud = levels[levels > np.percentile(levels, 95) - 20]
    return _mean_db(loud)


def liveliness_db(samples: FloatArray, sample_rate: int) -> float:
    """Return the spread of levels, from the 10th to the 95th percentile; it is large for speech, which has pauses."""
    levels = levels_dbfs(samples, sample_rate)
    return float(np.percentile(levels, 95) - np.percentile(levels, 10)) if len(levels) else 0.0


def clipped_share(samples: FloatArray) -> float:
    """Return the share of samples of one channel, shape (frames,), in flat tops: three or more in a row at an extreme value."""
    if not len(samples):
        return 0.0
    count, tops = 0, 0
    for sign in (1, -1):
        top = min(float(samples.max() if sign > 0 else -samples.min()), 1.0)
        if top >= _LEAST_PEAK:
            high = samples >= _CLIP_SHARE * top if sign > 0 else samples <= -_CLIP_SHARE * top
            flat = np.flatnonzero(np.diff(high, prepend=False, append=False)).reshape(-1, 2)
            runs = flat[:, 1] - flat[:, 0]
            tops += int((runs >= _CLIP_RUN).sum())
            count += int(runs[runs >= _CLIP_RUN].sum())
    return count / len(samples) if tops > _ROUND_TOPS else 0.0


def steady_share(samples: FloatArray, sample_rate: int) -> float:
    """Return the share of time in which a partial holds its frequency, as in notes and hum but not in voices.

    Spectral peaks are tracked from frame to frame (McAulay and Quatieri 1986), and count once they have been steady for 0.3 s.
    """
    size, hop = round(_FFT_SECONDS * sample_rate), round(_HOP_SECONDS * sample_rate)
    count = (len(samples) - size) // hop + 1
    if count < 2:
        return 0.0
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop]
    spectra = 20 * np.log10(np.abs(np.fft.rfft(frames * np.hanning(size).astype(np.float32))) + 1e-9)
    loudest = spectra.max(axis=1)
    active = loudest > np.percentile(loudest, 95) - _RANGE_DB
    steady = np.zeros(count, np.bool_)
    least = round(_STEADY_SECONDS / _HOP_SECONDS)
    tracks: list[tuple[float, float, int]] = []
    for index in range(count + 1):
        peaks = _peaks(spectra[index], loudest[index], sample_rate / size) if index < count and active[index] else []
        for _, _, since in tracks:
            if index - since >= least:
                steady[since:index] = True
        tracks = [_continued(peak, tracks, index) for peak in peaks]
    return float(steady[active].mean()) if active.any() else 0.0


def _mean_db(levels: NDArray[np.float64]) -> float:
    return 10 * math.log10(float(np.mean(10 ** (levels / 10))))


def _continued(peak: float, tracks: list[tuple[float, float, int]], index: int) -> tuple[float, float, int]:
    """Return the oldest track (current frequency, initial frequency, first frame) that ``peak`` continues, or a new one."""
    fitting = [
        (first, since)
        for now, first, since in tracks
        if abs(peak - now) <= _STEP * now + 0.05 and abs(peak - first) <= _DRIFT * first + 0.1
    ]
    first, since = min(fitting, key=lambda track: track[1], default=(peak, index))
    return peak, first, since


def _peaks(spectrum: NDArray[np.float64], loudest: float, bin_hz: float) -> list[float]:
    """Return the positions of peaks in one spectrum, in bins, interpolated by a parabola."""
    low, high = int(_BAND_HZ[0] / bin_hz), min(int(_BAND_HZ[1] / bin_hz), len(spectrum) - 2)
    middle = spectrum[low:high]
    found = np.flatnonzero(
        (middle > spectrum[low - 1 : high - 1]) & (middle >= spectrum[low + 1 : high + 1]) & (middle > loudest - _RANGE_DB)
    )
    around = np.clip(found[:, None] + low + np.arange(-8, 9), 0, len(spectrum) - 1)
    at = found[spectrum[found + low] - np.median(spectrum[around], axis=1) >= _PROMINENCE_DB] + low
    before, here, after = spectrum[at - 1], spectrum[at], spectrum[at + 1]
    places: list[float] = (at + 0.5 * (before - after) / (before - 2 * here + after)).tolist()
    return places


def expected_seconds(text: str) -> float:
    """Return the duration of ``text`` at a usual pace, by the kinds of its characters."""
    # Spaces are not counted; the factor 1.18 accounts for them.
    return 1.18 * sum(map(seconds_of, "".join(text.split())))
