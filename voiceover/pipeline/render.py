"""Render one script to a finished episode."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from voiceover import takes
from voiceover.pipeline.context import EpisodeContext, open_store
from voiceover.pipeline.episode import finish_episode, no_progress, plan_episode, record, record_feed
from voiceover.pipeline.estimate import Estimate, estimate
from voiceover.pipeline.job import EpisodePlan, Job, Rendered
from voiceover.pipeline.rates import FINISH, MeasuredRates, engine_key
from voiceover.pipeline.steps import run_all
from voiceover.pipeline.workers import workers_for
from voiceover.system import folders
from voiceover.types import OnProgress

__all__ = ["estimate_episode", "finish_episode", "no_progress", "plan_episode", "record", "record_feed", "render"]

LEAST_SECONDS = 20.0
"""Shortest speech whose rate is kept: with less, starting the engine takes most of the time."""


def render(
    job: Job,
    on_progress: OnProgress = no_progress,
    on_wait: Callable[[], None] | None = None,
    on_estimate: Callable[[Estimate], None] | None = None,
) -> Rendered:
    """Make the episode of one script; nothing that exists already is recorded or encoded again.

    ``on_wait`` is called once if another run holds the episode and this one waits for it. ``on_estimate`` is called before anything is
    recorded, unless the episode is up to date.
    """

    def on_planned(context: EpisodeContext) -> None:
        if on_estimate is not None:
            on_estimate(estimate(context.plan, context.opened_store, rates, _jobs(job, context.plan), job.cluster))

    rates = _rates(job)
    with EpisodeContext(job, on_progress=on_progress, on_wait=on_wait, on_planned=on_planned) as context:
        run_all(context)
        planned = len(context.plan.planned)
        if context.up_to_date is not None:
            return Rendered(context.up_to_date, 0, planned, False, context.plan)
        takes.collect_when_due(context.opened_store)
        _keep_rates(rates, context)
        return Rendered(context.result, context.recorded, planned - context.recorded, True, context.plan, context.retaken)


def estimate_episode(job: Job, episode: EpisodePlan) -> Estimate:
    """Estimate the work for a planned episode that is not up to date, at the rates measured on this machine."""
    return estimate(episode, open_store(job.cache_folder, job.store), _rates(job), _jobs(job, episode), job.cluster)


def _rates(job: Job) -> MeasuredRates:
    return MeasuredRates(folders.cache_folder(None if job.cache_folder is None else Path(job.cache_folder)))


def _jobs(job: Job, episode: EpisodePlan) -> int:
    return job.workers or (1 if job.cluster else workers_for(episode.engines, episode.plan.to_record))


def _keep_rates(rates: MeasuredRates, context: EpisodeContext) -> None:
    """Keep how fast this render was, for the estimates of later ones; the time of several engines cannot be told apart."""
    seconds, engines = context.recorded_seconds, {context.plan.plan.engine_of(each) for each in context.plan.plan.to_record}
    if seconds >= LEAST_SECONDS and len(engines) == 1:
        key = engine_key(engines.pop().fingerprint, _jobs(context.job, context.plan), context.job.cluster)
        rates.add(key, context.wall_seconds["record"], seconds)
    if context.result.seconds >= LEAST_SECONDS and not context.result.parts:  # of chapters, only some may have been made
        rates.add(FINISH, context.wall_seconds["finish"], context.result.seconds)
    rates.save()
