"""Audio file formats: the one table that settings, flags, encoders, tags, readers and help pages take them from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """An audio format that an episode can be published in."""

    name: str
    """Value of the setting ``format`` and of the flag ``--format``."""
    label: str
    """Name in messages."""
    media_type: str
    """MIME type."""
    lossless: bool
    """True if a decoder returns the encoded samples exactly."""
    encoders: tuple[str, ...] = ()
    """Distributions, other than this one, whose version decides the bytes of a file; the manifest lists them."""

    @property
    def suffix(self) -> str:
        """File extension, with its dot."""
        return f".{self.name}"


MP3 = AudioFormat("mp3", "MP3", "audio/mpeg", lossless=False, encoders=("lameenc", "soxr"))
FLAC = AudioFormat("flac", "FLAC", "audio/flac", lossless=True, encoders=("soundfile",))
WAV = AudioFormat("wav", "WAV", "audio/wav", lossless=True)

FORMATS: Mapping[str, AudioFormat] = MappingProxyType({row.name: row for row in (MP3, FLAC, WAV)})
"""Formats by name, in the order in which messages list them."""
DEFAULT_FORMATS = (MP3.name,)
"""Names of the formats of an episode that sets none."""

AUDIO_SUFFIXES = tuple(row.suffix for row in FORMATS.values())
"""Extensions of the formats in ``FORMATS``."""
RECORDING_SUFFIXES = (*AUDIO_SUFFIXES, ".ogg", ".opus", ".aif", ".aiff", ".m4a")
"""Extensions that recordings commonly have."""
OTHER_SUFFIXES = frozenset((*RECORDING_SUFFIXES, ".aac", ".m4b", ".mp2", ".mp4", ".oga", ".wave", ".wma")) - set(AUDIO_SUFFIXES)
"""Extensions of audio formats that can be read but not written."""
READABLE = "WAV, FLAC, MP3, OGG and AIFF"
"""The formats that every installation can read, for messages; ffmpeg or PyAV adds more."""
