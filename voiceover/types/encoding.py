"""How audio files are encoded, and what platforms require of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the audio files of an episode must have; what is not set is left to each format's own defaults (``audio/formats``)."""

    bitrates: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Bitrate in kbps by name of a lossy format."""
    sample_rate: int | None = None
    """Sample rate in Hz of every file, 44100 or 48000; Opus always has 48000."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a platform requires of a file besides its levels."""

    platform: str
    formats: tuple[str, ...]
    """Names of the formats that it takes."""
    encoding: Encoding
    """Lowest bitrates, and the sample rate."""
    head_seconds: tuple[float, float]
    """Shortest and longest silence before the first sound."""
    tail_seconds: tuple[float, float]
    """Shortest and longest silence after the last word."""
    added_head: float
    """Seconds of room tone that a file begins with if its silence is too short."""
    added_tail: float
    longest_seconds: float
    """Longest file."""
    terms: str
    """What a synthetic voice has to know, as a sentence."""
