"""Removal of a constant offset (DC) from recordings. Faulty sound cards cause it, and it hides silence from level measurements."""

from __future__ import annotations

import numpy as np

from voiceover.types import FloatArray

_WINDOW_SECONDS = 0.05
_QUIET_SHARE = 0.2
_LONGEST_SECONDS = 60.0
"""Length of the recording to measure, since the offset of a sound card does not change."""
_LEAST = 1e-4
"""-80 dBFS; a smaller offset is below the noise of any recording."""
_SILENT_SECONDS = 0.005


def constant_offset(samples: FloatArray, sample_rate: int) -> float:
    """Return the signed offset of one channel, shape (frames,), relative to full scale.

    It is the median of the means of the quietest windows. The overall mean is unsuitable, since the waveform of a voice is asymmetrical.
    Digital silence, which editors add around recordings, has no offset and is ignored.
    """
    size = max(round(_WINDOW_SECONDS * sample_rate), 1)
    samples = samples[: round(_LONGEST_SECONDS * sample_rate)]
    rows = samples[: len(samples) // size * size].reshape(-1, size)
    rows = rows[(rows != 0).any(axis=1)]
    if not len(rows):
        return 0.0
    means = rows.mean(axis=1, dtype=np.float64)
    waves = np.einsum("ij,ij->i", rows, rows, dtype=np.float64) / size - means**2
    quiet = np.argsort(waves, kind="stable")[: max(round(len(rows) * _QUIET_SHARE), 1)]
    return float(np.median(means[quiet]))


def without_offset(samples: FloatArray, sample_rate: int) -> tuple[FloatArray, float]:
    """Return ``samples`` of shape (frames, channels) without the offset of each channel, and the largest offset found.

    Digital silence is not changed.
    """
    made, largest = samples, 0.0
    for channel in range(samples.shape[1]):
        own = samples[:, channel]
        offset = constant_offset(own, sample_rate)
        largest = max(largest, abs(offset))
        if abs(offset) < _LEAST:
            continue
        if made is samples:
            made = samples.copy()
        made[:, channel] -= np.float32(offset)
        for start, stop in _silences(own, sample_rate):
            made[start:stop, channel] = 0
    return made, largest


def _silences(channel: FloatArray, sample_rate: int) -> list[tuple[int, int]]:
    """Return (start, stop) of each stretch of zeros that is too long to be part of a waveform."""
    bounds = np.flatnonzero(np.diff(channel == 0, prepend=False, append=False)).reshape(-1, 2)
    long = bounds[bounds[:, 1] - bounds[:, 0] >= max(_SILENT_SECONDS * sample_rate, 2)]
    return [(int(start), int(stop)) for start, stop in long]
