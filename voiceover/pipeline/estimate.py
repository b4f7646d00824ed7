"""What an episode will cost on this machine: time to record what is missing, and to master and encode the whole."""

from __future__ import annotations

from collections import defaultdict

from voiceover.pipeline.job import EpisodePlan
from voiceover.pipeline.rates import FINISH, MeasuredRates
from voiceover.takes import FileStore
from voiceover.types import EngineInfo, Utterance
from voiceover.types.lazy_dataclass import dataclass

FINISH_RATE = 0.02
"""Seconds to mix, master and encode a second of an episode on one core of a common processor, if it was not measured yet."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds of speech, and of work by the clock."""

    speech_seconds: float
    """Speech without gaps; of lines that have a take, its real length."""
    to_record_seconds: float
    """Speech that has to be recorded."""
    record_seconds: float
    finish_seconds: float
    measured: bool
    """True if all rates were measured on this machine; otherwise some are first guesses."""
    effort: str = ""
    """What the recording takes, in the engine's words, such as ``32 steps``."""
    faster: str = ""
    """Flag with which the engine is faster, such as ``--preset fast``."""
    faster_seconds: float = 0.0
    """Seconds of work with that flag."""

    @property
    def seconds(self) -> float:
        """All of the work."""
        return self.record_seconds + self.finish_seconds


def estimate(episode: EpisodePlan, store: FileStore, rates: MeasuredRates, jobs: int, cluster: str | None = None) -> Estimate:
    """Estimate the work for an episode that is not up to date, with ``jobs`` recording processes (on each machine of ``cluster``)."""
    to_record = episode.plan.to_record
    missing = {utterance.address for utterance in to_record}
    spoken = sum(_seconds(planned.utterance, missing, store) for planned in episode.plan.planned)
    recordings = sum(recording.utterance.estimate_seconds for recording in episode.plan.recordings)
    speech: dict[EngineInfo, float] = defaultdict(float)
    for utterance in to_record:
        speech[episode.plan.engine_of(utterance)] += utterance.estimate_seconds
    record_seconds, measured = rates.work(speech, jobs, cluster)
    finish_rate = rates.measured(FINISH)
    finish_seconds = (spoken + recordings) * (FINISH_RATE if finish_rate is None else finish_rate)
    effort, faster, faster_seconds = "", "", 0.0
    if len(speech) == 1 and all(utterance.options.steps is None for utterance in to_record):
        (engine,) = speech
        effort = engine.effort
        if engine.faster is not None:
            faster, times = engine.faster
            faster_seconds = record_seconds / times + finish_seconds
    return Estimate(
        spoken + recordings,
        sum(speech.values()),
        record_seconds,
        finish_seconds,
        measured and finish_rate is not None,
        effort,
        faster,
        faster_seconds,
    )


def _seconds(utterance: Utterance, missing: set[str], store: FileStore) -> float:
    """Return the length of a line: of its take, if there is one."""
    if utterance.address in missing:
        return utterance.estimate_seconds
    return store.seconds(utterance.address) or utterance.estimate_seconds
