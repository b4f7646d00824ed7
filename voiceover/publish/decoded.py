"""Finished files as a player decodes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from voiceover.audio.files import FileStream, open_audio
from voiceover.audio.formats import M4A, M4B
from voiceover.audio.packets import decode_blocks
from voiceover.publish.containers.mp4_read import audio_shape
from voiceover.types import FloatArray
from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class DecodedMp4:
    """An M4A or M4B of ours as an AudioStream."""

    path: Path
    sample_rate: int
    channels: int
    frames: int

    def blocks(self) -> Iterator[FloatArray]:
        """Yield consecutive blocks of shape (frames, channels). Raises InputError if the file cannot be decoded."""
        left = self.frames
        for block in decode_blocks(self.path, self.channels):
            # Older versions of FFmpeg play the padding of the last packet.
            if left:
                yield block[:left]
            left = max(left - len(block), 0)


def open_decoded(path: Path) -> FileStream | DecodedMp4:
    """Open a finished audio file. Raises InputError if it cannot be read."""
    if path.suffix.lower() in (M4A.suffix, M4B.suffix):
        return DecodedMp4(path, *audio_shape(path))
    return open_audio(path)
