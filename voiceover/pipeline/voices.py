"""The voices that a script would find."""

from __future__ import annotations

from pathlib import Path

from voiceover import voices
from voiceover.pipeline import check as checking
from voiceover.pipeline.context import from_engines
from voiceover.types import Voice


def find_voices(script: Path | None) -> tuple[Voice, ...]:
    """The voices that ``script`` would find; those of the current folder where None."""
    return voices.list_voices(_folders(script), from_engines())


def find_voice(name: str, script: Path | None) -> Voice:
    """The voice called ``name``, found as for ``script``. Raises VoiceError."""
    return voices.load_voice(name, _folders(script), from_engines())


def _folders(script: Path | None) -> tuple[Path, ...]:
    """Where voices are looked for, as ``studio`` does for a script."""
    return checking.voice_folders(script or Path("here.md"))
