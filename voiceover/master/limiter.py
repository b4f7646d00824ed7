"""A look-ahead true-peak limiter: one gain for all channels, which falls before a peak and recovers after it.

The peak level is measured per millisecond, between the samples too (see ``audio.true_peak``), wherever a peak could exceed the ceiling.

    attack    the gain falls along a raised cosine during the 8 ms before a peak, and reaches its target at the peak
    release   the gain recovers by 100 dB per second, or 3 dB in 30 ms: fast enough to avoid audible pumping after a syllable, slow enough
              not to distort a low voice from one pitch period to the next
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voiceover.audio.chunks import Chunk, cut, in_order
from voiceover.audio.true_peak import context_frames, hop_peaks, interpolator
from voiceover.system.threads import Workers
from voiceover.types import AudioStream, FloatArray

ATTACK_HOPS = 4
"""Hops (of 1 ms) that the raised cosine spans to each side."""
RELEASE_DB_PER_SECOND = 100.0

_CHUNK_HOPS = 8192
_SPREAD = ATTACK_HOPS + 1
"""Hops to each side of a peak that get the same reduction, so that the mean over the cosine is low enough at the peak."""
_AHEAD = ATTACK_HOPS + _SPREAD
"""Hops before and after a chunk that affect its gain, apart from the release."""

Decibels = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Limiter:
    """A limiter's settings; its output depends only on them and on the stream."""

    sample_rate: int
    channels: int
    gain_db: float
    """Constant gain before the limiter."""
    ceiling_db: float
    """Highest true peak of the output, apart from the few hundredths of a dB that a varying gain adds."""

    def blocks(self, blocks: Iterable[FloatArray], pool: Workers | None = None, depth: Depth | None = None) -> Iterator[FloatArray]:
        """Amplify and limit ``blocks`` of shape (frames, channels); the output has the same length, in blocks of another size.

        With ``pool``, peaks are detected in other threads, with the same result. ``depth`` records the largest gain reduction.
        """
        hop = interpolator(self.sample_rate).hop
        halo = _halo(self.sample_rate)
        release = _Release(RELEASE_DB_PER_SECOND * hop / self.sample_rate)
        constant = np.float32(10 ** (self.gain_db / 20))
        ramp = (np.arange(hop, dtype=np.float32) + np.float32(0.5)) / np.float32(hop)
        for chunk, excess in in_order(self._excess, cut(blocks, self.channels, _CHUNK_HOPS * hop, halo), pool):
            samples = chunk.samples[:, halo : halo + chunk.frames]
            reduction = release.follow(excess)
            deepest = float(reduction.max())
            if deepest <= 0:
                yield (samples * constant).T
                continue
            if depth is not None:
                depth.db = max(depth.db, deepest)
            nodes = (constant * 10 ** (reduction / -20)).astype(np.float32)
            gains = np.diff(nodes)[:, None] * ramp
            gains += nodes[:-1, None]
            yield (samples * gains.reshape(-1)[: chunk.frames]).T

    def _excess(self, chunk: Chunk) -> tuple[Chunk, Decibels]:
        """Return the excess over the ceiling in dB of each hop, from ``_AHEAD`` before the chunk to ``_AHEAD`` after the one behind it."""
        hop = interpolator(self.sample_rate).hop
        allowed = 10 ** ((self.ceiling_db - self.gain_db) / 20)
        frames, context = (_CHUNK_HOPS + 2 * _AHEAD + 1) * hop, _halo(self.sample_rate) - _AHEAD * hop
        peaks = hop_peaks(chunk.samples, frames, context, self.sample_rate, allowed)
        return chunk, np.maximum(20 * np.log10(np.maximum(peaks, 1e-30) / allowed), 0.0)


@dataclass(frozen=True, slots=True)
class LimitedStream:
    """A stream after a limiter, as an AudioStream."""

    stream: AudioStream
    limiter: Limiter
    limits: bool
    """False if no peak exceeds the ceiling, so that the gain is all there is to do."""

    @property
    def sample_rate(self) -> int:
        return self.stream.sample_rate

    @property
    def channels(self) -> int:
        return self.stream.channels

    @property
    def frames(self) -> int:
        return self.stream.frames

    def blocks(self) -> Iterator[FloatArray]:
        """Yield blocks of shape (frames, channels)."""
        if self.limits:
            yield from self.limiter.blocks(self.stream.blocks())
        else:
            gain = np.float32(10 ** (self.limiter.gain_db / 20))
            for block in self.stream.blocks():
                yield block * gain


def _halo(sample_rate: int) -> int:
    return (_AHEAD + 1) * interpolator(sample_rate).hop + context_frames(sample_rate)


@dataclass(slots=True)
class Depth:
    """The largest gain reduction so far, as a positive number of dB."""

    db: float = 0.0


class _Release:
    """Computes the gain reduction at the start of each hop from the excess of each hop, chunk by chunk."""

    def __init__(self, fall: float) -> None:
        self._fall = fall * np.arange(_CHUNK_HOPS + 2 * ATTACK_HOPS + 1)
        self._held = 0.0
        cosine = np.hanning(2 * ATTACK_HOPS + 3)[1:-1]
        self._cosine = cosine / cosine.sum()

    def follow(self, excess: Decibels) -> Decibels:
        """Return the ``_CHUNK_HOPS + 1`` reductions in dB at the starts of the chunk's hops and at its end."""
        if self._held <= 0 and not excess.any():
            return np.zeros(_CHUNK_HOPS + 1)
        # Covers hops -ATTACK_HOPS to _CHUNK_HOPS + ATTACK_HOPS of the chunk.
        spread = _largest_of(excess, 2 * _SPREAD + 1)
        spread[0] = max(spread[0], self._held)
        released = np.maximum.accumulate(spread + self._fall) - self._fall
        # The first hop of the next chunk is this chunk's hop _CHUNK_HOPS - ATTACK_HOPS.
        self._held = float(released[_CHUNK_HOPS])
        reduction: Decibels = np.convolve(np.maximum(released, 0.0), self._cosine, "valid")
        return reduction


def _largest_of(values: Decibels, count: int) -> Decibels:
    """Return the largest of every ``count`` neighbours, from those of 2, 4, 8 and so on."""
    size, largest = 1, values
    while size < count:
        shift = min(size, count - size)
        largest = np.maximum(largest[:-shift], largest[shift:])
        size += shift
    return largest
