"""An episode at work, and what there is to say of it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field

from voiceover.batch.journal import JournalEntry
from voiceover.batch.types import EpisodeFacts, FoundScript
from voiceover.errors import ScriptError, VoiceoverError
from voiceover.pipeline.job import EpisodePlan
from voiceover.types import Episode, Severity, Status, Take, Utterance

_SILENT = "nothing-spoken"


@dataclass(slots=True)
class ActiveEpisode:
    """An episode at work."""

    found: FoundScript
    why: str
    holds: ExitStack
    """Its lock, and its takes in the store."""
    episode: EpisodePlan
    entry: JournalEntry
    started: float
    """By ``time.monotonic``."""
    wall_seconds: float
    """Of its own steps; its share of the recording is added."""
    takes: dict[str, Take] = field(default_factory=dict)
    """Those that were there, by address."""
    awaited: set[str] = field(default_factory=set)
    """Addresses of those that are being recorded."""
    own: dict[str, float] = field(default_factory=dict)
    """Seconds of speech, as estimated, that are recorded for this episode and not for one begun before it, by address."""
    record_wall_seconds: float = 0.0
    """Its share of the recording, without the time that recorders take to start."""
    record_speech_seconds: float = 0.0
    """Seconds of speech, as estimated, that were recorded in that time."""
    error: Exception | None = None
    """Why it cannot be made."""

    @property
    def addresses(self) -> frozenset[str]:
        return frozenset(planned.utterance.address for planned in self.episode.plan.planned)

    @property
    def is_ready(self) -> bool:
        """Whether nothing is awaited any more."""
        return self.error is not None or not self.awaited


def facts_of(active: ActiveEpisode, finished: Episode, speech_seconds: float) -> EpisodeFacts:
    """What is told of a finished episode whose takes are ``speech_seconds`` long."""
    metadata, after = active.episode.metadata, finished.report.after
    return EpisodeFacts(
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
        tuple((chapter.title, chapter.start_seconds) for chapter in finished.chapters),
    )


def engine_of(active: ActiveEpisode) -> tuple[str, str]:
    return active.episode.choice.name, active.episode.plan.engine.fingerprint


def failure_of(active: ActiveEpisode, utterance: Utterance, error: VoiceoverError) -> VoiceoverError:
    """``error`` of an utterance that cannot be recorded, as this episode's, which says it too."""
    sources = [planned.utterance.source for planned in active.episode.plan.planned if planned.utterance.address == utterance.address]
    return error if utterance.source in sources else type(error)(f"{sources[0]}: the same line as {error}")


def is_silent(error: Exception) -> bool:
    return isinstance(error, ScriptError) and all(problem.code == _SILENT for problem in error.problems)


def silence_of(episode: EpisodePlan) -> str:
    """Why there is nothing to hear, in words; empty where there is."""
    read = episode.checked.usable
    if not episode.plan.planned:
        return f"{read.path}: nothing in it can be said"
    alone = read.article and len(read.segments) == 1 and read.segments[0].text == read.settings.title
    return f"{read.path}: it speaks nothing but its title" if alone else ""


def takes_in_words(episode: EpisodePlan) -> str:
    """``3 takes: 2 new text, 1 voice changed``."""
    counts: dict[Status, int] = {}
    for planned in episode.plan.planned:
        if planned.status.to_record:
            counts[planned.status] = counts.get(planned.status, 0) + 1
    if not counts:
        return "every take is there"
    total = sum(counts.values())
    return f"{total} line{'' if total == 1 else 's'}: " + ", ".join(f"{count} {status.value}" for status, count in counts.items())


def notes_of(episode: EpisodePlan, finished: Episode) -> tuple[str, ...]:
    """Describe everything that the report lists about an episode: remarks of the engine, warnings, what is not spoken."""
    problems = (str(problem) for problem in episode.checked.problems)
    return tuple(dict.fromkeys(filter(None, (*episode.remarks, finished.report.note, *problems))))


def log_of(episode: EpisodePlan, finished: Episode) -> tuple[str, ...]:
    """Describe the same for the log, with the problems of the script as counts."""
    severities = [problem.severity for problem in episode.checked.problems]
    warnings, unspoken = severities.count(Severity.WARNING), severities.count(Severity.UNSPOKEN)
    counts = [f"{warnings} warning{'' if warnings == 1 else 's'}"] * bool(warnings) + [f"{unspoken} not spoken"] * bool(unspoken)
    line = f"{', '.join(counts)}; the report and voiceover check list them" if counts else ""
    return tuple(filter(None, (*episode.remarks, finished.report.note, line)))


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None
