"""A finished episode, and how far a step has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from voiceover.types.loudness import LoudnessReport


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is told about an episode."""

    title: str
    language: str
    show: str = ""
    season: int | None = None
    episode: int | None = None
    date: str = ""
    """ISO 8601, as written."""
    author: str = ""
    description: str = ""
    cover: Path | None = None
    """JPEG or PNG."""
    cover_sha256: str = ""
    """Of the cover's bytes; empty where any that stand there will do."""
    provisional: bool = False
    """Spoken by a stand-in voice."""
    engine: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class EpisodeFile:
    """A finished file."""

    path: Path
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class EpisodeChapter:
    """A chapter of a finished episode; it lasts until the next one."""

    title: str
    start_seconds: float


@dataclass(frozen=True, slots=True)
class Episode:
    """A finished episode."""

    files: tuple[EpisodeFile, ...]
    """Audio first, the manifest last."""
    seconds: float
    report: LoudnessReport
    chapters: tuple[EpisodeChapter, ...] = ()
    """The first begins at 0; empty in an episode without chapters."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step has come; whoever draws it decides how."""

    stage: str
    """``plan``, ``record``, ``mix``, ``master`` or ``publish``."""
    done: float
    """Takes in ``record``, seconds of audio in the others."""
    total: float
    detail: str = ""
    """What is being worked on, in words."""


OnProgress: TypeAlias = Callable[[Progress], None]
