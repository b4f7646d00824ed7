"""Voices: timbres with their reference clips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording with the exact words that are said in it."""

    path: Path
    text: str
    sha256: str
    """Of the file's bytes."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Style:
    """One way a voice speaks."""

    clip: Clip | None
    """None for a voice without a recording: only engines that need none can speak it."""
    settings: Mapping[str, Mapping[str, str | int | float]] = field(default_factory=dict)
    """Per engine name, what that engine is told in place of a clip (``{"draft": {"pitch": 40}}``), complete."""


DEFAULT_STYLE = ""
"""The key of a voice's plain style in ``Voice.styles``."""
PLAIN = "plain"
"""What that style is called where people type and read it."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A timbre: a folder with a reference clip and its exact words."""

    name: str
    folder: Path
    language: str
    """BCP 47 tag of its clips."""
    styles: Mapping[str, Style]
    """By name; the plain style under ``DEFAULT_STYLE``."""
    speed: float | None = None
    gain_db: float = 0.0
    licence: str | None = None
    """SPDX identifier or words; a voice has this or ``consent``."""
    consent: str | None = None
    """Who agreed, and when."""
    description: str = ""
    synthetic: bool = False
    """Whether a machine spoke its clips."""


Cast: TypeAlias = Mapping[str, Voice]
"""The voice of each speaker, by the speaker's name."""
