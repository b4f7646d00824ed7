"""Audio file formats: the one table that settings, flags, encoders, tags, readers and help pages take them from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from voiceover.types.lazy_dataclass import dataclass


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
    feed_types: tuple[str, ...] = ()
    """MIME types in a podcast feed, the enclosure's first; a host may serve any of them. Empty if directories do not take the format."""
    needs_media: bool = False
    """True if PyAV or the program ffmpeg encodes and decodes it."""
    bitrates: Sequence[int] = ()
    """Bitrates in kbps that a lossy format can have, in order."""
    default_bitrates: tuple[int, int] = (0, 0)
    """Bitrate in kbps for mono and for stereo."""
    sample_rate: int | None = None
    """Sample rate in Hz of a file for which none is set; None for that of the master."""
    sample_rates: tuple[int, ...] = (44100, 48000)
    """Sample rates in Hz that can be chosen: those that hosts and editors ask for."""
    headroom_db: float = 0.0
    """How far a master stays below its ceiling, since a lossy encoder overshoots peaks; more is found in the finished file."""
    low_bitrate: int = 0
    """Below this many kbps ``low_headroom_db`` applies instead."""
    low_headroom_db: float = 0.0

    @property
    def bitrate_choice(self) -> str:
        """Return the bitrates of ``bitrates``, for messages."""
        if isinstance(self.bitrates, range):
            return f"{self.bitrates[0]} to {self.bitrates[-1]}"
        return ", ".join(map(str, self.bitrates))

    @property
    def suffix(self) -> str:
        """File extension, with its dot."""
        return f".{self.name}"


MP3 = AudioFormat(
    "mp3",
    "MP3",
    "audio/mpeg",
    lossless=False,
    encoders=("lameenc", "soxr"),
    feed_types=("audio/mpeg",),
    bitrates=(32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    default_bitrates=(96, 128),
    # Apple requires 44.1 or 48 kHz, and Spotify MPEG-1, which excludes 24 kHz.
    sample_rate=44100,
    # At 96 kbps LAME overshoots by 0.2 to 0.9 dB: 33 minutes of speech by 0.64 dB at -16 LUFS and 0.87 dB at -14.
    headroom_db=1.0,
    low_bitrate=96,
    low_headroom_db=1.5,
)
M4A = AudioFormat(
    "m4a",
    "M4A",
    "audio/mp4",
    lossless=False,
    encoders=("soxr",),
    # Apple's name for it; servers also send the registered one.
    feed_types=("audio/x-m4a", "audio/mp4"),
    needs_media=True,
    # AAC has at most 6,144 bits per channel in a packet of 1,024 samples.
    bitrates=range(32, 257),
    default_bitrates=(64, 128),
    sample_rate=44100,
    headroom_db=1.0,
    low_bitrate=48,
    low_headroom_db=1.5,
)
M4B = replace(M4A, name="m4b", label="M4B", feed_types=())
OPUS = AudioFormat(
    "opus",
    "Opus",
    "audio/ogg",
    lossless=False,
    encoders=("soxr",),
    needs_media=True,
    bitrates=range(16, 257),
    # Below 64 kbps libopus takes away 0.2 LU of speech and more.
    default_bitrates=(64, 96),
    sample_rate=48000,
    sample_rates=(48000,),
    headroom_db=1.5,
    low_bitrate=64,
    low_headroom_db=2.0,
)
FLAC = AudioFormat("flac", "FLAC", "audio/flac", lossless=True, encoders=("soundfile",))
WAV = AudioFormat("wav", "WAV", "audio/wav", lossless=True)

FORMATS: Mapping[str, AudioFormat] = MappingProxyType({row.name: row for row in (MP3, M4A, M4B, OPUS, FLAC, WAV)})
"""Formats by name, in the order in which messages list them."""
LOSSY = tuple(name for name, row in FORMATS.items() if not row.lossless)
"""Names of the formats that have a bitrate."""
SAMPLE_RATES = MP3.sample_rates
"""Sample rates in Hz that can be chosen."""
DEFAULT_FORMATS = (MP3.name,)
"""Names of the formats of an episode that sets none."""

AUDIO_SUFFIXES = tuple(row.suffix for row in FORMATS.values())
"""Extensions of the formats in ``FORMATS``."""
RECORDING_SUFFIXES = (*AUDIO_SUFFIXES, ".ogg", ".aif", ".aiff")
"""Extensions that recordings commonly have."""
_TEXT_SUFFIXES = (".json", ".md", ".srt", ".txt", ".vtt", ".yaml", ".yml")
OTHER_SUFFIXES = frozenset((*RECORDING_SUFFIXES, *_TEXT_SUFFIXES, ".aac", ".mp2", ".mp4", ".oga", ".wave", ".wma")) - set(AUDIO_SUFFIXES)
"""Extensions of files that are not written: audio formats that can only be read, and text. They are no names of folders."""
READABLE = "WAV, FLAC, MP3, OGG and AIFF"
"""The formats that every installation can read, for messages; ffmpeg or PyAV adds more."""
