"""An episode of a batch that is in progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from voiceover.batch.entries import JournalEntry
from voiceover.batch.types import FoundScript
from voiceover.errors import VoiceoverError
from voiceover.pipeline.context import EpisodeContext
from voiceover.pipeline.job import EpisodePlan, OpenableEngine
from voiceover.types import Take, Utterance
from voiceover.types.lazy_dataclass import dataclass


@dataclass(slots=True)
class ActiveEpisode:
    """An episode in progress: locked and planned, its takes being recorded or waiting for the last steps."""

    found: FoundScript
    why: str
    """Why it is made."""
    context: EpisodeContext
    """Holds its lock, plan and takes."""
    entry: JournalEntry
    started: float
    """By ``time.monotonic``."""
    wall_seconds: float
    """Time of its own steps; its share of the recording is added."""
    awaited: set[str] = field(default_factory=set)
    """Addresses of takes that are being recorded."""
    own: dict[str, float] = field(default_factory=dict)
    """Estimated seconds of speech that are recorded for this episode and not for an earlier one, by address."""
    record_wall_seconds: float = 0.0
    """Its share of the recording time, without the start of workers and models."""
    record_speech_seconds: float = 0.0
    """Estimated seconds of speech that were recorded in that time."""
    error: Exception | None = None
    """Why it cannot be made."""
    retakes: set[str] = field(default_factory=set)
    """Addresses of takes that are recorded since the one before was suspect; one that cannot be recorded stops nothing."""
    is_judged: bool = False
    """True once no take has to be recorded again."""

    @property
    def plan(self) -> EpisodePlan:
        """The plan of the episode."""
        return self.context.plan

    @property
    def takes(self) -> Mapping[str, Take]:
        """The takes read so far, by address."""
        return self.context.takes

    @property
    def addresses(self) -> frozenset[str]:
        """The addresses of all its takes."""
        return frozenset(planned.utterance.address for planned in self.plan.planned)

    @property
    def engines(self) -> Mapping[str, OpenableEngine]:
        """The engines of its lines, by name."""
        return {info.name: self.plan.engines[info.name] for info in self.plan.plan.speaking}

    @property
    def is_ready(self) -> bool:
        """True if it waits for no more takes."""
        return self.error is not None or not self.awaited

    def may_try_again(self, utterance: Utterance, error: VoiceoverError) -> bool:
        """True if the episode can be made although an attempt at a line cannot be recorded."""
        return utterance.address in self.retakes or self.context.rounds.may_try_again(utterance, error)

    def failure(self, utterance: Utterance, error: VoiceoverError) -> VoiceoverError:
        """Return ``error`` with a place in this episode's script, for an utterance that another episode shares."""
        sources = [planned.utterance.source for planned in self.plan.planned if planned.utterance.address == utterance.address]
        return error if utterance.source in sources else type(error)(f"{sources[0]}: the same line as {error}")
