"""The seek table of a FLAC file (RFC 9639, sections 8.5 and 9.1), which libsndfile does not write.

Without one, players that seek over a network have to guess byte positions and download until they find the right frame.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

from voiceover.types.lazy_dataclass import dataclass

SECONDS = 10
"""Seconds between two seek points, as in the reference encoder."""

_SYNC = b"\xff\xf8"
"""Sync code of frames with a fixed block size, the only kind that libsndfile writes."""
_LONGEST_HEADER = 16
_BLOCK_SIZES = {1: 192, **{code: 576 << (code - 2) for code in range(2, 6)}, **{code: 256 << (code - 8) for code in range(8, 16)}}
_RATE_BYTES = {12: 1, 13: 2, 14: 2}


@dataclass(frozen=True, slots=True)
class _Frame:
    """A frame as its header describes it."""

    number: int
    samples: int
    form: tuple[int, int]
    """Sample rate code and channel byte, equal in all frames of a file."""
    header_bytes: int


def seek_table(path: Path, start: int, sample_rate: int, samples: int) -> bytes:
    """Return the body of a SEEKTABLE block for the file whose first frame is at byte ``start`` and which has ``samples`` samples.

    Returns nothing if the frames do not add up to ``samples``: a player is better off without a table than with a wrong one.
    """
    points: list[bytes] = []
    wanted = end = 0
    for position, first, length in _frames(path, start):
        end = first + length
        if end > wanted:
            points.append(struct.pack(">QQH", first, position - start, length))
            wanted = (end // (SECONDS * sample_rate) + 1) * SECONDS * sample_rate
    return b"".join(points) if end == samples else b""


def _frames(path: Path, start: int) -> Iterator[tuple[int, int, int]]:
    """Yield byte position, first sample and length in samples of each frame."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        position, expected, block, form = start, 0, 0, None
        while position >= 0:
            frame = _read_header(data[position : position + _LONGEST_HEADER])
            # The sync code may occur in the audio, but not with a correct checksum, the next frame number and the first frame's form.
            if frame is None or frame.number != expected or form not in (None, frame.form):
                if form is None:
                    return
                position = data.find(_SYNC, position + 1)
                continue
            form, block = frame.form, block or frame.samples
            yield position, expected * block, frame.samples
            expected += 1
            position = data.find(_SYNC, position + frame.header_bytes)


def _read_header(data: bytes) -> _Frame | None:
    """Return the frame header at the start of ``data``, or None if there is none."""
    if len(data) < 6 or data[:2] != _SYNC or data[3] & 1:
        return None
    block_code, rate_code = data[2] >> 4, data[2] & 15
    number, at = _read_number(data, 4)
    extra = {6: 1, 7: 2}.get(block_code, 0)
    end = at + extra + _RATE_BYTES.get(rate_code, 0)
    if number is None or end >= len(data) or _crc8(data[:end]) != data[end]:
        return None
    samples = int.from_bytes(data[at : at + extra], "big") + 1 if extra else _BLOCK_SIZES.get(block_code, 0)
    return _Frame(number, samples, (rate_code, data[3]), end + 1)


def _read_number(data: bytes, at: int) -> tuple[int | None, int]:
    """Return a number coded like a character in UTF-8 but up to 36 bits long, and the position after it."""
    first = data[at]
    if first < 0x80:
        return first, at + 1
    length = 8 - (first ^ 0xFF).bit_length()
    following = data[at + 1 : at + length]
    if not 2 <= length <= 7 or len(following) != length - 1 or any(byte >> 6 != 2 for byte in following):
        return None, at
    number = first & (0x7F >> length)
    for byte in following:
        number = number << 6 | byte & 0x3F
    return number, at + length


def _crc8(data: bytes) -> int:
    """Return the CRC-8 with polynomial x^8 + x^2 + x + 1 and start value 0."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value << 1 ^ (0x07 if value & 0x80 else 0)) & 0xFF
    return value
