"""K-weighting (ITU-R BS.1770-4, Annex 1): the frequency weighting of all loudness measurements, at any sample rate.

The Recommendation defines its two filter stages by coefficients for 48 kHz. Converting them to another rate with the bilinear transform
warps the shelf and reads 0.04 LU high at 24 kHz. So the magnitude response of the 48 kHz filters is applied in the frequency domain, which
weights each frequency exactly as the reference does at any rate.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from voiceover.types import FloatArray

REFERENCE_RATE = 48000
HALO_SECONDS = 0.05
"""Length of the response to each side; the 38 Hz high-pass has decayed to 6e-6 by then."""

# Tables 1 and 2 of the Recommendation: b0, b1, b2 and a1, a2 of the shelf that models the head and of the RLB high-pass.
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (-1.69065929318241, 0.73248077421585))
_HIGH_PASS = ((1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621))


def magnitude(frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the gain of the K-weighting at ``frequencies`` in Hz; above 24 kHz, where the reference is undefined, that at 24 kHz."""
    delay = np.exp(-2j * np.pi * np.minimum(frequencies, REFERENCE_RATE / 2) / REFERENCE_RATE)
    gain = np.ones_like(delay)
    for b, a in (_SHELF, _HIGH_PASS):
        gain *= (b[0] + b[1] * delay + b[2] * delay**2) / (1 + a[0] * delay + a[1] * delay**2)
    result: NDArray[np.float64] = np.abs(gain)
    return result


def fast_length(frames: int) -> int:
    """Return the smallest length of at least ``frames`` without prime factors above 5, for which an FFT is fast."""
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
    """Return ``magnitude`` at the frequencies of a real FFT over ``length`` frames."""
    frequencies = np.arange(length // 2 + 1, dtype=np.float64) * (sample_rate / length)
    return magnitude(frequencies).astype(np.float32)


def halo_frames(sample_rate: int) -> int:
    """Return the frames of context that ``k_weight`` needs on each side."""
    return round(HALO_SECONDS * sample_rate)


def k_weight(samples: FloatArray, sample_rate: int) -> FloatArray:
    """Weight the last axis of ``samples`` with zero phase, as if silence surrounded it.

    The result has the shape of ``samples``. Its first and last ``halo_frames`` are correct only if the surroundings were silent.
    """
    frames = samples.shape[-1]
    length = fast_length(frames + halo_frames(sample_rate))
    spectrum = np.fft.rfft(samples, length, axis=-1)
    spectrum *= response(sample_rate, length)
    return np.fft.irfft(spectrum, length, axis=-1)[..., :frames].astype(np.float32, copy=False)
