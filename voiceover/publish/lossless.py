"""Metadata of the lossless formats: chunks after the samples of a WAV; seek table, Vorbis comments and picture in a FLAC."""

from __future__ import annotations

import logging
import shutil
import struct
from dataclasses import replace
from pathlib import Path

from voiceover.errors import PublishError
from voiceover.publish.flac_seek import seek_table
from voiceover.publish.id3 import id3_tag
from voiceover.publish.tags import Tags
from voiceover.publish.vorbis import flac_picture, vorbis_comments

BITS = 24
"""Bits per sample in WAV and FLAC: all that is audible in the master's 32-bit floats, and readable by every editor and player."""

_STREAMINFO_END = 42
_LAST = 0x80
_SEEKTABLE, _VORBIS_COMMENT, _PICTURE = 3, 4, 6
_MAX_BLOCK = (1 << 24) - 1
_RIFF_LIMIT = (1 << 32) - 1

_log = logging.getLogger(__name__)


def tag_wav(path: Path, tags: Tags) -> None:
    """Append a LIST chunk of type INFO with UTF-8 text, cue points with labels, and an ``id3 `` chunk for the rest.

    See "Multimedia Programming Interface and Data Specifications 1.0", 2-14 and 3-60. The ``id3 `` chunk is like the tag of an MP3, but
    without chapters, which ffmpeg would list twice.
    """
    marks = "; ".join(f"{key}={value}" for key, value in tags.marks)
    fields = (
        (b"INAM", tags.title),
        (b"IPRD", tags.show),
        (b"IART", tags.author),
        (b"ICRD", tags.date),
        (b"ICMT", tags.comment),
        (b"IKEY", marks),
        (b"ISFT", tags.software),
    )
    body = b"INFO" + b"".join(_riff_chunk(name, text.encode() + b"\0") for name, text in fields if text)
    with path.open("r+b") as file:
        rate, end = _wav_layout(path, file.read(65536))
        chunk = (
            bytes(end - path.stat().st_size)
            + _riff_chunk(b"LIST", body)
            + _cue_points(tags, rate)
            + _riff_chunk(b"id3 ", id3_tag(replace(tags, chapters=())))
        )
        if path.stat().st_size + len(chunk) - 8 > _RIFF_LIMIT:
            _log.warning("%s: written without tags, since the WAV file has no room left for them", path)
            return
        file.seek(0, 2)
        file.write(chunk)
        size = file.tell()
        file.seek(4)
        file.write(struct.pack("<I", size - 8))


def tag_flac(path: Path, tags: Tags) -> None:
    """Replace all metadata after STREAMINFO by SEEKTABLE, VORBIS_COMMENT and PICTURE blocks (RFC 9639, section 8)."""
    plain = path.with_name(f"{path.name}.plain")
    path.replace(plain)
    with plain.open("rb") as source, path.open("wb") as target:
        start = source.read(_STREAMINFO_END)
        if start[:4] != b"fLaC" or start[4] & ~_LAST:
            raise PublishError(f"{path}: the FLAC encoder wrote an unexpected file")
        last = bool(start[4] & _LAST)
        while not last:
            header = source.read(4)
            last = bool(header[0] & _LAST)
            source.seek(int.from_bytes(header[1:], "big"), 1)
        rate, samples = int.from_bytes(start[18:21], "big") >> 4, int.from_bytes(start[21:26], "big") & (1 << 36) - 1
        points = seek_table(plain, source.tell(), rate, samples)
        blocks = [(_SEEKTABLE, points)] if points else []
        blocks.append((_VORBIS_COMMENT, vorbis_comments(tags)))
        if tags.cover is not None:
            blocks.append((_PICTURE, flac_picture(tags.cover)))
        target.write(start[:4] + bytes([start[4] & ~_LAST]) + start[5:])
        for number, (kind, body) in enumerate(blocks, 1):
            if len(body) > _MAX_BLOCK:
                raise PublishError(f"{path}: a tag is larger than FLAC allows")
            target.write(bytes([kind | (_LAST if number == len(blocks) else 0)]) + len(body).to_bytes(3, "big") + body)
        shutil.copyfileobj(source, target, 1 << 20)
    plain.unlink()


def _riff_chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) & 1)


def _cue_points(tags: Tags, rate: int) -> bytes:
    """Return the chapters as cue points with labels."""
    if not tags.chapters:
        return b""
    points, labels = [struct.pack("<I", len(tags.chapters))], [b"adtl"]
    for number, chapter in enumerate(tags.chapters, 1):
        frame = chapter.start_ms * rate // 1000
        points.append(struct.pack("<II4sIII", number, frame, b"data", 0, 0, frame))
        labels.append(_riff_chunk(b"labl", struct.pack("<I", number) + chapter.title.encode() + b"\0"))
    return _riff_chunk(b"cue ", b"".join(points)) + _riff_chunk(b"LIST", b"".join(labels))


def _wav_layout(path: Path, start: bytes) -> tuple[int, int]:
    """Return the sample rate and the position for the next chunk after the samples, including the pad byte of an odd length."""
    position, rate = 12, 0
    while start[position : position + 4] not in (b"data", b""):
        (size,) = struct.unpack_from("<I", start, position + 4)
        if start[position : position + 4] == b"fmt ":
            (rate,) = struct.unpack_from("<I", start, position + 12)
        position += 8 + size + (size & 1)
    if start[position : position + 4] != b"data":
        raise PublishError(f"{path}: the WAV encoder wrote an unexpected file")
    (size,) = struct.unpack_from("<I", start, position + 4)
    return rate, int(position + 8 + size + (size & 1))
