"""Report the outcome of each script, and update the journal for the next batch."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from voiceover.batch.changes import ChangeDetector
from voiceover.batch.contents import stamp_of
from voiceover.batch.episode import ActiveEpisode
from voiceover.batch.journal import Journal
from voiceover.batch.types import EpisodeFacts, FoundScript, Outcome, OutputFile, ScriptStatus
from voiceover.errors import InputError, ScriptError, StoreError, VoiceoverError
from voiceover.pipeline.job import EpisodePlan
from voiceover.pipeline.suspects import suspect_takes, suspects_in_words
from voiceover.types import Episode, Severity, Status

_SILENT = "nothing-spoken"

log = logging.getLogger(__name__)


class DraftRefusedError(InputError):
    """Only the draft voice would speak in an episode, and the batch was not asked for such episodes."""


class OutcomeReporter:
    """Reports outcomes to the caller of a batch and to its journal."""

    def __init__(self, changes: ChangeDetector, journal: Journal, report: Callable[[Outcome], None]) -> None:
        self._changes, self._journal = changes, journal
        self.report = report
        """Reports an outcome that the journal need not know."""
        self.any_failed = False
        self.store_failures = 0
        """Number of episodes in a row that failed because of the take store."""

    def made(self, active: ActiveEpisode, finished: Episode) -> None:
        """Report an episode whose files were written."""
        self.store_failures = 0
        speech = sum(active.takes[address].frames / active.takes[address].sample_rate for address in active.addresses)
        why = f"{active.why}; {takes_in_words(active.plan)}"
        reused = sum(address not in active.own for address in active.addresses)
        self._finished(active, finished, ScriptStatus.MADE, why, speech, len(active.own), reused)

    def unchanged(self, active: ActiveEpisode, finished: Episode) -> None:
        """Report an episode whose files are up to date although its script or an input changed."""
        lines = active.plan.previous.lines if active.plan.previous else ()
        why = f"{active.why}, but nothing that is heard or read"
        self._finished(active, finished, ScriptStatus.UNCHANGED, why, sum(line.seconds for line in lines), 0, len(active.addresses))

    def silent(self, found: FoundScript, reason: str, dependencies: set[str], since_ns: int) -> None:
        """Report a script without speech; ``dependencies`` and ``since_ns`` are those of ``ChangeDetector.entry_of``."""
        old = self._journal.find(found.name)
        outputs = old.outputs if old is not None and old.stem == found.name else ()
        entry = self._changes.entry_of(found, found.name, dependencies, {}, since_ns)
        self._journal.put(found.name, replace(entry, silent=reason, outputs=outputs, left=bool(outputs)))
        self.report(Outcome(found, ScriptStatus.SKIPPED, reason))

    def failed(self, found: FoundScript, error: Exception, wall_seconds: float = 0.0) -> None:
        """Report a script that could not be planned, recorded or finished."""
        self.any_failed = True
        self.store_failures = self.store_failures + 1 if isinstance(error, StoreError) else 0
        code = error.exit_code if isinstance(error, VoiceoverError) else 1
        words = str(error) if isinstance(error, VoiceoverError) else f"{found.script}: {type(error).__name__}: {error}"
        if not isinstance(error, VoiceoverError):
            # A bug must not stop the other episodes; the traceback helps to fix it.
            log.error("%s", words, exc_info=error)
        drafted = isinstance(error, DraftRefusedError)
        self.report(Outcome(found, ScriptStatus.FAILED, words, wall_seconds=wall_seconds, exit_code=code, is_refused_draft=drafted))

    def unfinished(self, active: ActiveEpisode) -> None:
        """Report an episode that was interrupted."""
        self.report(Outcome(active.found, ScriptStatus.UNFINISHED, "stopped before it was finished", wall_seconds=active.wall_seconds))

    def _finished(
        self, active: ActiveEpisode, finished: Episode, status: ScriptStatus, why: str, speech_seconds: float, recorded: int, reused: int
    ) -> None:
        suspects = suspect_takes(active.plan)
        facts = facts_of(active.plan, finished, speech_seconds, len(suspects))
        words = suspects_in_words(suspects, active.found.script)
        each = (suspect.in_words(active.found.script) for suspect in suspects)
        files = tuple(OutputFile(file.name, file.bytes, file.sha256, stamp_of(str(file.path))) for file in finished.files)
        self._journal.put(active.found.name, replace(active.entry, outputs=files, facts=facts))
        self.report(
            Outcome(
                active.found,
                status,
                why,
                active.entry.stem,
                recorded=recorded,
                reused=reused,
                suspect=len(suspects),
                wall_seconds=active.wall_seconds,
                facts=facts,
                files=files,
                notes=tuple(filter(None, (words, *each, *notes_of(active.plan, finished)))),
                log=tuple(filter(None, (words, *log_of(active.plan, finished)))),
            )
        )


def facts_of(episode: EpisodePlan, finished: Episode, speech_seconds: float, suspect: int = 0) -> EpisodeFacts:
    """Return what reports and listings contain about a finished episode whose takes are ``speech_seconds`` long."""
    metadata, after = episode.metadata, finished.report.after
    return EpisodeFacts(
        metadata.title,
        metadata.language,
        metadata.date,
        metadata.engine,
        metadata.provisional,
        finished.seconds,
        speech_seconds,
        _finite(after.integrated_lufs),
        _finite(after.true_peak_dbtp),
        finished.report.reached,
        tuple((chapter.title, chapter.start_seconds) for chapter in finished.chapters),
        suspect,
    )


def is_silent(error: Exception) -> bool:
    """True if ``error`` only says that the script has nothing to speak."""
    return isinstance(error, ScriptError) and all(problem.code == _SILENT for problem in error.problems)


def silence_of(episode: EpisodePlan) -> str:
    """Say why the episode would have nothing to hear; empty if it has."""
    read = episode.checked.usable
    if not episode.plan.spoken:
        return f"{read.path}: nothing in it can be spoken"
    alone = read.article and len(read.segments) == 1 and read.segments[0].text == read.settings.title
    return f"{read.path}: only its title would be spoken" if alone else ""


def takes_in_words(episode: EpisodePlan) -> str:
    """Describe what will be recorded, such as ``3 lines: 2 new text, 1 voice changed``."""
    counts: dict[Status, int] = {}
    for planned in episode.plan.planned:
        if planned.status.to_record:
            counts[planned.status] = counts.get(planned.status, 0) + 1
    if not counts:
        return "all takes exist"
    total = sum(counts.values())
    return f"{total} line{'' if total == 1 else 's'}: " + ", ".join(f"{count} {status.value}" for status, count in counts.items())


def notes_of(episode: EpisodePlan, finished: Episode) -> tuple[str, ...]:
    """Return everything that the report lists about an episode: remarks of the engine, warnings, what is not spoken."""
    problems = (str(problem) for problem in episode.checked.problems)
    return tuple(dict.fromkeys(filter(None, (*episode.remarks, finished.report.note, *problems))))


def log_of(episode: EpisodePlan, finished: Episode) -> tuple[str, ...]:
    """Return the same for the log, with the problems of the script as counts."""
    severities = [problem.severity for problem in episode.checked.problems]
    warnings, unspoken = severities.count(Severity.WARNING), severities.count(Severity.UNSPOKEN)
    counts = [f"{warnings} warning{'' if warnings == 1 else 's'}"] * bool(warnings) + [f"{unspoken} not spoken"] * bool(unspoken)
    line = f"{', '.join(counts)}; the report and voiceover check list them" if counts else ""
    return tuple(filter(None, (*episode.remarks, finished.report.note, line)))


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None
