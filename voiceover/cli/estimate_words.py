"""What an episode will cost, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceover.cli.terminal import clock

if TYPE_CHECKING:
    from voiceover.pipeline.estimate import Estimate

WORTH_SAYING_SECONDS = 120.0
"""Work for which a render says beforehand how long it will take."""


def cost_in_words(work: Estimate) -> str | None:
    """Return what a render will take, and what would be faster; None if it will not take long."""
    if work.seconds < WORTH_SAYING_SECONDS:
        return None
    effort = f" at {work.effort}" if work.effort else ""
    guessed = "" if work.measured else " (guessed; measured while it runs)"
    faster = f"; {work.faster}: about {_about(work.faster_seconds)}" if work.faster else ""
    return f"about {_about(work.seconds)}{effort}{guessed}{faster}"


def work_in_words(work: Estimate) -> str:
    """Return the estimate of a plan in one line."""
    rates = "at the rates measured on this machine" if work.measured else "at default rates, until a render has been measured"
    record = f"{clock(work.record_seconds)} to record, " if work.to_record_seconds else ""
    return f"about {clock(work.seconds)} of work: {record}{clock(work.finish_seconds)} to master and encode ({rates})"


def _about(seconds: float) -> str:
    """Return ``40 min`` or ``3 h 10 min``; from an hour on it is rounded to ten minutes."""
    minutes = max(round(seconds / 60), 1)
    if minutes < 60:
        return f"{minutes} min"
    hours, left = divmod(10 * round(minutes / 10), 60)
    return f"{hours} h {left} min" if left else f"{hours} h"
