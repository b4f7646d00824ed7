"""An episode at work, and what there is to say of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from voiceover import studio
from voiceover.batch.journal import Entry
from voiceover.batch.nouns import Facts, Found
from voiceover.errors import ScriptError, VoiceoverError
from voiceover.types import Episode, Status, Utterance

_SILENT = "nothing-spoken"


@dataclass(slots=True)
class Begun:
    """An episode at work."""

    found: Found
    why: str
    own: ExitStack
    """Holds its lock."""
    episode: studio.EpisodePlan
    entry: Entry
    started: float
    """By ``time.monotonic``."""
    wall_seconds: float
    """Of its own steps; its share of the recording is added."""

    @property
    def addresses(self) -> list[str]:
        return [planned.utterance.address for planned in self.episode.plan.planned]

    @property
    def record_seconds(self) -> float:
        """Speech to be recorded, as estimated."""
        return sum(utterance.estimate_seconds for utterance in self.episode.plan.to_record)


def facts_of(begun: Begun, finished: Episode, speech_seconds: float) -> Facts:
    """What is told of a finished episode whose takes are ``speech_seconds`` long."""
    metadata, after = begun.episode.metadata, finished.report.after
    return Facts(
        metadata.title,
        metadata.language,
        metadata.date,
        metadata.engine,
        metadata.provisional,
        finished.seconds,
        speech_seconds,
        _finite(after.integrated_lufs),
        _finite(after.true_peak_dbtp),
        finished.report.reached,
    )


def engine_of(begun: Begun) -> tuple[str, str]:
    return begun.episode.choice.name, begun.episode.plan.engine.fingerprint


def failure_of(begun: Begun, failed: Mapping[str, tuple[Utterance, VoiceoverError]]) -> VoiceoverError | None:
    """Why the episode cannot be made, where ``failed`` says of an utterance of it, by address, that it cannot be recorded."""
    for planned in begun.episode.plan.planned:
        if planned.utterance.address not in failed:
            continue
        utterance, error = failed[planned.utterance.address]
        own = planned.utterance.source
        return error if utterance.source == own else type(error)(f"{own}: the same line as {error}")
    return None


def is_silent(error: Exception) -> bool:
    return isinstance(error, ScriptError) and all(problem.code == _SILENT for problem in error.problems)


def silence_of(episode: studio.EpisodePlan) -> str:
    """Why there is nothing to hear, in words; empty where there is."""
    read = episode.checked.usable
    if not episode.plan.planned:
        return f"{read.path}: nothing in it can be said"
    alone = read.article and len(read.segments) == 1 and read.segments[0].text == read.settings.title
    return f"{read.path}: it speaks nothing but its title" if alone else ""


def takes_in_words(episode: studio.EpisodePlan) -> str:
    """``3 takes: 2 new text, 1 voice changed``."""
    counts: dict[Status, int] = {}
    for planned in episode.plan.planned:
        if planned.status.to_record:
            counts[planned.status] = counts.get(planned.status, 0) + 1
    if not counts:
        return "every take is there"
    total = sum(counts.values())
    return f"{total} line{'' if total == 1 else 's'}: " + ", ".join(f"{count} {status.value}" for status, count in counts.items())


def notes_of(episode: studio.EpisodePlan, finished: Episode) -> tuple[str, ...]:
    problems = (str(problem) for problem in episode.checked.problems)
    return tuple(filter(None, (*episode.remarks, finished.report.note, *problems)))


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None
