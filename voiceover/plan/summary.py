"""Summary figures of a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from voiceover.types import Plan, Status
from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """Figures of a plan; all durations are estimates of speech without the gaps."""

    counts: Mapping[Status, int]
    """Number of utterances per status, without statuses that do not occur."""
    utterances: int
    speech_seconds: float
    takes_to_record: int
    """Number of takes; equal lines share one."""
    record_seconds: float
    """Duration of speech in the takes to record."""
    kept: Mapping[str, int]
    """Number of utterances that keep the take of an older version, by reason (``kept: draft r3, now r4``)."""
    work_seconds: float
    """Time to record them on one worker, estimated from the real-time factors of the engines."""


def summarize(plan: Plan) -> PlanSummary:
    """Compute the figures of ``plan``."""
    to_record = plan.to_record
    record_seconds = sum(utterance.estimate_seconds for utterance in to_record)
    planned = plan.planned
    return PlanSummary(
        counts=Counter(item.status for item in planned),
        utterances=len(planned),
        speech_seconds=sum(item.utterance.estimate_seconds for item in planned),
        takes_to_record=len(to_record),
        record_seconds=record_seconds,
        kept=Counter(item.reason for item in planned if item.status is Status.KEPT),
        work_seconds=sum(utterance.estimate_seconds * plan.engine_of(utterance).realtime_factor for utterance in to_record),
    )
