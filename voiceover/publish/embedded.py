"""Find the cover picture in an audio file of ours: in ID3 (MP3, WAV), a FLAC block, or an item of MP4.

A file may be a stranger's: no more is read than the largest cover needs, and a picture that cannot be read counts as none.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from voiceover.audio.formats import FLAC, MP3, WAV
from voiceover.errors import InputError
from voiceover.publish.cover import MAX_BYTES, Cover, cover_of

_MOST_TAG = MAX_BYTES + (1 << 20)
_FLAC_PICTURE = 6
_FLAC_HEADER = 4
_LAST_BLOCK = 0x80
_MP4_PATH = (b"moov", b"udta", b"meta", b"ilst", b"covr", b"data")
_MP4_SKIP = {b"meta": 4, b"data": 8}
"""Bytes of an atom before its contents."""


def embedded_cover(path: Path) -> Cover | None:
    """Return the cover in an audio file; None if it has none, or none that can be read."""
    find = _FINDERS.get(path.suffix.lower(), _in_mp4)
    try:
        with path.open("rb") as file:
            data = find(file)
        return cover_of(data, path) if data else None
    except (OSError, InputError, struct.error, IndexError, ValueError, OverflowError):
        return None


def _in_id3(file: BinaryIO) -> bytes:
    """Return the picture of the ID3v2 tag that begins here ("ID3 tag version 2.3.0", 3.1, 3.3 and 4.15)."""
    head = file.read(10)
    if head[:3] != b"ID3":
        return b""
    size = _syncsafe(head[6:])
    body = file.read(min(size, _MOST_TAG))
    at = 0
    while at + 10 <= len(body) and body[at : at + 4].isalnum():
        length = _syncsafe(body[at + 4 : at + 8]) if head[3] == 4 else int.from_bytes(body[at + 4 : at + 8], "big")
        frame, at = (body[at : at + 4], body[at + 10 : at + 10 + length]), at + 10 + length
        if frame[0] == b"APIC":
            mime_end = frame[1].index(b"\0", 1)
            # The description is empty or in an encoding whose terminator is one byte.
            return frame[1][frame[1].index(b"\0", mime_end + 2) + 1 :]
    return b""


def _syncsafe(number: bytes) -> int:
    return sum(byte << shift for byte, shift in zip(number, (21, 14, 7, 0), strict=True))


def _in_wav(file: BinaryIO) -> bytes:
    """Return the picture of the chunk ``id3 ``."""
    if file.read(12)[:4] != b"RIFF":
        return b""
    while len(head := file.read(8)) == 8:
        name, size = head[:4], int.from_bytes(head[4:], "little")
        if name == b"id3 ":
            return _in_id3(file)
        file.seek(size + (size & 1), os.SEEK_CUR)
    return b""


def _in_flac(file: BinaryIO) -> bytes:
    """Return the first picture block (RFC 9639, section 8.8)."""
    if file.read(4) != b"fLaC":
        return b""
    while len(head := file.read(_FLAC_HEADER)) == _FLAC_HEADER:
        size = int.from_bytes(head[1:], "big")
        if head[0] & ~_LAST_BLOCK == _FLAC_PICTURE:
            body = file.read(min(size, _MOST_TAG))
            at = 4
            for _ in range(2):  # media type and description
                (length,) = struct.unpack_from(">I", body, at)
                at += 4 + length
            (length,) = struct.unpack_from(">I", body, at + 16)
            return body[at + 20 : at + 20 + length]
        if head[0] & _LAST_BLOCK:
            return b""
        file.seek(size, os.SEEK_CUR)
    return b""


def _in_mp4(file: BinaryIO) -> bytes:
    """Return the first picture of the item ``covr``."""
    end = file.seek(0, os.SEEK_END)
    start = 0
    for wanted in _MP4_PATH:
        found = next((place for name, *place in _atoms(file, start, end) if name == wanted), None)
        if found is None:
            return b""
        start, end = found[0] + _MP4_SKIP.get(wanted, 0), found[1]
    file.seek(start)
    return file.read(min(end - start, _MOST_TAG))


def _atoms(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of the contents of each atom between two positions (ISO/IEC 14496-12, 4.2)."""
    while start + 8 <= end:
        file.seek(start)
        size, name = struct.unpack(">I4s", file.read(8))
        inner = start + 8
        if size == 1:
            (size,), inner = struct.unpack(">Q", file.read(8)), inner + 8
        if size < inner - start:
            return
        yield name, inner, min(start + size, end)
        start += size


_FINDERS: Mapping[str, Callable[[BinaryIO], bytes]] = {MP3.suffix: _in_id3, WAV.suffix: _in_wav, FLAC.suffix: _in_flac}
"""Functions that return the bytes of a picture, by the extension of files other than MP4."""
