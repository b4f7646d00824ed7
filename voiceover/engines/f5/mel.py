"""Waves and spectra: the log-mel that F5-TTS was trained on, and the inverse STFT at the end of Vocos.

The mel is torchaudio's: magnitude STFT (periodic Hann, centred, reflected ends), HTK triangles without area normalization,
natural logarithm.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from voiceover.types import FloatArray

SAMPLE_RATE = 24_000
N_FFT = 1024
HOP_LENGTH = 256
N_MELS = 100
FRAME_RATE = SAMPLE_RATE / HOP_LENGTH
"""Mel frames per second."""
FLOOR = 1e-5
"""Smaller magnitudes are raised to this before the logarithm."""
LARGEST_MAGNITUDE = 1e2
"""Vocos clips the magnitudes of its spectrum."""


@cache
def hann(size: int) -> NDArray[np.float64]:
    """Return the periodic Hann window, as ``torch.hann_window``."""
    window: NDArray[np.float64] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    return window


@cache
def mel_filters(n_fft: int = N_FFT, n_mels: int = N_MELS, sample_rate: int = SAMPLE_RATE) -> FloatArray:
    """Return HTK triangles, shape (n_fft / 2 + 1, n_mels), as ``torchaudio.functional.melscale_fbanks(norm=None, mel_scale="htk")``."""
    frequencies = np.linspace(0, sample_rate / 2, n_fft // 2 + 1)
    mels = np.linspace(0, 2595 * np.log10(1 + sample_rate / 2 / 700), n_mels + 2)
    corners = 700 * (10 ** (mels / 2595) - 1)
    widths = np.diff(corners)
    slopes = corners[None, :] - frequencies[:, None]
    falling, rising = -slopes[:, :-2] / widths[:-1], slopes[:, 2:] / widths[1:]
    return np.maximum(0, np.minimum(falling, rising)).astype(np.float32)


def magnitudes(samples: FloatArray, n_fft: int = N_FFT, hop_length: int = HOP_LENGTH) -> NDArray[np.float64]:
    """Return the centred magnitude STFT, (1 + frames // hop_length, n_fft / 2 + 1), of at least n_fft / 2 + 1 samples."""
    padded = np.pad(samples.astype(np.float64), n_fft // 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_length]
    found: NDArray[np.float64] = np.abs(np.fft.rfft(windows * hann(n_fft), axis=-1))
    return found


def log_mel(samples: FloatArray) -> FloatArray:
    """Return the log-mel of mono samples at 24 kHz, shape (1 + frames // 256, 100)."""
    return np.log(np.maximum(magnitudes(samples) @ mel_filters().astype(np.float64), FLOOR)).astype(np.float32)


def inverse_stft(spectra: NDArray[np.complexfloating], hop_length: int, *, same: bool = False) -> FloatArray:
    """Return waves (..., samples) from spectra (..., frames, n_fft / 2 + 1): Hann-weighted overlap-add, as ``torch.istft``.

    Centred, (frames - 1) * hop_length samples come out; with ``same`` (Vocos' other padding) frames * hop_length. ``hop_length`` divides
    n_fft.
    """
    count, n_fft = spectra.shape[-2], (spectra.shape[-1] - 1) * 2
    window = hann(n_fft)
    pieces = np.fft.irfft(spectra, n_fft, axis=-1) * window
    wave = _overlap_add(pieces, hop_length)
    weight = _overlap_add(np.broadcast_to(window**2, (count, n_fft)), hop_length)
    trim = (n_fft - hop_length) // 2 if same else n_fft // 2
    kept = slice(trim, wave.shape[-1] - trim)
    return (wave[..., kept] / weight[kept]).astype(np.float32)


def waves(head: FloatArray, hop_length: int, *, same: bool = False) -> FloatArray:
    """Return waves (b, samples) from a vocoder's log magnitudes and phases, (b, frames, n_fft + 2)."""
    size, phase = np.split(head.astype(np.float64), 2, axis=-1)
    spectra = np.exp(np.minimum(size, np.log(LARGEST_MAGNITUDE))) * np.exp(1j * phase)
    return inverse_stft(spectra, hop_length, same=same)


def _overlap_add(pieces: NDArray[np.float64], hop_length: int) -> NDArray[np.float64]:
    """Sum (..., frames, n_fft) pieces that start a hop apart: as many shifted additions as hops fit into a piece."""
    *batch, count, size = pieces.shape
    overlap = size // hop_length
    total = np.zeros((*batch, count + overlap - 1, hop_length))
    for k in range(overlap):
        total[..., k : k + count, :] += pieces[..., k * hop_length : (k + 1) * hop_length]
    return total.reshape(*batch, -1)
