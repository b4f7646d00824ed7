"""An audio file that is to be encoded, and what encodes it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from voiceover.audio.formats import AudioFormat
from voiceover.publish.tags import Tags
from voiceover.types import FloatArray
from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class AudioFileSpec:
    """What an audio file is to be."""

    kind: AudioFormat
    path: Path
    tags: Tags
    sample_rate: int
    """Sample rate in Hz."""
    channels: int
    """1 or 2."""
    bitrate: int
    """Bitrate in kbps; 0 for a lossless format."""
    frames: int
    """Length at ``sample_rate``."""


class FileEncoder(Protocol):
    """Encodes samples, at the sample rate of its file, and writes the file. Its methods raise OSError and PublishError."""

    def write(self, block: FloatArray, /) -> None:
        """Encode a block of shape (frames, channels)."""
        ...

    def finish(self) -> None:
        """Encode the rest and complete the file."""
        ...

    def close(self) -> None:
        """Release what is open, also of a file that is not complete; may be called repeatedly."""
        ...
