"""The types of a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from enum import StrEnum
from pathlib import Path

from voiceover.publish import MANIFEST_SUFFIX
from voiceover.script import Page
from voiceover.system.memory import available_bytes
from voiceover.types import Settings
from voiceover.types.lazy_dataclass import dataclass


class ScriptStatus(StrEnum):
    """What happened to a script."""

    MADE = "made"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    """Not public now, or without speech."""
    FAILED = "failed"
    UNFINISHED = "unfinished"
    """Not started, or interrupted; recorded takes are kept."""
    TO_DO = "to do"
    """In a dry run: it would be made."""


class WhyMissing(StrEnum):
    """Why a page has no episode, in words for the source of a public page: they name no file and no date."""

    NOT_MADE = "not made yet"
    DRAFT = "draft voice"
    SILENT = "nothing in it is spoken"
    NO_AUDIO = "audio: false"
    NOT_PUBLIC = "not public"


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """What to render, and how."""

    paths: tuple[str, ...]
    """Folders, files and globs."""
    output: Path
    listed: tuple[str, ...] = ()
    """Files and folders given as a list; files among them keep their folders in the output."""
    flags: Settings = field(default_factory=Settings)
    engine_options: Mapping[str, str] = field(default_factory=dict)
    cache_folder: Path | None = None
    jobs: int | None = None
    """Number of processes that record; None for as many as pay."""
    only: tuple[str, ...] = ()
    """Globs that select scripts by path or name."""
    refresh: bool = False
    fail_fast: bool = False
    dry_run: bool = False
    prune: bool = False
    timeout_seconds: float | None = None
    """Time limit per episode, from its plan to its files."""
    stop_at: float | None = None
    """Start no take after this time (seconds since the epoch); the newest scripts then come first."""
    state: Path | None = None
    """Folder for manifests, the journal and unfinished files; None for ``.voiceover`` beside the project file or the first path."""
    allow_draft: bool = False
    """Make episodes of the draft voice, too."""
    listing: Path | None = None
    """Where to write the JSON map from scripts to files."""
    store: str | None = None
    """URL or folder of a take store that several machines share."""
    allow_suspect: bool = False
    """True if suspect takes do not change the exit code."""
    cluster: str | None = None
    """Address of a Ray cluster that records; ``jobs`` is then that of each machine."""
    free_bytes: int | None = field(default_factory=available_bytes)
    """Memory that was free when the batch was asked for, so that the number of processes does not change with what it uses itself."""


@dataclass(frozen=True, slots=True)
class FoundScript:
    """A script and where its episode goes."""

    script: Path
    key: str
    """Path below the given folder, as a static site names the page: ``posts/hello/index.md``."""
    name: str
    """Path of the episode below the output folder: ``posts/hello/hello``."""
    language: str | None
    """The language in the file's name."""
    digest: str
    """SHA-256 of the script, computed before anything else was read."""
    page: Page
    unreadable: str = ""
    """The reason, if this entry is an unreadable folder."""


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file of an episode."""

    name: str
    bytes: int
    sha256: str
    stamp: tuple[int, ...] = ()
    """Its size, inode and times then (see ``contents``)."""

    @property
    def is_public(self) -> bool:
        """True if it is in the output folder; the manifest is not."""
        return not self.name.endswith(MANIFEST_SUFFIX)

    @property
    def is_stem(self) -> bool:
        """True for the files in the folder of stems, which are for editors, not for listeners."""
        return "/" in self.name


@dataclass(frozen=True, slots=True)
class EpisodeFacts:
    """What reports and listings contain about a finished episode."""

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
    """True if the loudness target was reached."""
    chapters: tuple[tuple[str, float], ...] = ()
    """Title and start in seconds."""
    suspect: int = 0
    """Number of suspect takes."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch did with one script."""

    found: FoundScript
    status: ScriptStatus
    reason: str
    """Why it was made, skipped or failed."""
    stem: str = ""
    """Path of its files below the output folder without extensions; empty if there are none."""
    recorded: int = 0
    reused: int = 0
    suspect: int = 0
    """Number of suspect takes in the finished episode."""
    to_record_seconds: float = 0.0
    """In a dry run: speech to record."""
    wall_seconds: float = 0.0
    facts: EpisodeFacts | None = None
    """In a report, only after ``BatchReport.full``."""
    files: tuple[OutputFile, ...] = ()
    notes: tuple[str, ...] = ()
    """Lines for the report."""
    log: tuple[str, ...] = ()
    """Lines for the log, with counts instead of warnings and unspoken content."""
    exit_code: int = 0
    """The exit code of the error, if it failed."""
    is_refused_draft: bool = False
    """True if it failed because only the draft voice would speak in it."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """Files in the output folder that no longer belong to a script."""

    stem: str
    reason: str
    files: tuple[OutputFile, ...]
    pruned: bool = False


@dataclass(frozen=True, slots=True)
class Night:
    """One run."""

    started: float
    """Seconds since the epoch."""
    wall_seconds: float
    made: int
    """Number of episodes."""
    failed: int
    unchanged: int
    suspect: int
    """Number of suspect takes in the episodes that were made."""
    speech_seconds: float
    """Speech in the episodes that were made."""
    seconds: float
    """Their length."""
    work_seconds: float
    """Time that was spent on them."""

    @property
    def rtf(self) -> float | None:
        """Time spent for each second of an episode; None if none was made."""
        return self.work_seconds / self.seconds if self.seconds else None


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
    """What prevented the batch from starting, or stopped it."""
    error_code: int = 0
    backlog_seconds: float | None = None
    """In a dry run: time that the work would take here."""
    rate_is_measured: bool | None = None
    """In a dry run: True if the backlog is estimated from measurements on this machine, None if there is no backlog."""
    abandoned: bool = False
    """True if a recording did not end: the process should exit without waiting for it."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Number of text files in the folders that were not used, by kind."""
    nights: tuple[Night, ...] = ()
    """The runs before this one, oldest first."""

    state: Path = Path()
    """The folder of manifests and unfinished files."""
    full: Callable[[Outcome], Outcome] = lambda outcome: outcome
    """Adds facts and files to the outcome of a finished episode. They are kept in the journal, because there may be very many."""

    def count(self, ending: ScriptStatus) -> int:
        return sum(outcome.status is ending for outcome in self.outcomes)

    @property
    def suspect(self) -> int:
        """Number of suspect takes in the episodes that were made."""
        return sum(outcome.suspect for outcome in self.outcomes if outcome.status is ScriptStatus.MADE)

    @property
    def exit_code(self) -> int:
        """0 success, 1 some failed, 2 nothing could start, 3 made with suspect takes, 129, 130 or 143 interrupted."""
        if self.error:
            return self.error_code
        if not self.count(ScriptStatus.FAILED):
            return 3 if self.suspect and not self.request.allow_suspect else 0
        return 2 if all(outcome.status is ScriptStatus.FAILED and outcome.exit_code == 2 for outcome in self.outcomes) else 1
