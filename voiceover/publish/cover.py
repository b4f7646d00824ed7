"""The cover picture of an episode, read and checked before any other work."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

from voiceover.errors import InputError
from voiceover.types.lazy_dataclass import dataclass

MAX_BYTES = 10_000_000
"""Largest cover file. A larger one makes every download longer without looking better in a player."""
MAX_SIDE = 10_000
"""Most pixels on a side; a player decodes all of them into memory."""

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_OTHERS = {
    b"%PDF": "a PDF",
    b"GIF8": "a GIF",
    b"RIFF": "a WebP",
    b"<svg": "an SVG",
    b"<?xml": "an SVG",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
}
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
    """Width in pixels."""
    height: int
    depth: int
    """Bits per pixel."""
    cmyk: bool = False
    """True for a JPEG with four components, in the print colours CMYK or YCCK."""


def read_cover(path: Path, sha256: str = "") -> Cover:
    """Read the picture at ``path``, which must have the digest ``sha256`` unless that is empty.

    Raises InputError if it is missing, unreadable, changed, too large, damaged, in print colours, or neither JPEG nor PNG.
    """
    data = _bytes_of(path)
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        raise InputError(f"{path}: the cover picture has changed since the episode was planned; run again")
    cover = cover_of(data, path)
    if max(cover.width, cover.height) > MAX_SIDE:
        size = f"{cover.width} x {cover.height} pixels"
        raise InputError(f"{path}: the cover has {size}; the limit is {MAX_SIDE} on each side, and Apple takes 1400 to 3000")
    if cover.cmyk:
        raise InputError(f"{path}: the cover is a CMYK picture, which players show in wrong colours or not at all; save it as sRGB")
    return cover


def cover_of(data: bytes, path: Path) -> Cover:
    """Return the picture ``data``, which comes from ``path``. Raises InputError if it is damaged, or neither JPEG nor PNG."""
    if not data.startswith((_PNG, _JPEG)):
        raise InputError(f"{path}: the cover must be a JPEG or PNG picture{_other_kind(data)}")
    try:
        return _png(data) if data.startswith(_PNG) else _jpeg(data)
    except (struct.error, IndexError, KeyError, ValueError) as error:
        raise InputError(f"{path}: the cover picture is damaged or truncated") from error


def cover_digest(path: Path) -> str:
    """Return the SHA-256 of a cover picture. Raises InputError if it cannot be read or is too large."""
    return hashlib.sha256(_bytes_of(path)).hexdigest()


def _bytes_of(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise InputError(f"{path}: the cover picture cannot be read: it is not a file")
        if size > MAX_BYTES:
            raise InputError(f"{path}: the cover has {size / 1e6:.1f} MB; the limit is {MAX_BYTES / 1e6:.0f} MB")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise InputError(f"{path}: cover picture not found") from error
    except OSError as error:
        raise InputError(f"{path}: the cover picture cannot be read: {error.strerror}") from error


def _other_kind(data: bytes) -> str:
    """Return what a file that is no picture of ours looks like, as the end of a message; empty if unknown."""
    return next((f", not {name}" for start, name in _OTHERS.items() if data.startswith(start)), "")


def _png(data: bytes) -> Cover:
    """Read a PNG (PNG specification, 11.2.2: IHDR is the first chunk; 11.2.5: IEND is the last)."""
    kind, width, height, bits, colour = struct.unpack_from(">4sIIBB", data, 12)
    if kind != b"IHDR" or not (width and height) or b"IEND" not in data[-64:]:
        raise ValueError("incomplete PNG")
    return Cover(data, "image/png", width, height, bits * _PNG_CHANNELS[colour])


def _jpeg(data: bytes) -> Cover:
    """Read a JPEG; its frame header holds the size (ITU-T T.81, B.2.2)."""
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
