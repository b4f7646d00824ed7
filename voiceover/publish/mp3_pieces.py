"""An MP3 of pieces that are encoded side by side, each by an encoder of its own, and kept.

An encoder that starts within silence, at the first sample of a frame, gives frames that can follow those of another encoder: its first ones
refer to no earlier frames, and what is left of the last sound before has been decoded by then. Each piece but the last gives as many frames
as its samples fill, without those that its encoder adds at the end.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from importlib.metadata import version

import numpy as np

from voiceover.audio.chunks import PENDING_PIECES, in_order, worker_threads
from voiceover.audio.files import Resampler, library_versions
from voiceover.errors import PublishError
from voiceover.publish.audio_file import AudioFileSpec
from voiceover.publish.crc16 import crc16
from voiceover.publish.id3 import id3_tag
from voiceover.publish.mp3 import QUALITY, Mp3Frames, new_encoder, pcm_for_lame
from voiceover.publish.mp3_frames import FRAME_SAMPLES, frame_starts
from voiceover.publish.overshoot import peak_of_frames
from voiceover.system.files import os_errors_as
from voiceover.types import GRID_RATE, EpisodePiece, FloatArray, Pieces

REVISION = 2
"""Increase this when the same samples would give other frames, or what is stored of a piece has another form."""
_HEAD = struct.Struct("<dH")
"""Decoded peak of a piece and CRC-16 of its frames, which follow."""


def write_mp3_in_pieces(pieces: Pieces, spec: AudioFileSpec, floor: float, on_frames: Callable[[int], None]) -> float:
    """Write the MP3; return the true peak of its decoded frames, at least ``floor``, as a factor.

    ``on_frames`` gets the frames of the episode done so far. Raises PublishError; the unfinished file then remains.
    """
    peak = floor
    doing = f"write the {spec.kind.label}"
    with os_errors_as(PublishError, doing, spec.path), spec.path.open("w+b") as file, worker_threads() as pool:
        file.write(id3_tag(spec.tags))
        frames = Mp3Frames(file)
        for piece, data in in_order(partial(_encoded, pieces, spec, floor), pieces.items, pool, PENDING_PIECES):
            piece_peak, crc = _HEAD.unpack_from(data)
            frames.write(memoryview(data)[_HEAD.size :], None if piece.is_last else piece.grid_samples // FRAME_SAMPLES, crc)
            peak = max(peak, piece_peak)
            on_frames(piece.start_frame + piece.frames)
        frames.finish(sum(piece.grid_samples for piece in pieces.items))
    return peak


def _encoded(pieces: Pieces, spec: AudioFileSpec, floor: float, piece: EpisodePiece) -> tuple[EpisodePiece, bytes]:
    """Return a piece with what is stored of it."""
    address = _address(piece, spec, floor)
    data = pieces.store.get(address)
    if data is None:
        frames = _frames(piece, spec)
        data = _HEAD.pack(peak_of_frames(frames, spec.channels, spec.sample_rate, floor), crc16(frames)) + frames
        pieces.store.put(address, data)
    return piece, data


def _frames(piece: EpisodePiece, spec: AudioFileSpec) -> bytes:
    encoder = new_encoder(spec.channels, spec.bitrate, spec.sample_rate)
    parts = [bytes(encoder.encode(pcm_for_lame(block, spec.bitrate))) for block in _on_grid(piece, spec.channels)]
    data = b"".join((*parts, bytes(encoder.flush())))
    if piece.is_last:
        return data
    starts, end = frame_starts(data)
    count = piece.grid_samples // FRAME_SAMPLES
    return data[: (*starts, end)[count]]


def _on_grid(piece: EpisodePiece, channels: int) -> Iterator[FloatArray]:
    """Yield the samples of a piece at the rate of the grid, exactly as many as it has there."""
    resampler = Resampler(piece.stream.sample_rate, GRID_RATE, channels)
    left = piece.grid_samples
    for block in piece.stream.blocks():
        ready = resampler.process(block)[:left]
        left -= len(ready)
        yield ready
    rest = resampler.finish()[:left]
    yield np.concatenate((rest, np.zeros((left - len(rest), channels), np.float32)))


def _address(piece: EpisodePiece, spec: AudioFileSpec, floor: float) -> str:
    content = (
        piece.address,
        piece.grid_samples,
        piece.is_last,
        REVISION,
        _versions(),
        QUALITY,
        spec.bitrate,
        spec.channels,
        f"{floor:.9f}",
    )
    return hashlib.sha256(repr(content).encode()).hexdigest()


@lru_cache(maxsize=1)
def _versions() -> tuple[str, ...]:
    return (version("lameenc"), *library_versions().values())
