"""Write M4A and M4B files while the packets come.

    ftyp  movie, and what is left of its room  packets

The movie comes first, so that a player starts before it has all of the file. It is written last, into room that was left for it: the number
of packets is known from the length of the episode. In memory there is only the size of each packet, two bytes, and the position of each
chunk.
"""

from __future__ import annotations

import struct
from array import array

from voiceover.audio.codecs import AAC
from voiceover.audio.formats import M4B, AudioFormat
from voiceover.audio.packets import PacketEncoder, open_encoder
from voiceover.errors import PublishError
from voiceover.publish.audio_file import AudioFileSpec
from voiceover.publish.containers.mp4_atoms import Atom, atom
from voiceover.publish.containers.mp4_movie import AudioTrack, movie
from voiceover.publish.containers.mp4_tags import cut_utf8, gapless_note, user_data
from voiceover.publish.languages import iso_639_2
from voiceover.types import FloatArray

CHUNK_PACKETS = 43
"""Packets in a chunk: a second at 44.1 kHz."""
_SPARE_PACKETS = 2 * CHUNK_PACKETS
_LONGEST_TITLE = 0xFFFF
_UTF8_TEXT = struct.pack(">I4sI", 12, b"encd", 0x100)
"""Says that the text of a QuickTime text sample is UTF-8."""
_LONG = 1 << 32
_DATA_HEADER = struct.Struct(">I4sQ")
"""Size in 64 bits, since a book may be longer than 4 GiB."""


class Mp4File:
    """An M4A or M4B with AAC, its tags, and its chapters."""

    def __init__(self, spec: AudioFileSpec) -> None:
        self._spec = spec
        self._sizes: array[int] = array("H")
        self._offsets: array[int] = array("Q")
        self._frames = 0
        self._encoder: PacketEncoder = open_encoder(AAC, spec.sample_rate, spec.channels, spec.bitrate)
        titles = [_title_sample(chapter.title) for chapter in spec.tags.chapters]
        self._title_sizes, self._titles_at = [len(title) for title in titles], 0
        self._file = spec.path.open("wb")
        for piece in _file_type(spec.kind).pieces():
            self._file.write(piece)
        self._movie_at = self._file.tell()
        self._room = self._most_room(spec.frames)
        self._file.write(bytes(self._room))
        self._data_at = self._file.tell()
        self._file.write(bytes(_DATA_HEADER.size))
        self._titles_at = self._file.tell()
        self._file.write(b"".join(titles))

    def write(self, block: FloatArray) -> None:
        self._frames += len(block)
        self._store(self._encoder.encode(block))

    def finish(self) -> None:
        self._store(self._encoder.finish())
        if not self._frames:
            raise PublishError(f"an episode without any samples cannot be encoded as {self._spec.kind.label}")
        end = self._file.tell()
        self._file.seek(self._data_at)
        self._file.write(_DATA_HEADER.pack(1, b"mdat", end - self._data_at))
        whole = self._movie(self._sizes, self._offsets, self._frames, self._encoder.header)
        left = self._room - whole.size
        if left < 8 and left:
            raise PublishError(f"the encoder of {AAC.label} made more packets than the episode has")
        self._file.seek(self._movie_at)
        for piece in whole.pieces():
            self._file.write(piece)
        if left:
            self._file.write(struct.pack(">I4s", left, b"free"))
        self._file.seek(end)

    def close(self) -> None:
        self._encoder.close()
        self._file.close()

    def _store(self, packets: list[bytes]) -> None:
        for packet in packets:
            if len(self._sizes) % CHUNK_PACKETS == 0:
                self._offsets.append(self._file.tell())
            self._sizes.append(len(packet))
            self._file.write(packet)

    def _most_room(self, frames: int) -> int:
        """Return the size of the largest movie that an episode of this length can have, and of an empty atom behind it."""
        packets = frames // AAC.frame + _SPARE_PACKETS
        offsets = array("Q", [_LONG]) * (packets // CHUNK_PACKETS + 1)
        return self._movie(array("H", bytes(2 * packets)), offsets, _LONG, bytes(8)).size + 8

    def _movie(self, sizes: array[int], offsets: array[int], frames: int, config: bytes) -> Atom:
        padding = max(len(sizes) * AAC.frame - AAC.priming - frames, 0)
        track = AudioTrack(
            config=config,
            sample_rate=self._spec.sample_rate,
            channels=self._spec.channels,
            bitrate=self._spec.bitrate,
            packet_frames=AAC.frame,
            priming=AAC.priming,
            frames=frames,
            sizes=sizes,
            chunk_packets=CHUNK_PACKETS,
            chunk_offsets=offsets,
            language=iso_639_2(self._spec.tags.language),
        )
        notes = user_data(self._spec.kind, self._spec.tags, gapless_note(AAC.priming, padding, frames))
        return movie(track, self._spec.tags.chapters, self._title_sizes, self._titles_at, notes)


def _file_type(kind: AudioFormat) -> Atom:
    """ISO/IEC 14496-12, 4.3; the brands are Apple's."""
    brands = (b"M4B ", b"M4A ") if kind is M4B else (b"M4A ",)
    return atom(b"ftyp", brands[0], struct.pack(">I", 0x200), *brands, b"mp42", b"isom")


def _title_sample(title: str) -> bytes:
    text = cut_utf8(title, _LONGEST_TITLE)
    return struct.pack(">H", len(text)) + text + _UTF8_TEXT
