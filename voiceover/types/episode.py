"""Finished episodes, their metadata, and the progress of a step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.loudness import LoudnessReport, MusicReport


@dataclass(frozen=True, slots=True)
class Metadata:
    """Descriptive metadata of an episode, for its tags and manifest."""

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
    """SHA-256 that the cover file must have; empty to accept any content."""
    provisional: bool = False
    """True if a stand-in voice speaks the episode."""
    by_rules: bool = False
    """True if rules alone speak the episode, and no trained model."""
    engine: str = ""
    model: str = ""
    disclosure: str = ""
    """The sentence at the start which says that the speech is synthetic; empty if none is spoken."""
    recorded: tuple[str, ...] = ()
    """The speakers who are heard in recordings, in alphabetical order."""
    mixed: bool = False
    """True if files are played besides the synthetic speech: sounds, music or recordings."""


@dataclass(frozen=True, slots=True)
class EpisodeFile:
    """A finished file of an episode."""

    path: Path
    bytes: int
    sha256: str
    subfolder: str = ""
    """The folder beside the episode's other files that it is in, such as ``NAME.stems``; empty for most files."""

    @property
    def name(self) -> str:
        """Its path from the folder of the episode's other files."""
        return f"{self.subfolder}/{self.path.name}" if self.subfolder else self.path.name


@dataclass(frozen=True, slots=True)
class EpisodeChapter:
    """A chapter of a finished episode; it ends where the next one starts."""

    title: str
    start_seconds: float


@dataclass(frozen=True, slots=True)
class EpisodePart:
    """A chapter that has files of its own."""

    stem: str
    """Common start of its files' names, such as ``02_the_town``."""
    title: str
    start_seconds: float
    """Where it begins if all chapters are played one after the other."""
    seconds: float
    report: LoudnessReport
    made: bool = False
    """True if its files were written by this render; False if they stood already."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A finished episode: its files and what was measured."""

    files: tuple[EpisodeFile, ...]
    """All files, audio first and the manifest last."""
    seconds: float
    report: LoudnessReport
    chapters: tuple[EpisodeChapter, ...] = ()
    """Chapters in order, the first at 0 s; empty for an episode without chapters."""
    parts: tuple[EpisodePart, ...] = ()
    """The chapters of an episode that is split into them; ``report`` then sums up theirs."""
    music: MusicReport | None = None
    """How far the music stays under the speech; None without music under it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a step, for a progress bar or a log."""

    stage: str
    """``plan``, ``record``, ``listen``, ``retake``, ``mix``, ``master`` or ``publish``."""
    done: float
    """Takes in the steps ``record``, ``listen`` and ``retake``, seconds of audio in all other steps."""
    total: float
    detail: str = ""
    """The current item, for people to read."""


OnProgress: TypeAlias = Callable[[Progress], None]
