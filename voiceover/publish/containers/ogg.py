"""Pages of an Ogg stream (RFC 3533)."""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

SERIAL = 1
"""Number of the stream. A file holds one stream, so it need not be random, and equal episodes have equal bytes."""
_MOST_SEGMENTS = 255
_SEGMENT = 255
_CONTINUED, _FIRST, _LAST = 1, 2, 4
_NO_PACKET_ENDS = (1 << 64) - 1
_MIRRORED = bytes(int(f"{number:08b}"[::-1], 2) for number in range(256))


class OggWriter:
    """Writes packets as pages of one stream. A page that ends with ``flush`` begins no later packet."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._page = 0
        self._sizes = bytearray()
        self._body = bytearray()
        self._granule = _NO_PACKET_ENDS
        self._continued = False

    def add(self, packet: bytes, granule: int) -> None:
        """Add a packet; ``granule`` is the position after it, in samples."""
        for start in range(0, len(packet) + 1, _SEGMENT):
            if len(self._sizes) == _MOST_SEGMENTS:
                self._write(0)
                self._continued = start > 0
            segment = packet[start : start + _SEGMENT]
            self._sizes.append(len(segment))
            self._body += segment
        self._granule = granule

    def flush(self, *, last: bool = False) -> None:
        """Write what was added as a page; ``last`` ends the stream."""
        self._write(_LAST if last else 0)

    def _write(self, flags: int) -> None:
        kind = flags | (_CONTINUED if self._continued else 0) | (0 if self._page else _FIRST)
        head = struct.pack("<4sBBQIIIB", b"OggS", 0, kind, self._granule, SERIAL, self._page, 0, len(self._sizes)) + self._sizes
        whole = bytearray(head + self._body)
        whole[22:26] = struct.pack("<I", page_checksum(whole))
        self._file.write(whole)
        self._page += 1
        self._sizes, self._body, self._granule, self._continued = bytearray(), bytearray(), _NO_PACKET_ENDS, False


def page_checksum(page: bytes | bytearray) -> int:
    """Return the CRC-32 of a page whose checksum is 0: polynomial 0x04c11db7, first bit first, start value 0.

    zlib has that polynomial with mirrored bits, and inverts the value before and after.
    """
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRRORED), "big")
