"""ID3v2 tags (id3.org, "ID3 tag version 2.3.0", "ID3 tag version 2.4.0" and "ID3v2 Chapter Frame Addendum 1.0").

A tag is version 2.3, which every player reads, unless it contains a character outside the Basic Multilingual Plane, such as an emoji:
version 2.3 has only UTF-16 for those, and MediaInfo does not join surrogate pairs. Such a tag is version 2.4, with UTF-8.

Equal content gives equal bytes. CHAP frames are in order of time, since some players list them in file order.
"""

from __future__ import annotations

import struct

from voiceover.publish.languages import iso_639_2
from voiceover.publish.tags import TagChapter, Tags
from voiceover.types.lazy_dataclass import dataclass

_MAX_CHILDREN = 255
_TOP_LEVEL, _ORDERED = 0x02, 0x01
_NO_OFFSET = 0xFFFFFFFF
_FRONT_COVER = 3
_MAX_TAG = 1 << 28


def id3_tag(tags: Tags) -> bytes:
    """Return the tag, to be written in front of the audio."""
    writer = _Writer(4 if _has_astral(tags) else 3)
    language = iso_639_2(tags.language)
    body = b"".join(
        [
            writer.text("TIT2", tags.title),
            writer.text("TALB", tags.show),
            writer.text("TPE1", tags.author),
            writer.text("TRCK", "" if tags.episode is None else str(tags.episode)),
            writer.text("TPOS", "" if tags.season is None else str(tags.season)),
            writer.date(tags),
            writer.text("TLAN", language),
            writer.text("TLEN", str(tags.milliseconds)),
            writer.text("TSSE", tags.software),
            writer.comment(tags.comment, language),
            *(writer.user_text(key, value) for key, value in tags.marks),
            *writer.chapters(tags.title, tags.chapters),
            writer.picture(tags),
        ]
    )
    if len(body) >= _MAX_TAG:
        raise ValueError("the tag is larger than ID3v2 allows")
    return b"ID3" + bytes([writer.version, 0, 0]) + _syncsafe(len(body)) + body


def _has_astral(tags: Tags) -> bool:
    """True if any text of the tag has a character that UTF-16 writes as a surrogate pair."""
    texts = [tags.title, tags.show, tags.author, tags.software, tags.comment, *(text for mark in tags.marks for text in mark)]
    texts += [chapter.title for chapter in tags.chapters]
    return any(text and max(text) > "\uffff" for text in texts)


def _syncsafe(number: int) -> bytes:
    """Return a number as four bytes of seven bits each."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


@dataclass(frozen=True, slots=True)
class _Writer:
    """Frames in one version of the tag. Section numbers are those of version 2.3.0."""

    version: int

    def _frame(self, name: str, body: bytes) -> bytes:
        """3.3.1; the size is syncsafe in version 2.4 only."""
        size = struct.pack(">I", len(body)) if self.version == 3 else _syncsafe(len(body))
        return name.encode("ascii") + size + b"\0\0" + body

    def _encoded(self, *texts: str) -> tuple[int, list[bytes], bytes]:
        """Return the encoding number, the texts in it, and its terminator; all texts of a frame share one encoding."""
        try:
            return 0, [text.encode("latin-1") for text in texts], b"\0"
        except UnicodeEncodeError:
            if self.version == 4:
                return 3, [text.encode() for text in texts], b"\0"
            return 1, [b"\xff\xfe" + text.encode("utf-16-le") for text in texts], b"\0\0"

    def text(self, name: str, text: str) -> bytes:
        """4.2"""
        if not text:
            return b""
        encoding, (encoded,), _ = self._encoded(text)
        return self._frame(name, bytes([encoding]) + encoded)

    def date(self, tags: Tags) -> bytes:
        """Return one time stamp in version 2.4; separate year and day in version 2.3."""
        if self.version == 4:
            return self.text("TDRC", tags.date)
        return self.text("TYER", tags.year) + self.text("TDAT", tags.day + tags.month if tags.day else "")

    def user_text(self, key: str, value: str) -> bytes:
        """4.2.2"""
        encoding, (first, second), end = self._encoded(key, value)
        return self._frame("TXXX", bytes([encoding]) + first + end + second)

    def comment(self, text: str, language: str) -> bytes:
        """4.11, with an empty short description, the one that players show."""
        if not text:
            return b""
        encoding, (short, full), end = self._encoded("", text)
        return self._frame("COMM", bytes([encoding]) + language.encode("ascii") + short + end + full)

    def picture(self, tags: Tags) -> bytes:
        """4.15"""
        if tags.cover is None:
            return b""
        return self._frame("APIC", b"\0" + tags.cover.mime.encode("ascii") + b"\0" + bytes([_FRONT_COVER]) + b"\0" + tags.cover.data)

    def chapters(self, title: str, chapters: tuple[TagChapter, ...]) -> list[bytes]:
        """Chapter Frame Addendum, 3.1 and 3.2. A table holds 255 entries; with more chapters the top table lists further tables.

        The top table has the title of the episode, a table below it the title of its first chapter.
        """
        if not chapters:
            return []
        ids = [f"chp{number}".encode() for number in range(len(chapters))]
        starts = range(0, len(ids), _MAX_CHILDREN)
        if len(starts) == 1:
            tables = [self._table(b"toc", ids, _TOP_LEVEL | _ORDERED, title)]
        else:
            names = [f"toc{number}".encode() for number in range(len(starts))]
            tables = [self._table(b"toc", names, _TOP_LEVEL | _ORDERED, title)]
            for name, start in zip(names, starts, strict=True):
                tables.append(self._table(name, ids[start : start + _MAX_CHILDREN], _ORDERED, chapters[start].title))
        return tables + [self._chapter(name, chapter) for name, chapter in zip(ids, chapters, strict=True)]

    def _table(self, name: bytes, children: list[bytes], flags: int, title: str) -> bytes:
        listed = b"".join(child + b"\0" for child in children)
        return self._frame("CTOC", name + b"\0" + bytes([flags, len(children)]) + listed + self.text("TIT2", title))

    def _chapter(self, name: bytes, chapter: TagChapter) -> bytes:
        times = struct.pack(">IIII", chapter.start_ms, chapter.end_ms, _NO_OFFSET, _NO_OFFSET)
        return self._frame("CHAP", name + b"\0" + times + self.text("TIT2", chapter.title))
