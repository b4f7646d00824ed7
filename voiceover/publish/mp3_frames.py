"""Frames of MPEG-1 layer III, and the Info frame that makes a file gapless.

See ISO/IEC 11172-3, 2.4.1.3 (header), and "Mp3 Info Tag revision 1" by the LAME project (Xing and LAME fields). lameenc does not write an
Info frame; without it, a player starts 1,105 samples late, does not know the length, and plays the padding.
"""

from __future__ import annotations

import struct

from voiceover.audio.formats import MP3
from voiceover.errors import PublishError
from voiceover.publish.crc16 import crc16
from voiceover.types.lazy_dataclass import dataclass

FRAME_SAMPLES = 1152
"""Samples per frame and channel."""
BITRATES = MP3.bitrates
"""Bitrates in kbps, by the header's index from 1."""
ENCODER_DELAY = 576
"""Samples that LAME inserts at the start; a decoder adds ``DECODER_DELAY``."""
DECODER_DELAY = 529

_RATES = (44100, 48000, 32000)
_TOC = bytes(i * 256 // 100 for i in range(100))
_FRAMES_BYTES_TOC_QUALITY = 0x0F
_CBR = 1
_MONO = 3


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """The header of a frame, four bytes."""

    bitrate: int
    """Bitrate in kbps."""
    sample_rate: int
    padded: bool
    mode: int
    """0 stereo, 1 joint stereo, 2 dual, 3 mono."""

    @property
    def size(self) -> int:
        """Return the size of the whole frame in bytes."""
        return 144_000 * self.bitrate // self.sample_rate + self.padded

    @property
    def side_info_size(self) -> int:
        """Return the number of bytes between header and main data."""
        return 17 if self.mode == _MONO else 32


def read_header(data: bytes | bytearray | memoryview, position: int = 0) -> FrameHeader | None:
    """Return the header at ``position``; None if there is none of MPEG-1 layer III."""
    if len(data) - position < 4 or data[position] != 0xFF or data[position + 1] & 0xFE != 0xFA:
        return None
    third = data[position + 2]
    index, rate = third >> 4, (third >> 2) & 3
    if not 1 <= index <= len(BITRATES) or rate == 3:
        return None
    return FrameHeader(BITRATES[index - 1], _RATES[rate], bool(third & 2), data[position + 3] >> 6)


def frame_starts(data: bytes | memoryview, position: int = 0) -> tuple[list[int], int]:
    """Return where frames begin in ``data``, the first at ``position``, and where one would begin after the last.

    Raises PublishError if there is something else.
    """
    starts = []
    sizes: dict[bytes, int] = {}
    while position < len(data):
        head = bytes(data[position : position + 4])
        size = sizes.get(head)
        if size is None:
            header = read_header(head)
            if header is None:
                raise PublishError("the MP3 encoder wrote a broken frame")
            size = sizes[head] = header.size
        starts.append(position)
        position += size
    return starts, position


def info_header(first: FrameHeader) -> FrameHeader:
    """Return the header for the Info frame before ``first``: the same, with the next higher bitrate if the tag needs more room."""
    for bitrate in BITRATES[BITRATES.index(first.bitrate) :]:
        header = FrameHeader(bitrate, first.sample_rate, False, first.mode)
        if header.size >= 4 + header.side_info_size + _TAG_SIZE:
            return header
    raise ValueError("no bitrate has room for the Info tag")


def info_frame(first: FrameHeader, *, frames: int, samples: int, audio_bytes: int, music_crc: int, quality: int, version: bytes) -> bytes:
    """Return the Info frame of a file with constant bitrate.

    ``frames``, ``audio_bytes`` and ``music_crc`` are number, size and CRC-16 of the frames that follow, ``samples`` is the length of the
    source, ``quality`` LAME's ``-q``, and ``version`` the encoder's name, up to nine bytes.
    """
    header = info_header(first)
    padding = frames * FRAME_SAMPLES - ENCODER_DELAY - samples
    if not 0 <= padding < 4096:
        raise ValueError(f"{frames} frames cannot contain {samples} samples")
    third = (BITRATES.index(header.bitrate) + 1) << 4 | _RATES.index(header.sample_rate) << 2
    total = header.size + audio_bytes
    body = bytes((0xFF, 0xFB, third, header.mode << 6 | 0x04)) + bytes(header.side_info_size)
    # LAME's own formula for the quality figure, with its default of 4 for the unused VBR quality.
    body += struct.pack(">4sIII100sI", b"Info", _FRAMES_BYTES_TOC_QUALITY, frames, total, _TOC, 100 - 10 * 4 - quality)
    body += version[:9].ljust(9, b"\0")
    # Lowpass, peak, replay gain, ATH type and presets; 0 means unknown.
    body += struct.pack(">BBIHHBB", _CBR, 0, 0, 0, 0, 0, min(header.bitrate, 255))
    body += (ENCODER_DELAY << 12 | padding).to_bytes(3, "big")
    source_rate = 0 if first.sample_rate <= 32000 else 1 if first.sample_rate == 44100 else 2
    stereo_mode = {0: 1, 1: 3, 2: 2, _MONO: 0}[header.mode]
    body += struct.pack(">BBHIH", source_rate << 6 | stereo_mode << 2, 0, 0, total, music_crc)
    body += struct.pack(">H", crc16(body))
    return body.ljust(header.size, b"\0")


_TAG_SIZE = 120 + 36
"""Xing fields and LAME fields."""
