"""Packets in the two simple streams that ffmpeg writes to a pipe: ADTS with AAC, and Ogg with Opus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

_ADTS_HEADER = 7
_NO_SBR = b"\x56\xe5\x00"
"""Extension at the end of an AudioSpecificConfig: there is no spectral band replication, so a decoder need not look for it."""
_PAGE_HEADER = 27


def adts_packets(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield AudioSpecificConfig and packet of each frame (ISO/IEC 13818-7, 6.2; ISO/IEC 14496-3, 1.6.2).

    Raises ValueError if the stream is something else, or ends within a frame.
    """
    while head := stream.read(_ADTS_HEADER):
        if len(head) < _ADTS_HEADER or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
            raise ValueError("no frame of ADTS")
        profile, rate, channels = head[2] >> 6, head[2] >> 2 & 15, (head[2] & 1) << 2 | head[3] >> 6
        length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        checksum = 0 if head[1] & 1 else 2
        body = stream.read(length - _ADTS_HEADER)
        if len(body) != length - _ADTS_HEADER:
            raise ValueError("a frame of ADTS is cut off")
        config = (profile + 1) << 11 | rate << 7 | channels << 3
        yield config.to_bytes(2, "big") + _NO_SBR, body[checksum:]


def ogg_packets(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield the first packet (OpusHead) and each packet after the second (OpusTags) of an Ogg stream (RFC 3533, 6; RFC 7845, 3).

    Raises ValueError if the stream is something else, or ends within a page.
    """
    first, number, begun = b"", 0, b""
    while head := stream.read(_PAGE_HEADER):
        if len(head) < _PAGE_HEADER or head[:4] != b"OggS":
            raise ValueError("no page of Ogg")
        sizes = stream.read(head[26])
        body = stream.read(sum(sizes))
        if len(sizes) != head[26] or len(body) != sum(sizes):
            raise ValueError("a page of Ogg is cut off")
        at = 0
        for size in sizes:
            begun, at = begun + body[at : at + size], at + size
            if size == 255:  # the packet goes on
                continue
            if number == 0:
                first = begun
            elif number > 1:
                yield first, begun
            begun, number = b"", number + 1
