"""AAC and Opus, by PyAV or by the program ffmpeg: samples to packets, and finished files to samples.

Neither is part of voiceover, since their builds contain code under the GPL. Containers are written by ``publish``, so a file does not
depend on which of the two made its packets.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from voiceover.audio.codecs import Codec, codec_of
from voiceover.audio.formats import AudioFormat
from voiceover.errors import InputError, PublishError
from voiceover.system.extras import how_to_install

if TYPE_CHECKING:
    # The manifest asks for versions; what touches no sound loads no numpy.
    from voiceover.types import FloatArray


class PacketEncoder(Protocol):
    """Encodes samples at a fixed rate. Raises PublishError if the encoder fails."""

    @property
    def header(self) -> bytes:
        """Return the codec's configuration, AudioSpecificConfig or OpusHead; known once there is a packet."""
        ...

    def encode(self, block: FloatArray, /) -> list[bytes]:
        """Encode a block of shape (frames, channels); return the packets that are ready."""
        ...

    def finish(self) -> list[bytes]:
        """Return the packets that are left; the last is padded with silence."""
        ...

    def close(self) -> None:
        """Release the encoder; may be called repeatedly."""
        ...


def encoders() -> tuple[str, ...]:
    """Return what can encode here, the preferred one first: PyAV, ffmpeg."""
    from voiceover.audio import pyav

    return (*(("PyAV",) if pyav.is_installed() else ()), *(("ffmpeg",) if shutil.which("ffmpeg") else ()))


def encoder_problem(kind: AudioFormat) -> str:
    """Return why files of a format cannot be encoded here, with what to install; empty if they can."""
    if not kind.needs_media:
        return ""
    found = encoders()
    if not found:
        return f"{kind.label} needs PyAV, or the program ffmpeg on the PATH; {how_to_install('media')}"
    if found[0] == "ffmpeg":
        from voiceover.audio.ffmpeg_program import program_encoders

        codec = codec_of(kind)
        if codec.encoder not in program_encoders():
            return f"the ffmpeg on the PATH was built without {codec.encoder}, which {kind.label} needs; {how_to_install('media')}"
    return ""


def encoder_versions() -> dict[str, str]:
    """Return name and version of what would encode here."""
    for name in encoders():
        if name == "PyAV":
            from voiceover.audio.pyav import version

            return {"av": version()}
        from voiceover.audio.ffmpeg_program import program_version

        return {"ffmpeg": program_version()}
    return {}


def open_encoder(codec: Codec, sample_rate: int, channels: int, bitrate: int) -> PacketEncoder:
    """Return an encoder for samples at ``sample_rate`` Hz; ``bitrate`` is in kbps. Raises PublishError if there is none."""
    for name in encoders():
        if name == "PyAV":
            from voiceover.audio.pyav import PyavEncoder

            return PyavEncoder(codec, sample_rate, channels, bitrate)
        from voiceover.audio.ffmpeg_program import FfmpegEncoder

        return FfmpegEncoder(codec, sample_rate, channels, bitrate)
    raise PublishError(f"there is no encoder for {codec.label}; {how_to_install('media')}")


def decode_blocks(path: Path, channels: int) -> Iterator[FloatArray]:
    """Yield the samples of a file of our own in blocks of shape (frames, channels). Raises InputError if it cannot be decoded."""
    for name in encoders():
        if name == "PyAV":
            from voiceover.audio.pyav import decoded_blocks

            return decoded_blocks(path)
        from voiceover.audio import ffmpeg_program

        return ffmpeg_program.decoded_blocks(path, channels)
    raise InputError(f"{path}: there is no decoder for it; {how_to_install('media')}")
