"""The steps that make an episode, as one list for ``render`` and ``batch``.

    lock  plan  record  check  finish  register

``render`` runs all of them. A batch runs those before ``record`` for each episode, records the lines of many episodes as one queue, and
then runs the steps after it for each. A step added to ``STEPS`` is therefore run by both.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from voiceover import publish, takes
from voiceover.errors import ScriptError, VoiceoverError
from voiceover.pipeline.check import check_job
from voiceover.pipeline.context import EpisodeContext, open_store
from voiceover.pipeline.delivery import encoding_for
from voiceover.pipeline.episode import check_owner, finish_episode, plan_checked, raise_contents, target_paths
from voiceover.pipeline.episode import record as record_episodes
from voiceover.pipeline.pages import refresh_listening_pages
from voiceover.system import locks
from voiceover.system.files import remove_if_empty
from voiceover.types import OnProgress, Planned, Progress, Status, Utterance
from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an episode."""

    name: str
    run: Callable[[EpisodeContext], None]
    """Reads and updates the context. Raises VoiceoverError to stop the episode."""
    if_up_to_date: bool = False
    """True if the step also runs when the plan shows that the finished files are up to date."""


def lock(context: EpisodeContext) -> None:
    """Check the script, lock the episode, and complete what a killed run left. Raises ScriptError, OutputError, LockHeldError."""
    job = context.job
    context.checked = check_job(job)
    if context.checked.errors:
        raise ScriptError(context.checked.errors)
    target = target_paths(job, context.checked.settings)
    if target.split:
        for folder in {target.folder, target.work}:
            context.resources.callback(remove_if_empty, folder)
    publish.check_output(target.folder, target.draft.stem)
    context.resources.enter_context(locks.episode_lock(target.work, target.stem, job.wait, context.on_wait))
    for paths in (target, target.draft):
        publish.complete_pending(paths.folder, paths.stem, paths.state)
        if paths.state is not None:
            publish.take_over_episode(paths.folder, paths.stem, paths.state)


def plan(context: EpisodeContext) -> None:
    """Plan the episode; read the takes that exist, unless the finished files are up to date."""
    job = context.job
    store = context.store = context.store or open_store(job.cache_folder, job.store)
    episode = plan_checked(job, context.checked, store, strict=context.strict)
    if not (job.refresh and episode.plan.to_record):
        context.up_to_date = episode.standing()
    if context.up_to_date is None:
        publish.check_request(episode.place.formats, episode.metadata, encoding_for(episode.checked.settings))
        context.resources.enter_context(store.hold(planned.utterance.address for planned in episode.planned))
        context.takes.update(store.get_many(_kept(episode.planned)))
        if _kept(episode.planned) - context.takes.keys():
            # Reading removed a damaged take of an older version; a new plan decides how to record that line.
            episode = plan_checked(job, context.checked, store, strict=context.strict)
            context.resources.enter_context(store.hold(planned.utterance.address for planned in episode.planned))
        episode = check_owner(job, episode)
        context.takes.update((utterance.address, takes.keep_recording(utterance, store)) for utterance in episode.recordings)
        addresses = {planned.utterance.address for planned in episode.planned}
        context.takes.update(store.get_many(addresses - context.takes.keys()))
        raise_contents(episode, store)
        if recordings := episode.plan.recordings:
            context.resources.enter_context(store.hold(recording.utterance.address for recording in recordings))
            context.takes.update(takes.adopt_recordings(recordings, store))
        if episode.checked.settings.listen:
            from voiceover.pipeline.verdicts import listener_for  # numpy

            context.listener, episode = listener_for(episode)
    context.plan = episode


def record(context: EpisodeContext) -> None:
    """Record the takes that do not exist yet. A batch does this for many episodes at once instead."""
    if context.on_planned is not None:
        context.on_planned(context)
    counter = _TakeCounter(context.on_progress)
    job = context.job

    def on_failed(utterance: Utterance, error: VoiceoverError) -> None:
        if not context.rounds.may_try_again(utterance, error):
            raise error
        context.rounds.fail(utterance, error)

    found = record_episodes(
        [context.plan],
        context.opened_store,
        job.workers,
        counter,
        on_failed=on_failed,
        cluster=job.cluster,
        known=context.takes,
    )
    context.recorded_seconds = sum(take.frames / take.sample_rate for address, take in found.items() if address not in context.takes)
    context.takes.update(found)
    context.recorded = counter.recorded


def check(context: EpisodeContext) -> None:
    """Judge every take, now that all of them exist; record the suspect ones again, and keep the best attempt at each line.

    A batch has recorded all attempts before.
    """
    job = context.job
    while requests := context.attempts_to_record():
        found = record_episodes(
            [context.plan],
            context.opened_store,
            job.workers,
            lambda progress: context.on_progress(replace(progress, stage=RETAKE)),
            on_failed=context.rounds.fail,
            cluster=job.cluster,
            requests=requests,
        )
        context.takes.update(found)
        context.retaken += len(found)
    judged = context.rounds.result()
    context.plan, context.verdicts, context.attempts = replace(context.plan, plan=judged.plan), judged.verdicts, judged.attempts


def finish(context: EpisodeContext) -> None:
    """Mix, master and publish. If the episode has a page, that is made again, too."""
    context.finished = finish_episode(
        context.plan, context.takes, context.on_progress, verdicts=context.verdicts, attempts=context.attempts
    )
    refresh_listening_pages(context.plan.place, context.plan.metadata.description, context.job.cache_folder)


def register(context: EpisodeContext) -> None:
    """Protect the takes of the finished episode from garbage collection; after a killed run, that may still be missing."""
    script = context.job.script if context.remember_script else None
    context.opened_store.register_manifest(context.plan.place.manifest, script)


RETAKE = "retake"
"""Stage of the progress of takes that are recorded again."""
RECORD = Step("record", record)
STEPS = [
    Step("lock", lock),
    Step("plan", plan),
    RECORD,
    Step("check", check),
    Step("finish", finish),
    Step("register", register, if_up_to_date=True),
]


def run_all(context: EpisodeContext) -> None:
    """Run every step."""
    _run(context, STEPS)


def run_before_recording(context: EpisodeContext) -> None:
    """Run the steps before ``record``; after that the context has a plan."""
    _run(context, STEPS[: STEPS.index(RECORD)])


def run_after_recording(context: EpisodeContext) -> None:
    """Run the steps after ``record``, for a caller that has put every take into ``context.takes``."""
    _run(context, STEPS[STEPS.index(RECORD) + 1 :])


def _run(context: EpisodeContext, steps: Sequence[Step]) -> None:
    for step in steps:
        if context.up_to_date is None or step.if_up_to_date:
            started = time.monotonic()
            step.run(context)
            context.wall_seconds[step.name] = time.monotonic() - started


def _kept(planned: Sequence[Planned]) -> set[str]:
    """Return the addresses of takes that an older version made and that are kept."""
    return {each.utterance.address for each in planned if each.status is Status.KEPT}


class _TakeCounter:
    """Passes progress on and counts the recorded takes: a damaged take is recorded too, although the plan counted it as existing."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._at_start: float | None = None
        self.recorded = 0

    def __call__(self, progress: Progress) -> None:
        if self._at_start is None:
            self._at_start = progress.done
        self.recorded = round(progress.done - self._at_start)
        self._on_progress(progress)
