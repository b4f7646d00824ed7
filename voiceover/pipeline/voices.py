"""The voices that a script would find."""

from __future__ import annotations

from pathlib import Path

from voiceover import voices
from voiceover.pipeline import check as checking
from voiceover.pipeline.context import from_engines
from voiceover.types import Voice


def find_voices(script: Path | None) -> tuple[Voice, ...]:
    """Return the voices that ``script`` would find; those of the current folder if None."""
    return voices.list_voices(search_folders(script), from_engines())


def find_voice(name: str, script: Path | None) -> Voice:
    """Return the voice called ``name``, found as for ``script``. Raises VoiceError."""
    return voices.load_voice(name, search_folders(script), from_engines())


def voice_names(script: Path | None) -> tuple[str, ...]:
    """Return the names of the voices that ``script`` would find, without reading them."""
    return tuple(voices.voice_folders(search_folders(script)))


def search_folders(script: Path | None) -> tuple[Path, ...]:
    """Return the folders where the voices of ``script`` are looked for, nearest first."""
    return checking.voice_folders(script or Path("here.md"))
