"""MP3 by LAME, fed block by block: constant bit rate, gapless, at the level of the other formats."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import BinaryIO

import lameenc
import numpy as np
from numpy.typing import NDArray

from voiceover.audio.formats import FORMATS
from voiceover.errors import PublishError
from voiceover.publish.crc16 import Crc16
from voiceover.publish.mp3_frames import BITRATES, FrameHeader, info_frame, info_header, read_header
from voiceover.types import FloatArray, LoudnessTarget

SAMPLE_RATE = 44100
"""Hz. Apple asks for 44.1 or 48 kHz and Spotify for MPEG-1, which 24 kHz is not."""
QUALITY = 2
"""LAME's ``-q``: 2 is its best useful, 7 its fastest."""
DEFAULT_BITRATE = {1: 96, 2: 128}
"""kbps by channels."""

ACX_BITRATE = 192
"""kbps, at constant bit rate: the least that ACX takes (ACX Audio Submission Requirements)."""


def bitrate_for(target: LoudnessTarget) -> int | None:
    """What the place that a loudness target is made for asks for; None where that is the default."""
    return ACX_BITRATE if target.name == "acx" else None


def lame_scale(bitrate: int) -> float:
    """What LAME multiplies its input by at a constant bit rate (kbps).

    The column ``scale`` of ``abr_switch_map`` in LAME's presets.c; a 1 kHz tone at -12 dBFS through lameenc 1.9.0 and a decoder measured
    0.9500 from 32 to 160 kbps, 0.9700 at 192, 0.9801 at 224, 1.0000 at 256 and 320, each +-0.0001, mono and stereo alike.
    """
    if bitrate <= 160:
        return 0.95
    return {192: 0.97, 224: 0.98}.get(bitrate, 1.0)


def headroom_db(formats: Collection[str], bitrate: int | None = None) -> float:
    """How far below the ceiling a master must stay so that the encoded files do not go over it.

    A lossy encoder overshoots peaks: at 96 kbps by 0.2 to 0.9 dB, the more the longer the episode (33 minutes of speech came out 0.64 dB
    higher at -16 LUFS and 0.87 dB at -14). So 1 dB for MP3, 1.5 dB under 96 kbps, 0 where all formats are lossless; what still goes over is
    found in the finished file (see ``overshoot``). ``bitrate`` in kbps, None for the default of the format.
    """
    if all(FORMATS[name].lossless for name in formats):
        return 0.0
    return 1.5 if bitrate is not None and bitrate < 96 else 1.0


def pcm_for_lame(block: FloatArray, bitrate: int) -> bytes:
    """16-bit samples of a block (frames, channels), raised by what LAME will take away.

    Peaks over LAME's own scale (-0.45 dBFS up to 160 kbps) are clipped; a master at -1 dBFS or lower stays clear of that.
    """
    raised = np.rint(block * np.float32(32768.0 / lame_scale(bitrate)))
    whole: NDArray[np.int16] = np.clip(raised, -32768, 32767).astype("<i2")
    return whole.tobytes()


class Mp3Writer:
    """Writes 16-bit samples at 44.1 kHz to an open binary file, which must be seekable and whose position is where the audio begins."""

    def __init__(self, file: BinaryIO, channels: int, bitrate: int) -> None:
        if bitrate not in BITRATES:
            raise ValueError(f"{bitrate} kbps is not a bit rate of MP3; use one of {', '.join(map(str, BITRATES))}")
        self._file = file
        self._channels = channels
        self._start = file.tell()
        self._encoder = lameenc.Encoder()
        self._encoder.silence()
        self._encoder.set_channels(channels)
        self._encoder.set_in_sample_rate(SAMPLE_RATE)
        self._encoder.set_out_sample_rate(SAMPLE_RATE)
        self._encoder.set_bit_rate(bitrate)
        self._encoder.set_quality(QUALITY)
        self._crc = Crc16()
        self._first: FrameHeader | None = None
        self._version = b"LAME"
        self._frames = self._samples = self._bytes = 0
        self._to_next_header = 0

    def write(self, pcm: bytes) -> None:
        """Encode interleaved 16-bit little-endian samples."""
        if pcm:
            self._samples += len(pcm) // (2 * self._channels)
            self._take(bytes(self._encoder.encode(pcm)))

    def finish(self) -> None:
        """Encode what is left, and write the Info frame in front."""
        if not self._samples:
            raise PublishError("an episode without a single sample cannot be an MP3")
        self._take(bytes(self._encoder.flush()))
        if self._first is None or self._to_next_header:
            raise PublishError("the MP3 encoder ended in the middle of a frame")
        info = info_frame(
            self._first,
            frames=self._frames,
            samples=self._samples,
            audio_bytes=self._bytes,
            music_crc=self._crc.value,
            quality=QUALITY,
            version=self._version,
        )
        end = self._file.tell()
        self._file.seek(self._start)
        self._file.write(info)
        self._file.seek(end)

    def _take(self, data: bytes) -> None:
        if not data:
            return
        if self._first is None:
            self._first = read_header(data)
            if self._first is None:
                raise PublishError("the MP3 encoder gave no MPEG-1 layer III")
            self._file.write(bytes(info_header(self._first).size))
        if self._version == b"LAME" and (named := re.search(rb"LAME\d\.[0-9]+", data)):
            # LAME names itself in the padding of its frames; the tag must begin with the same name for its delay to be trusted.
            self._version = named[0]
        self._count(data)
        self._crc.update(data)
        self._bytes += len(data)
        self._file.write(data)

    def _count(self, data: bytes) -> None:
        position = self._to_next_header
        while position < len(data):
            header = read_header(data, position)
            if header is None:
                raise PublishError("the MP3 encoder gave a broken frame")
            self._frames += 1
            position += header.size
        self._to_next_header = position - len(data)
