"""Takes: recordings of utterances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Take:
    """The recording of an utterance: a float WAV and what was measured of it, once."""

    address: str
    path: Path
    sample_rate: int
    frames: int
    speech_start: int
    """First frame of speech."""
    speech_end: int
    """Frame after the last of speech."""
    speech_power: float
    """Mean square of the K-weighted samples over ``speech_seconds`` (ITU-R BS.1770)."""
    speech_seconds: float
    """Length of what is speech, silences within it left out."""
    peak: float
    """Largest absolute sample."""
    sha256: str
    """Of the WAV's bytes."""


Has: TypeAlias = Callable[[str], bool]
"""Whether a take stands in the store, by address."""
