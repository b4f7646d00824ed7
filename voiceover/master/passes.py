"""One pass over a mix: limit it and measure what comes out, as a whole or piece by piece.

Pieces are measured in several threads, and what was measured is kept: of an edited episode, only the pieces that changed are read.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from voiceover.audio.chunks import PENDING_PIECES, in_order
from voiceover.audio.loudness import Levels, Meter
from voiceover.audio.stretch_levels import StretchLevels, measure_stretch
from voiceover.master.limiter import Depth, Limiter
from voiceover.system.threads import Workers
from voiceover.types import AudioStream, EpisodePiece, FloatArray, Pieces

_DEPTH = struct.Struct("<d")


@dataclass(frozen=True, slots=True)
class PassLevels:
    """What a pass measured."""

    levels: Levels
    limited_db: float
    """Largest gain reduction, as a positive number."""


def whole_pass(stream: AudioStream, limiter: Limiter | None, pool: Workers, on_frames: Callable[[int], None]) -> PassLevels:
    """Measure a stream, limited if there is a limiter; its chunks are processed in ``pool``. ``on_frames`` gets the frames done so far."""
    depth = Depth()
    meter = Meter(stream.sample_rate, stream.channels, pool)

    def counted(blocks: Iterator[FloatArray]) -> Iterator[FloatArray]:
        frames = 0
        for block in blocks:
            yield block
            frames += len(block)
            on_frames(frames)

    meter.add_all(counted(stream.blocks() if limiter is None else limiter.blocks(stream.blocks(), pool, depth)))
    meter.finish()
    return PassLevels(meter, depth.db)


def pass_in_pieces(
    pieces: Pieces, stream: AudioStream, limiter: Limiter | None, pool: Workers, on_frames: Callable[[int], None]
) -> PassLevels:
    """Do the same piece by piece. The limiter begins anew in the silence before each piece."""
    levels = Levels(stream.sample_rate, stream.channels)
    limited_db = 0.0

    def measured(piece: EpisodePiece) -> tuple[EpisodePiece, StretchLevels, float]:
        address = limited_address(piece, limiter, "levels")
        found = _read(pieces.store.get(address))
        if found is None:
            depth = Depth()
            blocks = piece.stream.blocks() if limiter is None else limiter.blocks(piece.stream.blocks(), None, depth)
            found = measure_stretch(blocks, stream.sample_rate, stream.channels), depth.db
            pieces.store.put(address, _DEPTH.pack(found[1]) + found[0].to_bytes())
        return piece, *found

    for piece, stretch, depth_db in in_order(measured, pieces.items, pool, PENDING_PIECES):
        levels.join(piece.start_frame, stretch)
        limited_db = max(limited_db, depth_db)
        on_frames(piece.start_frame + piece.frames)
    levels.end(stream.frames)
    return PassLevels(levels, limited_db)


def limited_address(piece: EpisodePiece, limiter: Limiter | None, what: str = "samples") -> str:
    """Return the address of ``what`` a piece has after a limiter."""
    levels = "" if limiter is None else f"{limiter.gain_db:.6f} {limiter.ceiling_db:.6f}"
    return hashlib.sha256(f"{piece.address} {levels} {what}".encode()).hexdigest()


def _read(data: bytes | None) -> tuple[StretchLevels, float] | None:
    try:
        return None if data is None else (StretchLevels.from_bytes(data[_DEPTH.size :]), float(_DEPTH.unpack_from(data)[0]))
    except (ValueError, struct.error):
        return None
