"""Ducking: by how much music is lowered at each moment, from the times at which someone speaks.

The times are known, so the way down begins before a word and nothing has to be detected. For each line the reduction in dB rises along a
raised cosine, stays, and falls again; where lines are close, the largest reduction holds.

    start - lookahead   the way down begins, and takes attack
    end + hold          the way up begins, and takes release
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from voiceover.mix.sound_stream import rise
from voiceover.types import Ducking, FloatArray


@dataclass(frozen=True, slots=True)
class DuckedLine:
    """A stretch of speech, and how far music is lowered for it."""

    start_seconds: float
    end_seconds: float
    depth_db: float


class Ducker:
    """The reduction of an episode's music; ``lines`` are in order."""

    def __init__(self, lines: Sequence[DuckedLine], ducking: Ducking) -> None:
        self._lines = lines
        self._ducking = ducking
        self._starts = [line.start_seconds - ducking.lookahead_seconds for line in lines]
        tail = ducking.hold_seconds + ducking.release_seconds
        # The latest end so far: lines may overlap, and a short one may end before a long one.
        self._ends = [float(end) for end in np.maximum.accumulate([line.end_seconds + tail for line in lines])] if lines else []

    def reduction_db(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the reduction in dB, as a positive number, at each of ``seconds``, which rise."""
        reduction = np.zeros(len(seconds))
        if not len(seconds):
            return reduction
        first, last = bisect_left(self._ends, seconds[0]), bisect_left(self._starts, seconds[-1])
        duck = self._ducking
        for line, start in zip(self._lines[first:last], self._starts[first:last], strict=True):
            low, high = np.searchsorted(seconds, (start, line.end_seconds + duck.hold_seconds + duck.release_seconds))
            near = seconds[low:high]
            down = rise((near - start) / duck.attack_seconds)
            up = rise((line.end_seconds + duck.hold_seconds + duck.release_seconds - near) / duck.release_seconds)
            np.maximum(reduction[low:high], line.depth_db * np.minimum(down, up), out=reduction[low:high])
        return reduction

    def gains(self, start_frame: int, frames: int, sample_rate: int) -> FloatArray | None:
        """Return the factor on each of ``frames`` from ``start_frame`` on, shape (frames,); None where nothing is lowered.

        It is computed for each millisecond of the timeline and interpolated between, wherever a block begins.
        """
        hop = max(sample_rate // 1000, 1)
        first, last = start_frame // hop, -(-(start_frame + frames) // hop)
        nodes = np.arange(first, last + 1) * hop
        reduction = self.reduction_db(nodes / sample_rate)
        if not reduction.any():
            return None
        levels = 10 ** (reduction / -20)
        gains: FloatArray = np.interp(np.arange(start_frame, start_frame + frames), nodes, levels).astype(np.float32)
        return gains

    def within(self, start_frame: int, frames: int, sample_rate: int) -> Ducker:
        """Return the ducker of a stretch of the timeline, whose time begins at ``start_frame``."""
        duck = self._ducking
        start, end = start_frame / sample_rate, (start_frame + frames) / sample_rate
        after = duck.hold_seconds + duck.release_seconds

        def moved(seconds: float) -> float:
            # By way of frames, so that the result does not depend on where the stretch is.
            return (round(seconds * sample_rate) - start_frame) / sample_rate

        near = [line for line in self._lines if line.end_seconds + after > start and line.start_seconds - duck.lookahead_seconds < end]
        return Ducker([DuckedLine(moved(line.start_seconds), moved(line.end_seconds), line.depth_db) for line in near], duck)

    @property
    def described(self) -> list[object]:
        """Return everything that determines the reduction, as JSON values."""
        return [asdict(self._ducking), *(list(astuple(line)) for line in self._lines)]
