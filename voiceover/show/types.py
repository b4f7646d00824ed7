"""The types of a feed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from voiceover.show.finished import FinishedEpisode
from voiceover.types import Show


@dataclass(frozen=True, slots=True)
class FeedRequest:
    """What to make a feed of."""

    show: Path
    """The file that describes the show."""
    output: Path | None = None
    """Where to write it; None for where the show says."""
    folders: tuple[Path, ...] = ()
    """Folders of finished episodes, besides those that the show names."""
    scripts: tuple[Path, ...] = ()
    """Folders of scripts, if the show names none."""
    states: tuple[Path, ...] | None = None
    """State folders of batches, for the manifests of their episodes; None for the default ones."""
    allow_draft: bool = False
    """Take episodes of the draft voice."""
    allow_suspect: bool = False
    """Take episodes in which a check found a take that may be wrong."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that belongs to an episode, by its public address."""

    url: str
    media_type: str
    bytes: int


@dataclass(frozen=True, slots=True)
class FeedEpisode:
    """An episode as the feed has it. Empty texts are not written."""

    finished: FinishedEpisode
    title: str
    guid: str
    audio: Enclosure
    seconds: float
    moment: datetime | None
    """When it was published, in UTC; None if its page has no date."""
    description: str = ""
    author: str = ""
    link: str = ""
    language: str = ""
    season: int | None = None
    episode: int | None = None
    transcripts: tuple[Enclosure, ...] = ()
    chapters: Enclosure | None = None

    @property
    def name(self) -> str:
        """Its name in messages and in the lock."""
        return self.finished.name


@dataclass(frozen=True, slots=True)
class Feed:
    """All that a feed is written from."""

    show: Show
    url: str
    """Public address of the feed."""
    image_url: str
    guid: str
    """The show's podcast:guid."""
    episodes: tuple[FeedEpisode, ...]
    """In the order of the feed."""


@dataclass(frozen=True, slots=True)
class FeedReport:
    """A feed and what there is to say about it."""

    path: Path
    feed: Feed
    remarks: tuple[str, ...]
    """What was left out and why, and what the writer should know, a line each."""
    changed: bool = False
    """True if the file was written; False if it was up to date."""


class Grade(StrEnum):
    """How serious a finding of a check is."""

    FAULT = "fault"
    """A directory or a player refuses it, or shows it wrongly."""
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class FeedFinding:
    """Something that a directory, a player or a rule of a namespace wants otherwise."""

    grade: Grade
    where: str
    """``show`` or the name of an episode."""
    message: str
    """What is wrong, who wants it otherwise, and what would be right."""

    def __str__(self) -> str:
        return f"{self.grade.value}: {self.where}: {self.message}"
