"""Detects recordings limited to a telephone's band, 300 to 3,400 Hz, at any sample rate."""

from __future__ import annotations

import numpy as np

from voiceover.types import FloatArray

_FFT_SECONDS = 0.032
_LONGEST_SECONDS = 30.0
"""Only this much of a recording is examined."""
_NONE_DB = -32.0
"""Of treble beside the middle: an "s" is 10 to 25 dB below a vowel."""
_LITTLE_DB = -22.0
_BASS_DB = -20.0
_STEADY_DB = 5.0
"""Treble whose level moves less is background noise, not speech."""
_NOISE_DB = -20.0


def is_telephone(samples: FloatArray, sample_rate: int) -> bool:
    """True if the speech in ``samples``, shape (frames,) at 16 kHz or more, has almost nothing outside the telephone's band."""
    samples = samples[: round(_LONGEST_SECONDS * sample_rate)]
    size = round(_FFT_SECONDS * sample_rate)
    if len(samples) < 4 * size:
        return False
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[:: size // 2]
    spectra = np.abs(np.fft.rfft(frames * np.hanning(size).astype(np.float32))) ** 2
    hz = np.fft.rfftfreq(size, 1 / sample_rate)

    def levels(low: float, high: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        found: np.ndarray[tuple[int], np.dtype[np.float64]] = 10 * np.log10(spectra[:, (hz >= low) & (hz < high)].sum(axis=1) + 1e-12)
        return found

    middle = float(np.percentile(levels(300, 3400), 90))
    high, low = levels(4200, 7900), levels(60, 240)
    treble, quiet = float(np.percentile(high, 98)), float(np.percentile(high, 10))
    bass = float(np.percentile(low, 90))
    if treble - middle < _NONE_DB:
        return True
    if treble - quiet < _STEADY_DB and treble - middle < _NOISE_DB:
        return True
    return treble - middle < _LITTLE_DB and bass - middle < _BASS_DB
