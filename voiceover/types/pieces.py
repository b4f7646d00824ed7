"""Pieces: stretches of an episode between two stretches of silence, each finished by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from voiceover.types.sound import AudioStream

GRID_RATE = 44_100
GRID_SAMPLES = 1152
"""A piece begins at a multiple of this many samples at ``GRID_RATE``: a whole frame of an MP3."""


@dataclass(frozen=True, slots=True)
class EpisodePiece:
    """A stretch of an episode as an AudioStream of its own. What it sounds like does not depend on where it stands."""

    stream: AudioStream
    """Its samples, from its own zero; there may be one more of the silence at its end than the episode has."""
    address: str
    """SHA-256, in hex, of everything that determines its samples."""
    start_frame: int
    """Its position in the episode."""
    frames: int
    """Its length in the episode."""
    grid_samples: int
    """Its length at ``GRID_RATE``: a multiple of ``GRID_SAMPLES``, except that of the last piece."""
    is_last: bool


class PieceStore(Protocol):
    """Keeps what was computed of pieces, by address. What it loses is computed again."""

    def get(self, address: str) -> bytes | None:
        """Return what was put under ``address``, verified; None if there is nothing, or only something damaged."""
        ...

    def put(self, address: str, data: bytes) -> None:
        """Keep ``data``, if that is possible."""
        ...


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of an episode in order."""

    items: Sequence[EpisodePiece]
    store: PieceStore
