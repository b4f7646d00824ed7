"""Atoms of MP4 files: a size, a name and contents, which may be further atoms (ISO/IEC 14496-12, 4.2)."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator
from typing import TypeAlias

from voiceover.types.lazy_dataclass import dataclass

_SLICE = 1 << 14


@dataclass(frozen=True, slots=True)
class NumberTable:
    """Numbers that are written as 32-bit big-endian integers, a slice at a time: a long file has millions of them."""

    numbers: array[int]

    @property
    def size(self) -> int:
        return 4 * len(self.numbers)

    def pieces(self) -> Iterator[bytes]:
        for start in range(0, len(self.numbers), _SLICE):
            part = array("I", self.numbers[start : start + _SLICE])
            if sys.byteorder == "little":
                part.byteswap()
            yield part.tobytes()


@dataclass(frozen=True, slots=True)
class Atom:
    """An atom with its contents in order."""

    name: bytes
    """Four bytes."""
    contents: tuple[Contents, ...]

    @property
    def size(self) -> int:
        """Return the size in bytes, with the header."""
        return 8 + sum(len(part) if isinstance(part, bytes) else part.size for part in self.contents)

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes in order."""
        yield struct.pack(">I4s", self.size, self.name)
        for part in self.contents:
            if isinstance(part, bytes):
                yield part
            else:
                yield from part.pieces()


Contents: TypeAlias = bytes | Atom | NumberTable


def atom(name: bytes, *contents: Contents) -> Atom:
    """Return an atom."""
    return Atom(name, contents)


def full_atom(name: bytes, *contents: Contents, version: int = 0, flags: int = 0) -> Atom:
    """Return an atom whose contents begin with a version and flags (4.2)."""
    return Atom(name, (struct.pack(">I", version << 24 | flags), *contents))


def descriptor(tag: int, *contents: bytes) -> bytes:
    """Return a descriptor of MPEG-4 systems, with its size in four bytes (ISO/IEC 14496-1, 8.3.3)."""
    body = b"".join(contents)
    size = len(body)
    return bytes([tag, *(0x80 | size >> shift & 0x7F for shift in (21, 14, 7)), size & 0x7F]) + body
