"""Audio: samples in memory and as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float32]
"""Samples, full scale at +-1: shape (frames,) for mono speech, (frames, channels) for anything streamed."""


@dataclass(frozen=True, slots=True)
class Audio:
    """A piece of mono audio."""

    samples: FloatArray
    """Shape (frames,)."""
    sample_rate: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.sample_rate


class AudioStream(Protocol):
    """Audio that can be read from the start any number of times, always the same."""

    @property
    def sample_rate(self) -> int: ...

    @property
    def channels(self) -> int: ...

    @property
    def frames(self) -> int: ...

    def blocks(self) -> Iterator[FloatArray]:
        """Consecutive blocks of shape (frames, channels), of any positive length, ``frames`` in all."""
        ...
