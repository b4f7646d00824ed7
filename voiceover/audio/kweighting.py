"""K-weighting (ITU-R BS.1770-4, Annex 1): the frequency weighting of every loudness figure, at any sample rate.

The Recommendation gives its two filter stages as coefficients for 48 kHz. Carrying them to another rate by the bilinear transform warps the
shelf and reads 0.04 LU high at 24 kHz, so here the magnitude response of the 48 kHz filters is applied in the frequency domain: every rate
hears a frequency exactly as the reference does.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from voiceover.types import FloatArray

REFERENCE_RATE = 48000
HALO_SECONDS = 0.05
"""How far the response reaches to each side: the 38 Hz high-pass has died away to 6e-6 by then."""

# Tables 1 and 2 of the Recommendation: b0, b1, b2 and a1, a2 of the shelf that models the head, and of the RLB high-pass.
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (-1.69065929318241, 0.73248077421585))
_HIGH_PASS = ((1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621))


def magnitude(frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gain of the K-weighting at ``frequencies`` in Hz; above 24 kHz, where the reference has no response, that of 24 kHz."""
    delay = np.exp(-2j * np.pi * np.minimum(frequencies, REFERENCE_RATE / 2) / REFERENCE_RATE)
    gain = np.ones_like(delay)
    for b, a in (_SHELF, _HIGH_PASS):
        gain *= (b[0] + b[1] * delay + b[2] * delay**2) / (1 + a[0] * delay + a[1] * delay**2)
    result: NDArray[np.float64] = np.abs(gain)
    return result


def fast_length(frames: int) -> int:
    """The smallest length from ``frames`` on with no prime factor over 5: the lengths an FFT is fast at."""
    best = 1 << max(frames - 1, 1).bit_length()
    five = 1
    while five < best:
        three = five
        while three < best:
            two = three
            while two < frames:
                two *= 2
            best = min(best, two)
            three *= 3
        five *= 5
    return best


@lru_cache(maxsize=16)
def response(sample_rate: int, length: int) -> FloatArray:
    """``magnitude`` at the frequencies of a real FFT over ``length`` frames."""
    frequencies = np.arange(length // 2 + 1, dtype=np.float64) * (sample_rate / length)
    return magnitude(frequencies).astype(np.float32)


def halo_frames(sample_rate: int) -> int:
    """Frames of context that ``k_weight`` wants at each side of what it weights."""
    return round(HALO_SECONDS * sample_rate)


def k_weight(samples: FloatArray, sample_rate: int) -> FloatArray:
    """Weight the last axis of ``samples``, with zero phase; silence is taken to surround it.

    The result has the shape of ``samples``. The first and last ``halo_frames`` are right only where what surrounds them was silent.
    """
    frames = samples.shape[-1]
    length = fast_length(frames + halo_frames(sample_rate))
    spectrum = np.fft.rfft(samples, length, axis=-1)
    spectrum *= response(sample_rate, length)
    return np.fft.irfft(spectrum, length, axis=-1)[..., :frames].astype(np.float32, copy=False)
