"""Sounds, music and recorded turns: files that an episode plays besides what engines speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.settings import Bumper, Ducking

FILES_RATE = 44_100
"""Sample rate in Hz of an episode that plays files. Speech alone keeps the engine's rate."""

UNDER_MUSIC_DB = -6.0
"""Level of music under speech for which the script gives none, when nobody speaks: its own loudness against the speech's."""
CLEARANCE_LU = 12.0
"""Least loudness of speech above the music under it."""
SHORTEST_MUSIC_SECONDS = 1.0
"""Music under speech is repeated, and lasts at least this long."""


@dataclass(frozen=True, slots=True)
class SoundFile:
    """An audio file that was found, and whose header has been read."""

    name: str
    """Key of the setting ``sounds``; the file as the script names it, if it has no key."""
    path: Path
    sha256: str
    """SHA-256 of its bytes."""
    sample_rate: int
    channels: int
    """1 or 2; a recorded turn may have more."""
    frames: int
    """Length as stated by the header; for a format that libsndfile does not read, an estimate."""
    licence: str = ""
    credit: str = ""

    @property
    def seconds(self) -> float:
        return self.frames / self.sample_rate


@dataclass(frozen=True, slots=True)
class Soundtrack:
    """What an episode plays besides its synthetic speech."""

    channels: int
    """Channels of the mix: 1 or 2."""
    sounds: Mapping[str, SoundFile] = field(default_factory=dict)
    """The files of cues, intro and outro: by name, or by path if they have none."""
    recordings: Mapping[str, SoundFile] = field(default_factory=dict)
    """The files of recorded turns, by their path as written in the script."""
    intro: Bumper | None = None
    outro: Bumper | None = None
    ducking: Ducking = Ducking()
