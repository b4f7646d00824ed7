"""Audio: samples in memory and as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from voiceover.types.lazy_dataclass import dataclass

if TYPE_CHECKING:
    # numpy takes longer to load than all types together, and much work touches no samples.
    from voiceover.types.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class Mark:
    """When a word begins."""

    position: int
    """Index in ``Utterance.spoken`` of the word's first character."""
    frame: int
    """Frame of the audio at which it begins."""


@dataclass(frozen=True, slots=True)
class Audio:
    """Mono audio in memory."""

    samples: FloatArray
    """Shape (frames,)."""
    sample_rate: int
    marks: tuple[Mark, ...] = ()
    """When each word begins, in order; empty if the engine does not know."""

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.sample_rate


class AudioStream(Protocol):
    """Audio that can be read from the start repeatedly, with the same samples each time."""

    @property
    def sample_rate(self) -> int: ...

    @property
    def channels(self) -> int: ...

    @property
    def frames(self) -> int: ...

    def blocks(self) -> Iterator[FloatArray]:
        """Yield consecutive blocks of shape (block length, channels), with ``frames`` frames in total; no block is empty."""
        ...
