"""ID3v2.3.0 tags (id3.org, "ID3 tag version 2.3.0" and "ID3v2 Chapter Frame Addendum 1.0").

The same content gives the same bytes. Text is Latin-1 where that reaches and UTF-16 with a byte order mark elsewhere; the CHAP frames stand
in order of time, since some players list them in the order of the file.
"""

from __future__ import annotations

import struct

from voiceover.publish.languages import iso_639_2
from voiceover.publish.tags import TagChapter, Tags

_MAX_CHILDREN = 255
_TOP_LEVEL, _ORDERED = 0x02, 0x01
_NO_OFFSET = 0xFFFFFFFF
_FRONT_COVER = 3
_MAX_TAG = 1 << 28


def id3_tag(tags: Tags) -> bytes:
    """The tag, to be put in front of the audio."""
    language = iso_639_2(tags.language)
    frames = [
        _text("TIT2", tags.title),
        _text("TALB", tags.show),
        _text("TPE1", tags.author),
        _text("TRCK", "" if tags.episode is None else str(tags.episode)),
        _text("TPOS", "" if tags.season is None else str(tags.season)),
        _text("TYER", tags.year),
        _text("TDAT", tags.day + tags.month if tags.day else ""),
        _text("TLAN", language),
        _text("TLEN", str(tags.milliseconds)),
        _text("TSSE", tags.software),
        _comment(tags.comment, language),
        *(_user_text(key, value) for key, value in tags.marks),
        *_chapters(tags.chapters),
        _picture(tags),
    ]
    body = b"".join(frames)
    if len(body) >= _MAX_TAG:
        raise ValueError("the tag is larger than ID3v2 can say")
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + body


def _frame(name: str, body: bytes) -> bytes:
    """3.3.1; unlike the tag's, a frame's size is a plain number in this version."""
    return name.encode("ascii") + struct.pack(">IH", len(body), 0) + body


def _encoded(*texts: str) -> tuple[int, list[bytes], bytes]:
    """Encoding number, the texts in it, and its terminator; all texts of a frame share one encoding."""
    try:
        return 0, [text.encode("latin-1") for text in texts], b"\0"
    except UnicodeEncodeError:
        return 1, [b"\xff\xfe" + text.encode("utf-16-le") for text in texts], b"\0\0"


def _text(name: str, text: str) -> bytes:
    """4.2"""
    if not text:
        return b""
    encoding, (encoded,), _ = _encoded(text)
    return _frame(name, bytes([encoding]) + encoded)


def _user_text(key: str, value: str) -> bytes:
    """4.2.2"""
    encoding, (first, second), end = _encoded(key, value)
    return _frame("TXXX", bytes([encoding]) + first + end + second)


def _comment(text: str, language: str) -> bytes:
    """4.11, with an empty short description, the one that players show."""
    if not text:
        return b""
    encoding, (short, full), end = _encoded("", text)
    return _frame("COMM", bytes([encoding]) + language.encode("ascii") + short + end + full)


def _picture(tags: Tags) -> bytes:
    """4.15"""
    if tags.cover is None:
        return b""
    return _frame("APIC", b"\0" + tags.cover.mime.encode("ascii") + b"\0" + bytes([_FRONT_COVER]) + b"\0" + tags.cover.data)


def _chapters(chapters: tuple[TagChapter, ...]) -> list[bytes]:
    """Chapter Frame Addendum, 3.1 and 3.2. A table holds 255 entries; more chapters than that make a table of tables."""
    if not chapters:
        return []
    ids = [f"chp{number}".encode() for number in range(len(chapters))]
    runs = [ids[start : start + _MAX_CHILDREN] for start in range(0, len(ids), _MAX_CHILDREN)]
    if len(runs) == 1:
        tables = [_table(b"toc", ids, _TOP_LEVEL | _ORDERED)]
    else:
        names = [f"toc{number}".encode() for number in range(len(runs))]
        tables = [
            _table(b"toc", names, _TOP_LEVEL | _ORDERED),
            *(_table(name, run, _ORDERED) for name, run in zip(names, runs, strict=True)),
        ]
    return tables + [_chapter(name, chapter) for name, chapter in zip(ids, chapters, strict=True)]


def _table(name: bytes, children: list[bytes], flags: int) -> bytes:
    return _frame("CTOC", name + b"\0" + bytes([flags, len(children)]) + b"".join(child + b"\0" for child in children))


def _chapter(name: bytes, chapter: TagChapter) -> bytes:
    times = struct.pack(">IIII", chapter.start_ms, chapter.end_ms, _NO_OFFSET, _NO_OFFSET)
    return _frame("CHAP", name + b"\0" + times + _text("TIT2", chapter.title))
