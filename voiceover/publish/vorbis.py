"""Tags of FLAC and Opus: Vorbis comments, and the picture block of FLAC."""

from __future__ import annotations

import struct

from voiceover.publish.cover import Cover
from voiceover.publish.tags import Tags


def vorbis_comments(tags: Tags, *more: tuple[str, str]) -> bytes:
    """Return the Vorbis comments (Ogg Vorbis I, section 5), with the usual field names and the Xiph wiki's "Chapter Extension".

    ``more`` are further fields.
    """
    fields = [
        ("TITLE", tags.title),
        ("ALBUM", tags.show),
        ("ARTIST", tags.author),
        ("DISCNUMBER", "" if tags.season is None else str(tags.season)),
        ("TRACKNUMBER", "" if tags.episode is None else str(tags.episode)),
        ("DATE", tags.date),
        ("LANGUAGE", tags.language),
        ("DESCRIPTION", tags.comment),
        ("ENCODER", tags.software),
        *tags.marks,
    ]
    for number, chapter in enumerate(tags.chapters):
        hours, rest = divmod(chapter.start_ms, 3_600_000)
        time = f"{hours:02}:{rest // 60_000:02}:{rest // 1000 % 60:02}.{rest % 1000:03}"
        fields += [(f"CHAPTER{number:03}", time), (f"CHAPTER{number:03}NAME", chapter.title)]
    comments = [f"{key}={value}".encode() for key, value in (*fields, *more) if value]
    vendor = tags.software.encode()
    parts = [struct.pack("<I", len(vendor)), vendor, struct.pack("<I", len(comments))]
    for comment in comments:
        parts += [struct.pack("<I", len(comment)), comment]
    return b"".join(parts)


def flac_picture(cover: Cover) -> bytes:
    """Return a picture block of type 3, front cover (RFC 9639, section 8.8)."""
    mime = cover.mime.encode("ascii")
    numbers = struct.pack(">IIIII", cover.width, cover.height, cover.depth, 0, len(cover.data))
    return struct.pack(">II", 3, len(mime)) + mime + struct.pack(">I", 0) + numbers + cover.data
