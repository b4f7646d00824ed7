"""Stems: the mix of an episode taken apart, for an editor of audio."""

from __future__ import annotations

from dataclasses import dataclass

from voiceover.types.sound import AudioStream

STEMS_SUFFIX = ".stems"
"""Ends the name of the folder that holds the stems of an episode."""


@dataclass(frozen=True, slots=True)
class Stem:
    """What one track of an editor plays."""

    name: str
    """Name of the track: that of the speaker, or what it plays."""
    stream: AudioStream
    """As long as the mix, with its sample rate and channels."""
    heard: tuple[tuple[int, int, str], ...]
    """Where it is not silent: first frame, the frame after the last, and what is heard in words; in order, without overlaps."""


@dataclass(frozen=True, slots=True)
class Stems:
    """The stems of an episode; their sum is the mix."""

    stems: tuple[Stem, ...]
    mix: AudioStream
    format: str
    """``wav`` or ``flac``."""
