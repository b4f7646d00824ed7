"""Finished audio files one after the other, as one stream that never has more than a block of them in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voiceover import publish
from voiceover.errors import InputError

if TYPE_CHECKING:
    from voiceover.types import AudioStream, FloatArray

BLOCK_FRAMES = 1 << 16


@dataclass(frozen=True, slots=True)
class JoinedFile:
    """An audio file, and the silence after it."""

    path: Path
    frames: int
    """Its length at the sample rate of the whole."""
    gap_frames: int = 0


@dataclass(frozen=True, slots=True)
class JoinedStream:
    """An AudioStream of files. Other sample rates are resampled, and mono files are in both channels of stereo."""

    files: tuple[JoinedFile, ...]
    sample_rate: int
    channels: int

    @property
    def frames(self) -> int:
        return sum(file.frames + file.gap_frames for file in self.files)

    def starts(self) -> tuple[float, ...]:
        """Return where each file begins, in seconds."""
        found, frame = [], 0
        for file in self.files:
            found.append(frame / self.sample_rate)
            frame += file.frames + file.gap_frames
        return tuple(found)

    def blocks(self) -> Iterator[FloatArray]:
        """Yield blocks of shape (frames, channels). Raises InputError if a file can no longer be decoded."""
        for file in self.files:
            left = file.frames
            for block in self._decoded(file.path):
                taken = block[:left]
                if len(taken):
                    yield taken
                    left -= len(taken)
            # A decoder may return a few frames less than the header says, and a damaged file far less.
            if left > self.sample_rate:
                raise InputError(f"{file.path}: ends {left / self.sample_rate:.0f} seconds before its end; render its episode again")
            yield from self._silence(left + file.gap_frames)

    def _decoded(self, path: Path) -> Iterator[FloatArray]:
        from voiceover.audio.files import resample_blocks

        stream = publish.open_decoded(path)
        blocks = resample_blocks(stream.blocks(), stream.sample_rate, self.sample_rate, stream.channels)
        return blocks if stream.channels == self.channels else (block.repeat(self.channels, axis=1) for block in blocks)

    def _silence(self, frames: int) -> Iterator[FloatArray]:
        import numpy as np

        for start in range(0, frames, BLOCK_FRAMES):
            yield np.zeros((min(BLOCK_FRAMES, frames - start), self.channels), np.float32)


def frames_at(stream: AudioStream, sample_rate: int) -> int:
    """Return the length of a stream after it is resampled."""
    from voiceover.audio.files import resampled_frames

    return resampled_frames(stream.frames, stream.sample_rate, sample_rate)
