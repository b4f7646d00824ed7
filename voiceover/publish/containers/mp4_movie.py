"""The movie atom of an audio file: one track of packets and, for players of Apple, one with the titles of chapters.

ISO/IEC 14496-12 defines the atoms, 14496-14 those of AAC, and Apple's "QuickTime File Format" the text track. All times of creation are 0.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence

from voiceover.publish.containers.mp4_atoms import Atom, NumberTable, atom, descriptor, full_atom
from voiceover.publish.tags import TagChapter
from voiceover.types.lazy_dataclass import dataclass

AUDIO_TRACK, CHAPTER_TRACK = 1, 2
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_ENABLED, _IN_MOVIE, _IN_PREVIEW = 1, 2, 4
_LONG = 1 << 32
_MILLISECONDS = 1000
_ROLL_PACKETS = -1
"""An AAC decoder that starts within a file needs the packet before the first one that it plays."""


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """Packets of a fixed length in samples, stored in chunks."""

    config: bytes
    """AudioSpecificConfig."""
    sample_rate: int
    channels: int
    bitrate: int
    """Bitrate in kbps."""
    packet_frames: int
    priming: int
    """Samples per channel before the first that is heard."""
    frames: int
    """Samples per channel that are heard."""
    sizes: array[int]
    """Size of each packet in bytes."""
    chunk_packets: int
    """Packets in each chunk but the last."""
    chunk_offsets: Sequence[int]
    """Position of each chunk in the file."""
    language: str
    """Three letters (ISO 639-2)."""


def movie(track: AudioTrack, chapters: Sequence[TagChapter], title_sizes: Sequence[int], titles_offset: int, user_data: Atom) -> Atom:
    """Return the movie atom; the titles of chapters are stored in one chunk at ``titles_offset``, each of ``title_sizes`` bytes."""
    tracks = [_audio(track, with_chapters=bool(chapters))]
    if chapters:
        tracks.append(_titles(track, chapters, title_sizes, titles_offset))
    times, version = _durations(track.frames)
    head = struct.pack(">I", track.sample_rate) + times + struct.pack(">IHHII", 0x10000, 0x100, 0, 0, 0) + _MATRIX + bytes(24)
    header = full_atom(b"mvhd", _created(version), head, struct.pack(">I", len(tracks) + 1), version=version)
    return atom(b"moov", header, *tracks, user_data)


def _created(version: int) -> bytes:
    """Return times of creation and change."""
    return bytes(16 if version else 8)


def _durations(*durations: int) -> tuple[bytes, int]:
    """Return durations, and the version of an atom that has room for them."""
    version = int(any(duration >= _LONG for duration in durations))
    return struct.pack(f">{len(durations)}{'Q' if version else 'I'}", *durations), version


def _audio(track: AudioTrack, *, with_chapters: bool) -> Atom:
    heard, version = _durations(track.frames, track.priming)
    # Players start after the priming and stop before the padding of the last packet.
    edits = atom(b"edts", full_atom(b"elst", struct.pack(">I", 1), heard, struct.pack(">HH", 1, 0), version=version))
    references = [atom(b"tref", atom(b"chap", struct.pack(">I", CHAPTER_TRACK)))] if with_chapters else []
    return atom(
        b"trak",
        _track_header(AUDIO_TRACK, _ENABLED | _IN_MOVIE | _IN_PREVIEW, track.frames, volume=0x100),
        edits,
        *references,
        atom(
            b"mdia",
            _media_header(track.sample_rate, track.priming + track.frames, track.language),
            _handler(b"soun", b"SoundHandler"),
            atom(b"minf", full_atom(b"smhd", bytes(4)), _data_here(), _audio_table(track)),
        ),
    )


def _track_header(number: int, flags: int, frames: int, volume: int) -> Atom:
    duration, version = _durations(frames)
    place = struct.pack(">II", number, 0)
    rest = bytes(8) + struct.pack(">HHHH", 0, 0, volume, 0) + _MATRIX + bytes(8)
    return full_atom(b"tkhd", _created(version), place, duration, rest, version=version, flags=flags)


def _media_header(timescale: int, duration: int, language: str) -> Atom:
    times, version = _durations(duration)
    # Three letters of five bits each (8.4.2.3).
    packed = sum((ord(letter) - 0x60) << shift for letter, shift in zip(language, (10, 5, 0), strict=True))
    return full_atom(b"mdhd", _created(version), struct.pack(">I", timescale), times, struct.pack(">HH", packed, 0), version=version)


def _handler(kind: bytes, name: bytes) -> Atom:
    return full_atom(b"hdlr", bytes(4) + kind + bytes(12) + name + b"\0")


def _data_here() -> Atom:
    """Return a reference to the file itself."""
    return atom(b"dinf", full_atom(b"dref", struct.pack(">I", 1), full_atom(b"url ", flags=1)))


def _audio_table(track: AudioTrack) -> Atom:
    count, chunks = len(track.sizes), len(track.chunk_offsets)
    # The last packet is as long as what it holds, so the durations add up to priming and programme.
    last = track.priming + track.frames - (count - 1) * track.packet_frames
    times = [(count - 1, track.packet_frames), (1, last)] if last != track.packet_frames and count > 1 else [(count, last)]
    runs = [(1, track.chunk_packets, 1)]
    if (rest := count - (chunks - 1) * track.chunk_packets) != track.chunk_packets:
        runs = [*(runs if chunks > 1 else []), (chunks, rest, 1)]
    return atom(
        b"stbl",
        full_atom(b"stsd", struct.pack(">I", 1), _sample_entry(track)),
        full_atom(b"stts", struct.pack(">I", len(times)), *(struct.pack(">II", *run) for run in times)),
        full_atom(b"stsc", struct.pack(">I", len(runs)), *(struct.pack(">III", *run) for run in runs)),
        full_atom(b"stsz", struct.pack(">II", 0, count), NumberTable(track.sizes)),
        _offsets(track.chunk_offsets),
        full_atom(b"sgpd", struct.pack(">4sIIh", b"roll", 2, 1, _ROLL_PACKETS), version=1),
        full_atom(b"sbgp", struct.pack(">4sIII", b"roll", 1, count, 1)),
    )


def _offsets(offsets: Sequence[int]) -> Atom:
    """Return the positions of chunks, in 64 bits if they need it."""
    is_long = bool(offsets) and max(offsets) >= _LONG
    numbers = struct.pack(f">I{len(offsets)}{'Q' if is_long else 'I'}", len(offsets), *offsets)
    return full_atom(b"co64" if is_long else b"stco", numbers)


def _sample_entry(track: AudioTrack) -> Atom:
    """ISO/IEC 14496-14, 5.6; the elementary stream descriptor is that of ISO/IEC 14496-1, 7.2.6.5."""
    bits = 1000 * track.bitrate
    decoder = struct.pack(">BBBHII", 0x40, 0x15, 0, 0, bits, bits)  # MPEG-4 audio, an audio stream
    stream = descriptor(3, bytes(3), descriptor(4, decoder, descriptor(5, track.config)), descriptor(6, b"\x02"))
    head = bytes(6) + struct.pack(">H8xHHHHI", 1, track.channels, 16, 0, 0, track.sample_rate << 16)
    return atom(b"mp4a", head, full_atom(b"esds", stream))


def _titles(track: AudioTrack, chapters: Sequence[TagChapter], sizes: Sequence[int], offset: int) -> Atom:
    """Return the text track. It is not enabled, so that no player shows it as subtitles."""
    lasts = [chapter.end_ms - chapter.start_ms for chapter in chapters]
    table = atom(
        b"stbl",
        full_atom(b"stsd", struct.pack(">I", 1), atom(b"text", bytes(6) + struct.pack(">H", 1) + _TEXT_STYLE)),
        full_atom(b"stts", struct.pack(">I", len(lasts)), *(struct.pack(">II", 1, last) for last in lasts)),
        full_atom(b"stsc", struct.pack(">IIII", 1, 1, len(sizes), 1)),
        full_atom(b"stsz", struct.pack(">II", 0, len(sizes)), NumberTable(array("I", sizes))),
        _offsets([offset]),
    )
    media = atom(b"gmhd", full_atom(b"gmin", struct.pack(">HHHHHH", 0x40, 0x8000, 0x8000, 0x8000, 0, 0)), atom(b"text", _MATRIX))
    return atom(
        b"trak",
        _track_header(CHAPTER_TRACK, _IN_MOVIE, track.frames, volume=0),
        atom(
            b"mdia",
            _media_header(_MILLISECONDS, sum(lasts), track.language),
            _handler(b"text", b"SubtitleHandler"),
            atom(b"minf", media, _data_here(), table),
        ),
    )


_TEXT_STYLE = struct.pack(">II3H4H8xHHBH3HB", 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
"""QuickTime's description of plain text in black, without a box."""
