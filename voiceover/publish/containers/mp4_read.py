"""What the movie atom of a file of ours says of its audio."""

from __future__ import annotations

import struct
from pathlib import Path

from voiceover.errors import InputError

_CONTAINERS = frozenset((b"moov", b"trak", b"edts", b"mdia", b"minf", b"stbl"))


def audio_shape(path: Path) -> tuple[int, int, int]:
    """Return sample rate in Hz, number of channels and length in frames. Raises InputError if the file is not one of ours."""
    try:
        movie = _movie(path)
        edit, media, entry = _first(movie, b"elst"), _first(movie, b"mdhd"), _first(movie, b"stsd")
        (rate,) = struct.unpack_from(">I", media, 20 if media[0] else 12)
        (frames,) = struct.unpack_from(">Q" if edit[0] else ">I", edit, 8)
        (channels,) = struct.unpack_from(">H", entry, 8 + 8 + 16)
    except (OSError, struct.error, LookupError) as error:
        raise InputError(f"{path}: is not an M4A file that voiceover wrote") from error
    return rate, channels, frames


def _movie(path: Path) -> bytes:
    """Return the contents of the movie atom, which is the second one of a file."""
    with path.open("rb") as file:
        size, _ = struct.unpack(">I4s", file.read(8))
        file.seek(size)
        size, name = struct.unpack(">I4s", file.read(8))
        if name != b"moov":
            raise LookupError(name)
        return file.read(size - 8)


def _first(data: bytes, wanted: bytes) -> bytes:
    """Return the contents of the first atom named ``wanted`` at any depth. Raises LookupError if there is none."""
    waiting = [(0, len(data))]
    while waiting:
        at, end = waiting.pop()
        if at + 8 > end:
            continue
        size, name = struct.unpack_from(">I4s", data, at)
        if size < 8 or at + size > end:
            break
        if name == wanted:
            return data[at + 8 : at + size]
        waiting.append((at + size, end))
        if name in _CONTAINERS:
            waiting.append((at + 8, at + size))
    raise LookupError(wanted)
