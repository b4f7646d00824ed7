"""MP3 encoding with LAME, block by block: constant bitrate, gapless, at the same level as the other formats."""

from __future__ import annotations

import re
from typing import BinaryIO

import lameenc
import numpy as np
from numpy.typing import NDArray

from voiceover.errors import PublishError
from voiceover.publish.crc16 import Crc16
from voiceover.publish.mp3_frames import BITRATES, FrameHeader, frame_starts, info_frame, info_header, read_header
from voiceover.types import FloatArray

QUALITY = 2
"""LAME's ``-q``: 2 is the best useful quality, 7 the fastest."""


def lame_scale(bitrate: int) -> float:
    """Return the factor by which LAME multiplies its input at a constant bitrate (kbps).

    It is the column ``scale`` of ``abr_switch_map`` in LAME's presets.c. A 1 kHz tone at -12 dBFS through lameenc 1.9.0 and a decoder
    measured 0.9500 from 32 to 160 kbps, 0.9700 at 192, 0.9801 at 224, 1.0000 at 256 and 320, each +-0.0001, in mono and stereo.
    """
    if bitrate <= 160:
        return 0.95
    return {192: 0.97, 224: 0.98}.get(bitrate, 1.0)


def pcm_for_lame(block: FloatArray, bitrate: int) -> bytes:
    """Return a block of shape (frames, channels) as 16-bit samples, amplified by what LAME will take away.

    Peaks above LAME's own scale (-0.45 dBFS up to 160 kbps) are clipped; a master at -1 dBFS or lower is not affected.
    """
    raised = np.rint(block * np.float32(32768.0 / lame_scale(bitrate)))
    whole: NDArray[np.int16] = np.clip(raised, -32768, 32767).astype("<i2")
    return whole.tobytes()


def new_encoder(channels: int, bitrate: int, sample_rate: int) -> lameenc.Encoder:
    """Return LAME for 16-bit samples at 44.1 or 48 kHz, at a constant bitrate in kbps."""
    if bitrate not in BITRATES:
        raise ValueError(f"{bitrate} kbps is not an MP3 bitrate; use one of {', '.join(map(str, BITRATES))}")
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_channels(channels)
    encoder.set_in_sample_rate(sample_rate)
    encoder.set_out_sample_rate(sample_rate)
    encoder.set_bit_rate(bitrate)
    encoder.set_quality(QUALITY)
    return encoder


class Mp3Frames:
    """Writes frames into an open, seekable binary file, from its current position on, with the Info frame that describes them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._start = file.tell()
        self._crc = Crc16()
        self._first: FrameHeader | None = None
        self._version = b"LAME"
        self._frames = self._bytes = 0
        self._to_next_header = 0

    def write(self, data: bytes | memoryview, count: int | None = None, crc: int | None = None) -> None:
        """Write the next bytes of frames of one kind; ``count`` is their number, if it is known that they are whole ones.

        ``crc`` is their CRC-16, if that is known.

        Raises PublishError if they are something else.
        """
        if not data:
            return
        if self._first is None:
            self._first = read_header(data)
            if self._first is None:
                raise PublishError("the MP3 encoder's output is not MPEG-1 layer III")
            self._file.write(bytes(info_header(self._first).size))
        if self._version == b"LAME" and (named := re.search(rb"LAME\d\.[0-9]+", data)):
            # LAME writes its name into the padding of frames. Decoders trust the delay in the tag only if it starts with the same name.
            self._version = named[0]
        if count is None:
            starts, after = frame_starts(data, self._to_next_header)
            count, self._to_next_header = len(starts), after - len(data)
        self._frames += count
        if crc is None:
            self._crc.update(data)
        else:
            self._crc.join(crc, len(data))
        self._bytes += len(data)
        self._file.write(data)

    def finish(self, samples: int) -> None:
        """Write the Info frame at the start; ``samples`` is the length of what was encoded."""
        if not samples:
            raise PublishError("an episode without any samples cannot be encoded as MP3")
        if self._first is None or self._to_next_header:
            raise PublishError("the MP3 encoder stopped in the middle of a frame")
        info = info_frame(
            self._first,
            frames=self._frames,
            samples=samples,
            audio_bytes=self._bytes,
            music_crc=self._crc.value,
            quality=QUALITY,
            version=self._version,
        )
        end = self._file.tell()
        self._file.seek(self._start)
        self._file.write(info)
        self._file.seek(end)


class Mp3Writer:
    """Encodes 16-bit samples at 44.1 or 48 kHz into an open, seekable binary file, from its current position on."""

    def __init__(self, file: BinaryIO, channels: int, bitrate: int, sample_rate: int = 44100) -> None:
        self._encoder = new_encoder(channels, bitrate, sample_rate)
        self._channels = channels
        self._frames = Mp3Frames(file)
        self._samples = 0

    def write(self, pcm: bytes) -> None:
        """Encode interleaved 16-bit little-endian samples."""
        if pcm:
            self._samples += len(pcm) // (2 * self._channels)
            self._frames.write(bytes(self._encoder.encode(pcm)))

    def finish(self) -> None:
        """Encode the rest, and write the Info frame at the start."""
        if self._samples:
            self._frames.write(bytes(self._encoder.flush()))
        self._frames.finish(self._samples)
