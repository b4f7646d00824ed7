"""Takes: recordings of utterances."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from voiceover.types.checks import Heard, TakeChecks
from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.sound import Mark


@dataclass(frozen=True, slots=True)
class Take:
    """The recording of an utterance: a float WAV file and its measurements, made once when it was recorded."""

    address: str
    path: Path
    sample_rate: int
    frames: int
    speech_start: int
    """First frame of speech."""
    speech_end: int
    """Frame after the last frame of speech."""
    speech_power: float
    """Mean square of the K-weighted samples over ``speech_seconds`` (ITU-R BS.1770)."""
    speech_seconds: float
    """Duration of speech, without the silences in it."""
    peak: float
    """Largest absolute sample."""
    sha256: str
    """SHA-256 of the WAV file's bytes."""
    marks: tuple[Mark, ...] = ()
    """When each word begins in the file, in order; empty if the engine did not say."""
    silences: tuple[tuple[int, int], ...] = ()
    """Start and end, in frames, of each silence within the speech; empty if there are marks, or if an older version recorded it."""
    checks: TakeChecks | None = None
    """The checks of this take alone; None if an older version made them."""
    heard: Heard | None = None
    """What a recognizer hears in it; None if it was not listened to."""


Has: TypeAlias = Callable[[str], bool]
"""Return True if the store has a take with this address."""
