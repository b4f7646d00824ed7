"""Render one script to a finished episode."""

from __future__ import annotations

from collections.abc import Callable

from voiceover import takes
from voiceover.pipeline.context import EpisodeContext
from voiceover.pipeline.episode import finish_episode, no_progress, plan_episode, record, record_feed
from voiceover.pipeline.job import Job, Rendered
from voiceover.pipeline.steps import run_all
from voiceover.types import OnProgress

__all__ = ["finish_episode", "no_progress", "plan_episode", "record", "record_feed", "render"]


def render(job: Job, on_progress: OnProgress = no_progress, on_wait: Callable[[], None] | None = None) -> Rendered:
    """Make the episode of one script; nothing that exists already is recorded or encoded again.

    ``on_wait`` is called once if another run holds the episode and this one waits for it.
    """
    with EpisodeContext(job, on_progress=on_progress, on_wait=on_wait) as context:
        run_all(context)
        planned = len(context.plan.planned)
        if context.up_to_date is not None:
            return Rendered(context.up_to_date, 0, planned, False, context.plan)
        takes.collect_when_due(context.opened_store)
        return Rendered(context.result, context.recorded, planned - context.recorded, True, context.plan, context.retaken)
