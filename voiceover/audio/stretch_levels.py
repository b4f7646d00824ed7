"""The levels of a stretch of audio, in steps of 10 ms from its own start, as bytes too: what a loudness meter needs of it."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from voiceover.audio.chunks import Chunk, cut
from voiceover.audio.kweighting import fast_length, halo_frames, response
from voiceover.audio.true_peak import context_frames, true_peak
from voiceover.types import FloatArray

Powers = NDArray[np.float64]
"""Mean squares of consecutive stretches of equal length, weighted and summed over the channels."""

CHANNEL_WEIGHTS = {5: (1.0, 1.0, 1.0, 1.41, 1.41), 6: (1.0, 1.0, 1.0, 0.0, 1.41, 1.41)}
"""Channel weights of the layouts L, R, C, Ls, Rs and L, R, C, LFE, Ls, Rs; in other layouts the weight of each channel is one."""
CHUNK_SECONDS = 10
PER_SECOND = 100
_HEADER = struct.Struct("<QQ3d")


@dataclass(frozen=True, slots=True)
class StretchLevels:
    """The measurements of a stretch."""

    frames: int
    weighted: Powers
    """K-weighted power of each whole 10 ms."""
    plain: Powers
    """Unweighted power of each whole 10 ms, averaged over the channels."""
    peaks: Powers
    """Largest squared sample of each whole 10 ms."""
    energy: float
    """Sum of the squares of all samples."""
    sample_peak: float
    true_peak: float

    def to_bytes(self) -> bytes:
        """Return all of it; ``from_bytes`` gives it back, the powers with the precision of ``measure_stretch``."""
        head = _HEADER.pack(self.frames, len(self.weighted), self.energy, self.sample_peak, self.true_peak)
        return head + b"".join(row.astype("<f4").tobytes() for row in (self.weighted, self.plain, self.peaks))

    @classmethod
    def from_bytes(cls, data: bytes) -> StretchLevels:
        """Return what ``to_bytes`` was called on. Raises ValueError if ``data`` is something else."""
        try:
            frames, count, energy, sample_peak, peak = _HEADER.unpack_from(data)
            rows = np.frombuffer(data, "<f4", offset=_HEADER.size).astype(np.float64).reshape(3, count)
        except struct.error as error:
            raise ValueError("no measurements") from error
        return cls(frames, rows[0], rows[1], rows[2], energy, sample_peak, peak)


def measure_stretch(blocks: Iterable[FloatArray], sample_rate: int, channels: int) -> StretchLevels:
    """Measure blocks of shape (frames, channels) in this thread; powers are rounded to 32 bits, as they are stored."""
    found: list[StretchLevels] = []
    peak = 0.0
    for chunk in cut(blocks, channels, CHUNK_SECONDS * sample_rate, measuring_halo(sample_rate)):
        found.append(measure_chunk(chunk, sample_rate, channels, peak))
        peak = max(peak, found[-1].true_peak)
    empty = np.zeros(0)

    def row(parts: list[Powers]) -> Powers:
        joined: Powers = np.concatenate((empty, *parts)).astype(np.float32).astype(np.float64)
        return joined

    return StretchLevels(
        sum(each.frames for each in found),
        row([each.weighted for each in found]),
        row([each.plain for each in found]),
        row([each.peaks for each in found]),
        sum(each.energy for each in found),
        max((each.sample_peak for each in found), default=0.0),
        peak,
    )


def measuring_halo(sample_rate: int) -> int:
    """Return the frames of context that ``measure_chunk`` needs on each side."""
    return max(halo_frames(sample_rate), context_frames(sample_rate))


def measure_chunk(chunk: Chunk, sample_rate: int, channels: int, known_peak: float) -> StretchLevels:
    """Measure a chunk with a context of ``measuring_halo``; its true peak is exact if it exceeds ``known_peak``."""
    halo = measuring_halo(sample_rate)
    core = slice(halo, halo + chunk.frames)
    weights = CHANNEL_WEIGHTS.get(channels, (1.0,) * channels)
    weighted = np.zeros(chunk.frames * PER_SECOND // sample_rate)
    plain, peaks = np.zeros(len(weighted)), np.zeros(len(weighted))
    energy = sample_peak = 0.0
    for channel, weight in zip(chunk.samples, weights, strict=True):
        squares = np.square(channel[core])
        plain += _hundredths(squares, sample_rate) / channels
        np.maximum(peaks, _largest(squares, sample_rate), out=peaks)
        energy += float(squares.sum(dtype=np.float64))
        sample_peak = max(sample_peak, float(squares.max(initial=0.0)) ** 0.5)
        if weight:
            weighted += weight * _hundredths(_weighted_squares(channel, chunk.frames, sample_rate, halo), sample_rate)
    peak = true_peak(chunk.samples, chunk.frames, halo, sample_rate, known_peak)
    return StretchLevels(chunk.frames, weighted, plain, peaks, energy, sample_peak, max(peak, sample_peak))


def _weighted_squares(channel: FloatArray, frames: int, rate: int, halo: int) -> FloatArray:
    """Return the squares of the K-weighted core of a chunk, in parts that fit the CPU cache, which is twice as fast."""
    step = rate if rate % 2 else rate // 2
    width, batch = step + 2 * halo, 10 * step
    length = fast_length(width)
    gains, stride = response(rate, length), channel.strides[0]
    squares = np.empty(frames, np.float32)
    for start in range(0, frames, batch):
        count = min(batch, frames - start)
        rows = as_strided(channel[start:], (-(-count // step), width), (step * stride, stride), writeable=False)
        spectrum = np.fft.rfft(rows, length)
        spectrum *= gains
        core = np.fft.irfft(spectrum, length)[:, halo : halo + step].reshape(-1)[:count]
        np.square(core, out=squares[start : start + count], casting="same_kind")
    return squares


def _hundredths(squares: FloatArray, sample_rate: int) -> Powers:
    """Return the mean of each whole 10 ms; the k-th starts at frame ``k * sample_rate // 100``, so that a second has 100 at any rate."""
    count = len(squares) * PER_SECOND // sample_rate
    if not sample_rate % PER_SECOND:
        length = sample_rate // PER_SECOND
        means: Powers = squares[: count * length].reshape(-1, length).mean(axis=1, dtype=np.float64)
    elif count:
        bounds = _bounds(count, sample_rate)
        means = np.add.reduceat(squares[: bounds[-1]], bounds[:-1], dtype=np.float64) / np.diff(bounds)
    else:
        means = np.zeros(0)
    return means


def _largest(squares: FloatArray, sample_rate: int) -> Powers:
    """Return the largest value of each whole 10 ms."""
    count = len(squares) * PER_SECOND // sample_rate
    if not count:
        return np.zeros(0)
    bounds = _bounds(count, sample_rate)
    largest: Powers = np.maximum.reduceat(squares[: bounds[-1]], bounds[:-1]).astype(np.float64)
    return largest


def _bounds(count: int, sample_rate: int) -> NDArray[np.int64]:
    """Return where each 10 ms begins, and where the last ends."""
    bounds: NDArray[np.int64] = np.arange(count + 1) * sample_rate // PER_SECOND
    return bounds
