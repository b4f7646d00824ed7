"""The cover picture of an episode, read and looked at before any work is done."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

from voiceover.errors import InputError

MAX_BYTES = 10_000_000
"""A larger picture makes every download of the episode longer for no gain on a player's screen."""

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_CMYK_PARTS = 4
_NOT_A_FRAME = frozenset({0xC4, 0xC8, 0xCC})


@dataclass(frozen=True, slots=True)
class Cover:
    """A JPEG or PNG picture."""

    data: bytes
    mime: str
    width: int
    """Pixels."""
    height: int
    depth: int
    """Bits per pixel."""
    cmyk: bool = False
    """True for a JPEG in the colours of print, CMYK or Adobe's YCCK: four components."""


def read_cover(path: Path, sha256: str = "") -> Cover:
    """The picture at ``path``, which must have the digest ``sha256`` where that is given.

    Raises InputError where it is missing, unreadable, another, too large, damaged or neither JPEG nor PNG.
    """
    data = _bytes_of(path)
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        raise InputError(f"{path}: the cover picture has changed since the episode was planned; run again")
    if not data.startswith((_PNG, _JPEG)):
        raise InputError(f"{path}: the cover must be a JPEG or PNG picture")
    try:
        return _png(data) if data.startswith(_PNG) else _jpeg(data)
    except (struct.error, IndexError, KeyError, ValueError) as error:
        raise InputError(f"{path}: the cover picture is damaged or cut off") from error


def cover_digest(path: Path) -> str:
    """The SHA-256 of a cover picture, which is only read if it has a size that a cover may have. Raises InputError."""
    return hashlib.sha256(_bytes_of(path)).hexdigest()


def _bytes_of(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise InputError(f"{path}: the cover picture cannot be read: it is not a file")
        if size > MAX_BYTES:
            raise InputError(f"{path}: the cover has {size / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:.0f} MB are put into an episode")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such cover picture") from error
    except OSError as error:
        raise InputError(f"{path}: the cover picture cannot be read: {error.strerror}") from error


def cover_remark(path: Path) -> str | None:
    """Return what players will not like about a cover, or None; a cover that cannot be read is left to ``read_cover``."""
    try:
        cover = read_cover(path)
    except InputError:
        return None
    if not cover.cmyk:
        return None
    return f"the cover {path.name} is a CMYK picture, which many players show in wrong colours or not at all; convert it to RGB (sRGB)"


def _png(data: bytes) -> Cover:
    """PNG specification, 11.2.2: IHDR comes first; 11.2.5: IEND comes last."""
    kind, width, height, bits, colour = struct.unpack_from(">4sIIBB", data, 12)
    if kind != b"IHDR" or not (width and height) or b"IEND" not in data[-64:]:
        raise ValueError("not a whole PNG")
    return Cover(data, "image/png", width, height, bits * _PNG_CHANNELS[colour])


def _jpeg(data: bytes) -> Cover:
    """ITU-T T.81, B.2.2: the frame header holds the size."""
    if b"\xff\xd9" not in data[-4096:]:
        raise ValueError("no end of image")
    position = 2
    while True:
        if data[position] != 0xFF:
            raise ValueError("no marker")
        marker = data[position + 1]
        position += 1 if marker == 0xFF else 2
        if marker == 0xFF or marker in _WITHOUT_LENGTH:
            continue
        if 0xC0 <= marker <= 0xCF and marker not in _NOT_A_FRAME:
            bits, height, width, parts = struct.unpack_from(">BHHB", data, position + 2)
            return Cover(data, "image/jpeg", width, height, bits * parts, cmyk=parts == _CMYK_PARTS)
        (length,) = struct.unpack_from(">H", data, position)
        position += length
