"""Plan an episode: to estimate the work of a dry run, or locked and ready for recording."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from voiceover.batch.changes import ChangeDetector
from voiceover.batch.episode import ActiveEpisode
from voiceover.batch.outcomes import DraftRefusedError, OutcomeReporter, is_silent, silence_of, takes_in_words
from voiceover.batch.state import OutputState
from voiceover.batch.types import BatchRequest, FoundScript, Outcome, ScriptStatus
from voiceover.errors import RunError, VoiceoverError
from voiceover.pipeline.context import EpisodeContext, open_store
from voiceover.pipeline.estimate import estimate
from voiceover.pipeline.job import EpisodePlan, Job, OpenableEngine
from voiceover.pipeline.rates import MeasuredRates
from voiceover.pipeline.render import no_progress, plan_episode
from voiceover.pipeline.steps import run_after_recording, run_before_recording
from voiceover.pipeline.workers import most_workers
from voiceover.system.dependencies import recorded_dependencies
from voiceover.system.files import os_errors_as
from voiceover.takes import FileStore
from voiceover.types import Settings


def jobs_for(request: BatchRequest, engines: Mapping[str, OpenableEngine]) -> int:
    """Return the number of processes for engines that record together: as requested, else as many as pay, one per machine of a cluster."""
    if request.jobs is not None:
        return request.jobs
    return 1 if request.cluster is not None else most_workers((engine.info for engine in engines.values()), request.free_bytes)


def report_plan(
    request: BatchRequest, found: FoundScript, why: str, rates: MeasuredRates, reporter: OutcomeReporter, state: OutputState
) -> bool | None:
    """Report what would be done for a script, without doing it.

    Return True if the estimate is from measurements, False if it is a guess, None if there is nothing to do.
    """
    try:
        episode = plan_episode(_job(request, found, state), strict=True)
        _refuse_draft(request, episode)
    except Exception as error:
        if is_silent(error):
            reporter.report(Outcome(found, ScriptStatus.SKIPPED, str(error)))
        else:
            reporter.failed(found, error)
        return None
    if reason := silence_of(episode):
        reporter.report(Outcome(found, ScriptStatus.SKIPPED, reason))
        return None
    to_record = episode.plan.to_record
    if not to_record and episode.standing() is not None:
        reporter.report(Outcome(found, ScriptStatus.UNCHANGED, why))
        return None
    addresses = {planned.utterance.address for planned in episode.plan.planned}
    work = estimate(episode, open_store(request.cache_folder), rates, jobs_for(request, episode.engines), request.cluster)
    reporter.report(
        Outcome(
            found,
            ScriptStatus.TO_DO,
            f"{why}; {takes_in_words(episode)}",
            recorded=len(to_record),
            reused=len(addresses) - len(to_record),
            to_record_seconds=work.to_record_seconds,
            wall_seconds=work.seconds,
        )
    )
    return work.measured


def start_episode(
    request: BatchRequest,
    found: FoundScript,
    why: str,
    store: FileStore,
    changes: ChangeDetector,
    reporter: OutcomeReporter,
    state: OutputState,
) -> ActiveEpisode | None:
    """Lock and plan an episode. If there is nothing to record or write, report its outcome and return None."""
    started, since_ns = time.monotonic(), time.time_ns()
    dependencies: set[str] = set()
    try:
        job = _job(request, found, state)
    except VoiceoverError as error:
        reporter.failed(found, error)
        return None
    context = EpisodeContext(job, on_progress=no_progress, strict=True, remember_script=False, store=store)
    try:
        with recorded_dependencies() as dependencies:
            run_before_recording(context)
        _refuse_draft(request, context.plan)
        place = context.plan.place
        stem = (place.folder.relative_to(request.output) / place.stem).as_posix()
        entry = changes.entry_of(found, stem, dependencies, context.plan.plan.cast, since_ns)
        active = ActiveEpisode(found, why, context, entry, started, time.monotonic() - started)
        reason = silence_of(context.plan)
        if reason:
            reporter.silent(found, reason, dependencies, since_ns)
        elif context.up_to_date is not None:
            run_after_recording(context)
            reporter.unchanged(active, context.up_to_date)
        else:
            return active
    except Exception as error:
        if is_silent(error):
            reporter.silent(found, str(error), dependencies, since_ns)
        else:
            reporter.failed(found, error, time.monotonic() - started)
    except BaseException:
        context.close()
        raise
    context.close()
    return None


def _refuse_draft(request: BatchRequest, episode: EpisodePlan) -> None:
    """Raise DraftRefusedError if an episode would be one of the draft voice and those are not wanted in the output folder."""
    if episode.place.provisional and not request.allow_draft:
        raise DraftRefusedError(
            f"{episode.checked.usable.path}: the draft voice would speak in it; to make it all the same, pass --allow-draft"
        )


def _job(request: BatchRequest, found: FoundScript, state: OutputState) -> Job:
    name = PurePosixPath(found.name)
    folder = request.output / name.parent
    if folder.suffix and not request.dry_run:
        # An existing folder such as ep.mp3/ is not mistaken for a file name.
        with os_errors_as(RunError, "make the folder", folder):
            Path(folder).mkdir(parents=True, exist_ok=True)
    return Job(
        found.script,
        request.flags,
        folder,
        request.cache_folder,
        workers=request.jobs,
        refresh=request.refresh,
        wait=False,
        engine_options=request.engine_options,
        name=name.name,
        defaults=Settings(language=found.language),
        store=request.store,
        state=state.folder_of(found.name),
    )
