"""Write Opus files while the packets come (RFC 7845)."""

from __future__ import annotations

import base64

from voiceover.audio.codecs import OPUS
from voiceover.audio.packets import PacketEncoder, open_encoder
from voiceover.errors import PublishError
from voiceover.publish.audio_file import AudioFileSpec
from voiceover.publish.containers.ogg import OggWriter
from voiceover.publish.vorbis import flac_picture, vorbis_comments
from voiceover.types import FloatArray

PAGE_PACKETS = 50
"""Packets in a page: a second."""
_SKIP = slice(10, 12)
"""Where OpusHead has the number of samples to skip at the start."""


class OpusFile:
    """An Opus file with its tags, and its chapters as comments."""

    def __init__(self, spec: AudioFileSpec) -> None:
        self._spec = spec
        self._frames = self._packets = 0
        self._encoder: PacketEncoder = open_encoder(OPUS, spec.sample_rate, spec.channels, spec.bitrate)
        self._file = spec.path.open("wb")
        self._ogg = OggWriter(self._file)
        self._waiting: bytes | None = None

    def write(self, block: FloatArray) -> None:
        self._frames += len(block)
        self._store(self._encoder.encode(block))

    def finish(self) -> None:
        self._store(self._encoder.finish())
        if self._waiting is None:
            raise PublishError(f"an episode without any samples cannot be encoded as {self._spec.kind.label}")
        # The last position says where the programme ends within its packet.
        self._ogg.add(self._waiting, int.from_bytes(self._encoder.header[_SKIP], "little") + self._frames)
        self._ogg.flush(last=True)

    def close(self) -> None:
        self._encoder.close()
        self._file.close()

    def _store(self, packets: list[bytes]) -> None:
        for packet in packets:
            if not self._packets:
                self._begin()
            if self._waiting is not None:
                self._ogg.add(self._waiting, self._packets * OPUS.frame)
                if self._packets % PAGE_PACKETS == 0:
                    self._ogg.flush()
            self._waiting = packet
            self._packets += 1

    def _begin(self) -> None:
        cover = self._spec.tags.cover
        pictures = [("METADATA_BLOCK_PICTURE", base64.b64encode(flac_picture(cover)).decode())] if cover else []
        self._ogg.add(self._encoder.header, 0)
        self._ogg.flush()
        self._ogg.add(b"OpusTags" + vorbis_comments(self._spec.tags, *pictures), 0)
        self._ogg.flush()
