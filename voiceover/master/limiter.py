"""A look-ahead true-peak limiter: one gain for all channels, that falls before a peak and comes back after it.

The level is taken every millisecond, between the samples too (see ``audio.true_peak``), and only where a peak could pass the ceiling.

    attack    the gain falls over the 8 ms before a peak, along a raised cosine, and has arrived when the peak does
    release   it comes back by 100 dB a second: 3 dB in 30 ms, too fast to be heard as pumping after a syllable, too slow to bend the
              waveform of a low voice much from one pitch period to the next
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from voiceover.audio.chunks import Chunk, cut, in_order
from voiceover.audio.true_peak import context_frames, hop_peaks, interpolator
from voiceover.system.threads import Workers
from voiceover.types import FloatArray

ATTACK_HOPS = 4
"""The raised cosine reaches this many hops (of 1 ms) to each side."""
RELEASE_DB_PER_SECOND = 100.0

_CHUNK_HOPS = 8192
_SPREAD = ATTACK_HOPS + 1
"""Hops to each side of a peak that are held down with it, so that the cosine's mean over them is low enough throughout."""
_AHEAD = ATTACK_HOPS + _SPREAD
"""Hops before and after a chunk that its gain depends on, the release left out."""

Decibels = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Limiter:
    """Settings; the sound is a function of them and of the stream."""

    sample_rate: int
    channels: int
    gain_db: float
    """Constant gain before the limiter."""
    ceiling_db: float
    """No true peak comes out higher, but for what a gain that moves adds: some hundredths of a dB."""

    def blocks(self, blocks: Iterable[FloatArray], pool: Workers | None = None, depth: Depth | None = None) -> Iterator[FloatArray]:
        """Amplify and limit ``blocks`` of shape (frames, channels); what comes out is as long, in blocks of its own size.

        ``pool`` looks for peaks in other threads, with the same result. ``depth`` is told the deepest reduction.
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
        """By how much each hop passes the ceiling, from ``_AHEAD`` before the chunk's first to as many after the one behind its last."""
        hop = interpolator(self.sample_rate).hop
        allowed = 10 ** ((self.ceiling_db - self.gain_db) / 20)
        frames, context = (_CHUNK_HOPS + 2 * _AHEAD + 1) * hop, _halo(self.sample_rate) - _AHEAD * hop
        peaks = hop_peaks(chunk.samples, frames, context, self.sample_rate, allowed)
        return chunk, np.maximum(20 * np.log10(np.maximum(peaks, 1e-30) / allowed), 0.0)


def _halo(sample_rate: int) -> int:
    return (_AHEAD + 1) * interpolator(sample_rate).hop + context_frames(sample_rate)


@dataclass(slots=True)
class Depth:
    """The deepest reduction so far, as a positive number of dB."""

    db: float = 0.0


class _Release:
    """Turns what each hop has too much into a reduction at the start of each hop, chunk by chunk."""

    def __init__(self, fall: float) -> None:
        self._fall = fall * np.arange(_CHUNK_HOPS + 2 * ATTACK_HOPS + 1)
        self._held = 0.0
        cosine = np.hanning(2 * ATTACK_HOPS + 3)[1:-1]
        self._cosine = cosine / cosine.sum()

    def follow(self, excess: Decibels) -> Decibels:
        """Reductions in dB at the starts of the chunk's hops and at its end, ``_CHUNK_HOPS + 1`` of them."""
        if self._held <= 0 and not excess.any():
            return np.zeros(_CHUNK_HOPS + 1)
        # Hops -ATTACK_HOPS to _CHUNK_HOPS + ATTACK_HOPS of the chunk.
        spread = sliding_window_view(excess, 2 * _SPREAD + 1).max(axis=1)
        spread[0] = max(spread[0], self._held)
        released = np.maximum.accumulate(spread + self._fall) - self._fall
        # The next chunk's first is this chunk's hop _CHUNK_HOPS - ATTACK_HOPS.
        self._held = float(released[_CHUNK_HOPS])
        reduction: Decibels = np.convolve(np.maximum(released, 0.0), self._cosine, "valid")
        return reduction
