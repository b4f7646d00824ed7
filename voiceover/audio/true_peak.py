"""True peak (ITU-R BS.1770-4, Annex 2): the peak of the waveform between the samples.

A polyphase FIR, a Kaiser-windowed sinc, interpolates to 192 kHz or more. It is run only where it could find a relevant peak. Since each
phase reproduces a straight line exactly, it can be written as the line between two samples plus a sum over second differences. So the
interpolated value is at most the larger of the two samples plus a constant times the largest second difference within its reach. This bound
is tight for speech, where neighbouring samples differ little.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from voiceover.types import FloatArray
from voiceover.types.lazy_dataclass import dataclass

LEAST_RATE = 192_000
LEAST_FACTOR = 4
TAPS = 32
"""Taps per phase."""
KAISER_BETA = 6.0
HOP_SECONDS = 0.001

# OpenBLAS starts its own threads for a product with more multiplications than this; they would compete with the encoder.
_ONE_THREAD_PRODUCT = 4 * 65536


@dataclass(frozen=True, slots=True)
class Interpolator:
    """The filter for one sample rate."""

    factor: int
    """Oversampling factor."""
    hop: int
    """Frames that are interpolated at once, about 1 ms."""
    matrix: FloatArray
    """Shape (hop + TAPS - 1, hop * (factor - 1)): multiplied with a hop and its context, it gives all values between the hop's samples."""
    bound: float
    """An interpolated value exceeds the samples beside it by at most this factor times the largest second difference within reach."""
    side: int
    """Hops of context on each side that the filter needs."""
    rows: int
    """Hops per matrix product."""


@lru_cache(maxsize=16)
def interpolator(sample_rate: int) -> Interpolator:
    """Design the filter for ``sample_rate``."""
    factor = max(LEAST_FACTOR, -(-LEAST_RATE // sample_rate))
    hop = max(round(HOP_SECONDS * sample_rate), 1)
    near = np.arange(-TAPS // 2 + 1, TAPS // 2 + 1)
    middle = TAPS // 2 - 1
    matrix = np.zeros((hop + TAPS - 1, hop, factor - 1))
    bound = 0.0
    for phase in range(1, factor):
        distance = phase / factor - near
        window = np.i0(KAISER_BETA * np.sqrt(1 - (distance / (TAPS // 2)) ** 2)) / np.i0(KAISER_BETA)
        taps = np.sinc(distance) * window
        taps /= taps.sum()
        taps[middle : middle + 2] += np.array([1, -1]) * (taps @ near - phase / factor)
        beyond_line = taps.copy()
        beyond_line[middle : middle + 2] -= (1 - phase / factor, phase / factor)
        bound = max(bound, float(np.abs(np.cumsum(np.cumsum(beyond_line))).sum()))
        for frame in range(hop):
            matrix[frame : frame + TAPS, frame, phase - 1] = taps
    flat = np.ascontiguousarray(matrix.reshape(len(matrix), -1), np.float32)
    return Interpolator(factor, hop, flat, bound, -(-TAPS // 2 // hop), max(_ONE_THREAD_PRODUCT // flat.size // 8 * 8, 1))


def context_frames(sample_rate: int) -> int:
    """Return the frames of context needed before and after what is measured."""
    filter_ = interpolator(sample_rate)
    return (filter_.side + 1) * filter_.hop


def hop_peaks(samples: FloatArray, frames: int, context: int, sample_rate: int, floor: float) -> FloatArray:
    """Return the largest absolute value in each hop of ``samples[:, context : context + frames]``, over all channels.

    ``samples`` has the shape (channels, context + frames + context or more), and ``context`` is at least ``context_frames``. The value is
    the true peak if that might exceed ``floor``, else the sample peak. The last hop may extend beyond ``frames``.
    """
    filter_ = interpolator(sample_rate)
    count = -(-frames // filter_.hop)
    peaks = np.zeros(count, np.float32)
    for channel in samples:
        own, reach = _sample_peaks(channel, count, context, filter_)
        where = np.flatnonzero(reach > floor)
        if len(where):
            own[where] = np.maximum(own[where], _between(channel, where, context, filter_))
        np.maximum(peaks, own, out=peaks)
    return peaks


def true_peak(samples: FloatArray, frames: int, context: int, sample_rate: int, floor: float) -> float:
    """Return the largest true peak in ``samples[:, context : context + frames]``, or any value up to ``floor`` if none exceeds it.

    It checks the most promising hops first, so that a few dozen are enough. For the arguments see ``hop_peaks``.
    """
    filter_ = interpolator(sample_rate)
    count = -(-frames // filter_.hop)
    peak = floor
    for channel in samples:
        own, reach = _sample_peaks(channel, count, context, filter_)
        peak = max(peak, float(own.max(initial=0.0)))
        where = np.flatnonzero(reach > peak)
        where = where[np.argsort(-reach[where], kind="stable")]
        start, batch = 0, 4 * filter_.rows
        while start < len(where) and reach[where[start]] > peak:
            peak = max(peak, float(_between(channel, where[start : start + batch], context, filter_).max()))
            start += batch
    return peak


def _sample_peaks(channel: FloatArray, count: int, context: int, filter_: Interpolator) -> tuple[FloatArray, FloatArray]:
    """Return the sample peak of each hop, and the upper bound of its true peak."""
    hop, side = filter_.hop, filter_.side
    stretch = channel[context - side * hop - 1 : context + (count + side) * hop + 1]
    slope = stretch[1:] - stretch[:-1]
    bend = slope[1:] - slope[:-1]
    bends: FloatArray = np.abs(bend, out=bend).reshape(-1, hop).max(axis=1)
    bends *= np.float32(filter_.bound)
    reach = bends[:count].copy()
    for shift in range(1, 2 * side + 1):
        np.maximum(reach, bends[shift : shift + count], out=reach)
    sizes = np.abs(channel[context : context + (count + 1) * hop], out=slope[: (count + 1) * hop]).reshape(-1, hop)
    peaks: FloatArray = sizes[:-1].max(axis=1)
    reach += np.maximum(peaks, sizes[1:, 0])
    return peaks, reach


def _between(channel: FloatArray, hops: NDArray[np.intp], context: int, filter_: Interpolator) -> FloatArray:
    """Return the largest absolute value between the samples of each of ``hops``."""
    first = context - TAPS // 2 + 1
    width = len(filter_.matrix)
    count, stride = (len(channel) - first - width) // filter_.hop + 1, channel.strides[0]
    views = as_strided(channel[first:], (count, width), (filter_.hop * stride, stride), writeable=False)
    peaks = np.empty(len(hops), np.float32)
    batch = 32 * filter_.rows
    for start in range(0, len(hops), batch):
        part = hops[start : start + batch]
        rows = np.zeros((-(-len(part) // filter_.rows) * filter_.rows, width), np.float32)
        rows[: len(part)] = views[part]
        between = np.matmul(rows.reshape(-1, filter_.rows, width), filter_.matrix)
        peaks[start : start + batch] = np.abs(between, out=between).max(axis=2).reshape(-1)[: len(part)]
    return peaks
