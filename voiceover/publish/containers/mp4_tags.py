"""Tags of MP4 files: the items that players of Apple read, items with names of their own, and a list of chapters.

Apple's "QuickTime File Format" defines user data; the items are those of iTunes, as tag editors write them, and the list is Nero's.
"""

from __future__ import annotations

import struct

from voiceover.audio.formats import M4B, AudioFormat
from voiceover.publish.containers.mp4_atoms import Atom, atom, full_atom
from voiceover.publish.tags import TagChapter, Tags

_BINARY, _UTF8, _JPEG, _PNG, _INTEGER = 0, 1, 13, 14, 21
_OWNER = "com.apple.iTunes"
_AUDIOBOOK = 2
_MOST_LISTED = 255
"""Nero's list has one byte for the number of chapters, and one for the length of a title."""
_TICKS_PER_MS = 10_000


def user_data(kind: AudioFormat, tags: Tags, gapless: str) -> Atom:
    """Return the user data of a movie; ``gapless`` is iTunes' note of priming, padding and length."""
    listed = (_chapter_list(tags.chapters),) if tags.chapters else ()
    handler = full_atom(b"hdlr", bytes(4) + b"mdirappl" + bytes(9))
    return atom(b"udta", full_atom(b"meta", handler, atom(b"ilst", *_items(kind, tags, gapless))), *listed)


def gapless_note(priming: int, padding: int, frames: int) -> str:
    """Return the value of iTunes' item ``iTunSMPB``."""
    return f" 00000000 {priming:08X} {padding:08X} {frames:016X}" + " 00000000" * 8


def _items(kind: AudioFormat, tags: Tags, gapless: str) -> list[Atom]:
    texts = (
        (b"\xa9nam", tags.title),
        (b"\xa9ART", tags.author),
        (b"aART", tags.author),
        (b"\xa9alb", tags.show),
        (b"\xa9day", tags.date),
        (b"\xa9cmt", tags.comment),
        (b"ldes", tags.comment),
        (b"\xa9too", tags.software),
    )
    items = [atom(name, _data(_UTF8, text.encode())) for name, text in texts if text]
    if tags.episode is not None:
        items.append(atom(b"trkn", _data(_BINARY, struct.pack(">HHHH", 0, min(tags.episode, 0xFFFF), 0, 0))))
    if tags.season is not None:
        items.append(atom(b"disk", _data(_BINARY, struct.pack(">HHH", 0, min(tags.season, 0xFFFF), 0))))
    if kind is M4B:
        items.append(atom(b"stik", _data(_INTEGER, bytes([_AUDIOBOOK]))))
    if tags.cover is not None:
        items.append(atom(b"covr", _data(_PNG if tags.cover.mime == "image/png" else _JPEG, tags.cover.data)))
    own = [*tags.marks, ("LANGUAGE", tags.language), ("iTunSMPB", gapless)]
    return [*items, *(_freeform(name, value) for name, value in own if value)]


def _data(kind: int, value: bytes) -> Atom:
    return atom(b"data", struct.pack(">II", kind, 0), value)


def _freeform(name: str, value: str) -> Atom:
    """Return an item with a name of its own."""
    return atom(b"----", full_atom(b"mean", _OWNER.encode()), full_atom(b"name", name.encode()), _data(_UTF8, value.encode()))


def _chapter_list(chapters: tuple[TagChapter, ...]) -> Atom:
    """Return Nero's list, of the first 255 chapters and 255 bytes of each title; the text track has all of them."""
    listed = chapters[:_MOST_LISTED]
    entries = []
    for chapter in listed:
        title = cut_utf8(chapter.title, _MOST_LISTED)
        entries.append(struct.pack(">QB", _TICKS_PER_MS * chapter.start_ms, len(title)) + title)
    return full_atom(b"chpl", bytes(4), bytes([len(listed)]), *entries, version=1)


def cut_utf8(text: str, most: int) -> bytes:
    """Return ``text`` in UTF-8, without the characters that do not fit into ``most`` bytes."""
    return text.encode()[:most].decode("utf-8", "ignore").encode()
