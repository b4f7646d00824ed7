"""Run a batch, from its paths to its report."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from voiceover.batch.awake import awake
from voiceover.batch.changes import ChangeDetector
from voiceover.batch.entries import JournalEntry
from voiceover.batch.find import find_scripts, selected
from voiceover.batch.journal import Journal, old_journal_path
from voiceover.batch.left_out import LeftOutFiles
from voiceover.batch.nights import night_of, note_night, read_nights
from voiceover.batch.orphans import find_orphans, prune, remove_empty_folders
from voiceover.batch.outcomes import OutcomeReporter
from voiceover.batch.planning import report_plan
from voiceover.batch.projects import ProjectLookup
from voiceover.batch.site_index import write_listing
from voiceover.batch.state import output_state
from voiceover.batch.types import BatchReport, BatchRequest, FoundScript, Orphan, Outcome, ScriptStatus, WhyMissing
from voiceover.batch.work import EpisodeMaker
from voiceover.errors import InputError, LockHeldError, StoreError, VoiceoverError
from voiceover.pipeline.rates import MeasuredRates
from voiceover.pipeline.render import no_progress
from voiceover.script import moment_of
from voiceover.system import folders
from voiceover.system.dependencies import unchanged_files
from voiceover.system.locks import batch_lock
from voiceover.types import OnProgress

INTERRUPTED = 130

log = logging.getLogger(__name__)


def ignore_outcome(outcome: Outcome) -> None:
    """Report nothing."""


def run_batch(
    request: BatchRequest,
    on_end: Callable[[BatchReport], None],
    on_outcome: Callable[[Outcome], None] = ignore_outcome,
    on_progress: OnProgress = no_progress,
    on_crashed: Callable[[], None] = lambda: None,
) -> BatchReport:
    """Make what is new or changed, and return a report.

    ``on_end`` gets the report in every case except a held lock, before anything is raised: an interruption, or VoiceoverError if nothing
    could start. ``on_outcome`` is called for each script, ``on_crashed`` if the last batch here was killed.
    """
    run = _Run(request, on_outcome, on_progress)
    try:
        if request.dry_run:
            run.dry()
        else:
            if not request.output.exists() or not run.state.home.exists():
                run.find()  # taking the lock creates the folders, which a mistyped path should not
            run.open_state()
            with batch_lock(request.output, run.state.home) as crashed:
                if crashed:
                    on_crashed()
                with awake():
                    run.real()
    except LockHeldError:
        raise
    except VoiceoverError as error:
        on_end(run.noted(replace(run.report(), error=str(error), error_code=error.exit_code)))
        raise
    except BaseException as error:
        # The command line's own interruptions have an exit code.
        code = 1 if isinstance(error, Exception) else getattr(error, "exit_code", INTERRUPTED)
        words = f"{type(error).__name__}: {error}" if isinstance(error, Exception) else "interrupted"
        on_end(run.noted(replace(run.report(), interrupted=not isinstance(error, Exception), error=words, error_code=code)))
        raise
    report = run.report()
    on_end(run.noted(report))
    return report


class _Run:
    def __init__(self, request: BatchRequest, on_outcome: Callable[[Outcome], None], on_progress: OnProgress) -> None:
        self._request, self._on_outcome, self._on_progress = request, on_outcome, on_progress
        self._started, self._clock = time.time(), time.monotonic()
        self._projects = ProjectLookup()
        self._left_out = LeftOutFiles()
        self.state = output_state(request)
        """Where manifests, the journal and unfinished files are."""
        self._changes = ChangeDetector(request, self._projects, self.state)
        self._opened = False
        self._journal: Journal | None = None
        self._found: list[FoundScript] = []
        self._outcomes: dict[str, Outcome] = {}
        self._orphans: list[Orphan] = []
        self._kept_out: dict[str, str] = {}
        self._work: EpisodeMaker | None = None
        self._rates = MeasuredRates(folders.cache_folder(request.cache_folder))
        self._estimates: list[bool] = []
        """For each episode of the backlog, True if its estimate is from measurements."""

    def report(self) -> BatchReport:
        backlog = None
        if self._request.dry_run:
            backlog = sum(outcome.wall_seconds for outcome in self._outcomes.values() if outcome.status is ScriptStatus.TO_DO)
        return BatchReport(
            self._request,
            tuple(self._outcomes[script.name] for script in self._found if script.name in self._outcomes),
            tuple(self._orphans),
            self._started,
            time.monotonic() - self._clock,
            backlog_seconds=backlog,
            rate_is_measured=all(self._estimates) if self._estimates else None,
            abandoned=self._work is not None and self._work.abandoned,
            left_out=self._left_out.counts(),
            state=self.state.home,
            full=self._full,
        )

    def _full(self, outcome: Outcome) -> Outcome:
        if outcome.status not in (ScriptStatus.MADE, ScriptStatus.UNCHANGED) or self._journal is None:
            return outcome
        entry = self._journal.find(outcome.found.name)
        return outcome if entry is None else replace(outcome, facts=entry.facts, files=entry.outputs)

    def open_state(self) -> None:
        """Make the state folder, which may come with somebody else's project, or refuse it."""
        self.state.open(is_default=self._request.state is None)
        self._opened = True

    def noted(self, report: BatchReport) -> BatchReport:
        """Note the run among the last ones, and return the report with those before it."""
        if not self._opened:
            return report
        nights = read_nights(self.state.home)
        note_night(self.state.home, (*nights, night_of(report)))
        return replace(report, nights=nights)

    def find(self) -> None:
        """Find the scripts, only once."""
        self._found = find_scripts(self._request, self._read_journal(), self._projects, self._left_out)

    def dry(self) -> None:
        """Report what would be made."""
        journal = self._journal = self._read_journal()
        queue = self._look(journal)
        reporter = OutcomeReporter(self._changes, journal, self._tell)
        with unchanged_files():
            for script, why in queue:
                measured = report_plan(self._request, script, why, self._rates, reporter, self.state)
                if measured is not None:
                    self._estimates.append(measured)
        self._orphans = self._left_over(journal)

    def real(self) -> None:
        """Make the episodes."""
        journal = self._journal = self._read_journal()
        todo = self._look(journal)
        reporter = OutcomeReporter(self._changes, journal, self._tell)
        reporter.any_failed = any(outcome.status is ScriptStatus.FAILED for outcome in self._outcomes.values())
        try:
            self._work = self._open_work(reporter)
            self._work.make(deque(todo))
        finally:
            for script, _ in todo:
                self._tell(Outcome(script, ScriptStatus.UNFINISHED, "not started"))  # ignored if it has an outcome
            self._rates.save()
            journal.save()
            for script, _ in todo:
                remove_empty_folders(self.state, script.name)  # if nothing was written
        self._orphans = self._left_over(journal)
        if self._request.prune:
            self._orphans = prune(journal, self.state, self._orphans)
            journal.save()
        if self._projects.unreadable and self._request.listing is not None:
            log.warning("%s: not updated, because not all folders could be read", self._request.listing)
        elif self._request.listing is not None:
            scripts = ((script, self._listed(script, journal)) for script in self._found if not script.page.show)
            write_listing(self._request.listing, scripts)

    def _open_work(self, reporter: OutcomeReporter) -> EpisodeMaker:
        try:
            return EpisodeMaker(self._request, self._changes, reporter, self._rates, self._on_progress, self.state)
        except StoreError as error:  # nothing could start
            raise InputError(str(error)) from error

    def _left_over(self, journal: Journal) -> list[Orphan]:
        names = {script.name for script in self._found}
        return find_orphans(self._request, journal, self._changes, self._projects, self.state, names, self._kept_out)

    def _listed(self, script: FoundScript, journal: Journal) -> JournalEntry | WhyMissing:
        """Return the episode of a page that can be played, or why there is none."""
        if script.name in self._kept_out:
            return WhyMissing.NOT_PUBLIC if script.page.audio else WhyMissing.NO_AUDIO
        entry = journal.find(script.name)
        if entry is not None and entry.silent:
            return WhyMissing.SILENT
        if entry is not None and self._is_there(script, entry):
            return entry
        outcome = self._outcomes.get(script.name)
        return WhyMissing.DRAFT if outcome is not None and outcome.is_refused_draft else WhyMissing.NOT_MADE

    def _is_there(self, script: FoundScript, entry: JournalEntry) -> bool:
        """True if the episode has files that can be played; if it failed or was not started, that is checked here."""
        outcome = self._outcomes.get(script.name)
        if outcome is not None and outcome.status in (ScriptStatus.MADE, ScriptStatus.UNCHANGED):
            return True
        return all(Path(self.state.path_of(entry.stem, file.name)).is_file() for file in entry.outputs)

    def _look(self, journal: Journal) -> list[tuple[FoundScript, str]]:
        """Return the scripts to plan, each with the reason; report the outcome of the others."""
        request, now = self._request, datetime.now().astimezone()
        found = self._found = self._found or find_scripts(request, journal, self._projects, self._left_out)
        chosen = {script.name for script in selected(found, request.only)}
        todo: list[tuple[FoundScript, str]] = []
        for script in found:
            kept_out = script.page.kept_out(now)
            if kept_out:
                self._kept_out[script.name] = kept_out
            if script.name not in chosen:
                continue
            if kept_out:
                self._tell(Outcome(script, ScriptStatus.SKIPPED, kept_out))
                continue
            if script.unreadable:
                self._tell(Outcome(script, ScriptStatus.FAILED, script.unreadable, exit_code=2))
                continue
            entry = journal.find(script.name)
            why = self._changes.why(script, entry)
            if not why and request.refresh:
                why = "--refresh"
            if why or entry is None:
                todo.append((script, why))
            else:
                self._report_unchanged(script, entry, journal)
        if request.stop_at is not None:
            todo.sort(key=lambda one: _age(one[0]))
        return todo

    def _read_journal(self) -> Journal:
        return Journal(self.state.journal, old_journal_path(self._request.output, self._request.cache_folder))

    def _report_unchanged(self, script: FoundScript, entry: JournalEntry, journal: Journal) -> None:
        if entry.silent:
            self._tell(Outcome(script, ScriptStatus.SKIPPED, entry.silent))
            return
        now = self._changes.with_new_stamps(entry)
        if not self._request.dry_run and now != entry:
            journal.put(script.name, now)
        self._tell(
            Outcome(script, ScriptStatus.UNCHANGED, "nothing has changed", entry.stem, suspect=entry.facts.suspect, facts=entry.facts)
        )

    def _tell(self, outcome: Outcome) -> None:
        if outcome.found.name in self._outcomes:
            return
        finished = outcome.status in (ScriptStatus.MADE, ScriptStatus.UNCHANGED)
        self._outcomes[outcome.found.name] = replace(outcome, facts=None, files=()) if finished else outcome
        self._on_outcome(outcome)


def _age(script: FoundScript) -> tuple[float, str]:
    """Return a sort key: newest first, scripts without a date last."""
    with suppress(OverflowError, OSError):
        moment = moment_of(script.page.date or script.page.publish)
        if moment is not None:
            return -moment.timestamp(), script.name
    return float("inf"), script.name
