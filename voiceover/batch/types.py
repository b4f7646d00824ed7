"""The nouns of a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from voiceover.script import Page
from voiceover.types import Settings


class ScriptStatus(StrEnum):
    """How it went with a script."""

    MADE = "made"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    """Not public now, or nothing in it is spoken."""
    FAILED = "failed"
    UNFINISHED = "unfinished"
    """Not come to, or not to its end; what was recorded is kept."""
    TO_DO = "to do"
    """Of a dry run: it would be made."""


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """What a front door asks for."""

    paths: tuple[str, ...]
    """Folders, files and globs."""
    output: Path
    listed: tuple[str, ...] = ()
    """Files and folders that came as a list: files among them keep their folders in the output."""
    flags: Settings = field(default_factory=Settings)
    engine_options: Mapping[str, str] = field(default_factory=dict)
    cache_folder: Path | None = None
    jobs: int = 1
    only: tuple[str, ...] = ()
    """Globs of the scripts to work on, by path or name."""
    refresh: bool = False
    fail_fast: bool = False
    dry_run: bool = False
    prune: bool = False
    timeout_seconds: float | None = None
    """Of each episode, from its plan to its files."""
    stop_at: float | None = None
    """Seconds since the epoch after which no take is begun; the newest scripts then come first."""
    listing: Path | None = None
    """Where to write the map from scripts to files."""
    store: str | None = None
    """URL or folder of a take store that several machines share."""
    cluster: str | None = None
    """Address of a Ray cluster that records; ``jobs`` is then that of each machine."""


@dataclass(frozen=True, slots=True)
class FoundScript:
    """A script and where its episode goes."""

    script: Path
    key: str
    """Path below the folder that was given, as a static site names the page: ``posts/hello/index.md``."""
    name: str
    """Of the episode below the output folder: ``posts/hello/hello``."""
    language: str | None
    """That the file's name says."""
    digest: str
    """SHA-256 of the script, from before anything else was read."""
    page: Page
    unreadable: str = ""
    """Where this is no script but a folder that could not be looked into: why."""


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file of an episode."""

    name: str
    bytes: int
    sha256: str
    stamp: tuple[int, ...] = ()
    """What the file system said of it then (see ``contents``)."""


@dataclass(frozen=True, slots=True)
class EpisodeFacts:
    """What is told of a finished episode."""

    title: str = ""
    language: str = ""
    date: str = ""
    engine: str = ""
    provisional: bool = False
    seconds: float = 0.0
    speech_seconds: float = 0.0
    integrated_lufs: float | None = None
    true_peak_dbtp: float | None = None
    reached: bool = True
    """Whether the loudness target was."""
    chapters: tuple[tuple[str, float], ...] = ()
    """Title and start in seconds."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch did about one script."""

    found: FoundScript
    status: ScriptStatus
    reason: str
    """In words: why it was made, skipped or failed."""
    stem: str = ""
    """Path of its files below the output folder, without their endings; empty where there are none."""
    recorded: int = 0
    reused: int = 0
    to_record_seconds: float = 0.0
    """Of a dry run: speech to be recorded."""
    wall_seconds: float = 0.0
    facts: EpisodeFacts | None = None
    """In a report only after ``BatchReport.full``."""
    files: tuple[OutputFile, ...] = ()
    notes: tuple[str, ...] = ()
    """Lines for the report."""
    log: tuple[str, ...] = ()
    """Lines for the log, which has counts in place of the warnings and of what is not spoken."""
    exit_code: int = 0
    """Of the error, where it failed."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """Files in the output folder that no script has any more."""

    stem: str
    reason: str
    files: tuple[OutputFile, ...]
    pruned: bool = False


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What a batch did."""

    request: BatchRequest
    outcomes: tuple[Outcome, ...]
    orphans: tuple[Orphan, ...]
    started: float
    """Seconds since the epoch."""
    wall_seconds: float
    interrupted: bool = False
    error: str = ""
    """What kept the batch from starting, or broke it off."""
    error_code: int = 0
    backlog_seconds: float | None = None
    """Of a dry run: time that the work would take here."""
    rate_is_measured: bool | None = None
    """Of a dry run: True if the backlog is estimated from measurements on this machine, None if there is no backlog."""
    abandoned: bool = False
    """Whether a recording that does not end was left behind: this process should end without waiting for it."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Files of the folders that hold text and were not taken, by kind."""

    full: Callable[[Outcome], Outcome] = lambda outcome: outcome
    """Adds facts and files to the outcome of an episode that stands: they are kept apart, since there may be very many."""

    def count(self, ending: ScriptStatus) -> int:
        return sum(outcome.status is ending for outcome in self.outcomes)

    @property
    def exit_code(self) -> int:
        """0 all good, 1 some failed, 2 nothing could start, 130, 143 or 129 interrupted; 3 is kept for suspect takes."""
        if self.error:
            return self.error_code
        if not self.count(ScriptStatus.FAILED):
            return 0
        return 2 if all(outcome.status is ScriptStatus.FAILED and outcome.exit_code == 2 for outcome in self.outcomes) else 1
