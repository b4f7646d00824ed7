"""Voices: timbres with their reference clips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TypeAlias

from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording with the exact words spoken in it."""

    path: Path
    text: str
    sha256: str
    """Digest of the file."""
    seconds: float
    formerly: tuple[str, str] | None = None
    """Digest and words of an older clip that this one replaces; lines keep the takes made with it until they are refreshed."""
    short: Clip | None = None
    """A shorter cut of the recording, for lines so short that the clip would be most of an engine's work."""


@dataclass(frozen=True, slots=True)
class Style:
    """One way a voice speaks."""

    clip: Clip | None
    """None if there is no recording; only engines that need none can then speak it."""
    settings: Mapping[str, Mapping[str, str | int | float]] = field(default_factory=dict)
    """The settings of each engine by its name, such as ``{"draft": {"pitch": 40}}``; see ``VoiceSettings``."""

    def with_short_clip(self) -> Style:
        """Return the style with its short clip, if it has one."""
        return self if self.clip is None or self.clip.short is None else replace(self, clip=self.clip.short)


DEFAULT_STYLE = ""
"""The key of a voice's plain style in ``Voice.styles``."""
PLAIN = "plain"
"""Name of that style where people type and read it."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A timbre: a reference clip with its exact words, or a voice that comes with an engine."""

    name: str
    folder: Path | None
    """The folder that it was read from; None for a voice that comes with an engine."""
    language: str
    """BCP 47 tag of its clips, or of what it speaks best."""
    styles: Mapping[str, Style]
    """Styles by name; the key of the plain style is ``DEFAULT_STYLE``."""
    speed: float | None = None
    gain_db: float = 0.0
    licence: str | None = None
    """SPDX identifier or free text; a voice has this or ``consent``."""
    consent: str | None = None
    """Who gave consent, and when."""
    description: str = ""
    synthetic: bool = False
    """True if a machine spoke its clips."""
    engine: str | None = None
    """Name of the engine that it comes with; None for a voice in a folder."""

    def with_short_clips(self) -> Voice:
        """Return the voice as short lines are spoken: with the short clip of each style that has one."""
        return replace(self, styles={name: style.with_short_clip() for name, style in self.styles.items()})


Cast: TypeAlias = Mapping[str, Voice]
"""The voice of each speaker, by speaker name."""
