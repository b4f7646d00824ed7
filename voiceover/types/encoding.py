"""How audio files are encoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the audio files of an episode must have; what is not set is left to each format's own defaults (``audio/formats``)."""

    bitrates: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Bitrate in kbps by name of a lossy format."""
    sample_rate: int | None = None
    """Sample rate in Hz of every file, 44100 or 48000; Opus always has 48000."""
