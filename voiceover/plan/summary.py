"""A plan in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from voiceover.types import Plan, Status


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """What a plan comes to; all lengths are estimates of speech without the gaps."""

    counts: Mapping[Status, int]
    """Utterances by status; a status without any is absent."""
    utterances: int
    speech_seconds: float
    takes_to_record: int
    """Equal lines share a take."""
    record_seconds: float
    """Speech in the takes to record."""
    kept: Mapping[str, int]
    """Utterances whose take stays although newer rules exist, by the reason in words (``kept: draft r3, now r4``)."""
    work_seconds: float
    """Time to record them on one worker, by the engine's own figure."""


def summarize(plan: Plan) -> PlanSummary:
    """Count and add up what ``plan`` holds."""
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
        work_seconds=record_seconds * plan.engine.realtime_factor,
    )
