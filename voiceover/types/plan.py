"""The plan: the utterances to speak, and which takes have to be recorded."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from voiceover.types.engines import EngineInfo, SpokenSpan, Utterance
from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.script import Chapter, Cue, Pause, Scene
from voiceover.types.settings import Options
from voiceover.types.sounds import FILES_RATE, SoundFile, Soundtrack
from voiceover.types.voices import Cast, Voice


class Status(StrEnum):
    """Why a take will be recorded or not."""

    CACHED = "cached"
    KEPT = "kept"
    """Recorded by an older version and still used, since the line has not changed."""
    NEW_TEXT = "new text"
    VOICE_CHANGED = "voice changed"
    ENGINE_CHANGED = "engine changed"
    OPTION_CHANGED = "option changed"
    LOST = "take lost"
    """Recorded before, but no longer in the store."""
    REFRESHED = "refreshed"
    """To be re-recorded because of ``--refresh``."""

    @property
    def to_record(self) -> bool:
        """True if the take has to be recorded."""
        return self not in (Status.CACHED, Status.KEPT)


@dataclass(frozen=True, slots=True)
class Respelling:
    """Words that are spoken differently from how they are displayed."""

    text: str
    """As displayed."""
    spoken: str
    """As spoken; ``/ipa/`` if the sounds are given."""
    rule: str
    """What changed them: a rule of the language, ``lexicon``, ``say``, ``ipa``, ``url`` or a kind of sign."""


@dataclass(frozen=True, slots=True)
class Planned:
    """An utterance and the status of its take."""

    utterance: Utterance
    status: Status
    reason: str
    """The status for people to read, such as ``kept: draft r3, now r4``."""
    respellings: tuple[Respelling, ...] = ()
    """What is spoken differently from how it is displayed, in order; empty for a take that older rules spelled."""


@dataclass(frozen=True, slots=True)
class PlannedRecording:
    """A recorded turn: the words of an utterance that no engine speaks."""

    utterance: Utterance
    """``voice`` is the file as the script names it, and ``engine`` is empty."""
    file: SoundFile


PlanItem: TypeAlias = Planned | PlannedRecording | Pause | Scene | Chapter | Cue


@dataclass(frozen=True, slots=True)
class Plan:
    """What to speak, in order."""

    items: tuple[PlanItem, ...]
    engines: Mapping[str, EngineInfo]
    """The engines that the cast needs, by name; ``speaking`` are those that have a line here."""
    cast: Cast
    soundtrack: Soundtrack | None = None
    """The files that are played; None if there are none and the episode is mono."""

    @property
    def planned(self) -> tuple[Planned, ...]:
        """What engines speak."""
        return tuple(item for item in self.items if isinstance(item, Planned))

    @property
    def recordings(self) -> tuple[PlannedRecording, ...]:
        """The recorded turns."""
        return tuple(item for item in self.items if isinstance(item, PlannedRecording))

    @property
    def spoken(self) -> tuple[Utterance, ...]:
        """Everything that is said, by engines and in recordings, in order."""
        return tuple(item.utterance for item in self.items if isinstance(item, Planned | PlannedRecording))

    @property
    def speaking(self) -> tuple[EngineInfo, ...]:
        """The engines that speak a line, by name in alphabetical order; all of them if there is no line."""
        names = {planned.utterance.engine for planned in self.planned if planned.utterance.recording is None} or set(self.engines)
        return tuple(self.engines[name] for name in sorted(names))

    @property
    def provisional(self) -> bool:
        """True if a stand-in voice speaks a line."""
        return any(engine.provisional for engine in self.speaking)

    @property
    def sample_rate(self) -> int:
        """The sample rate of the mix: the highest of the engines that speak, or ``FILES_RATE`` if files are played."""
        if self.soundtrack is not None and (self.soundtrack.sounds or self.soundtrack.recordings):
            return FILES_RATE
        return max(engine.sample_rate for engine in self.speaking)

    def voice_of(self, utterance: Utterance) -> Voice:
        """Return the voice of ``utterance`` as the engine gets it."""
        voice = self.cast[utterance.speaker]
        return voice.with_short_clips() if utterance.short_reference else voice

    def engine_of(self, utterance: Utterance) -> EngineInfo:
        """Return the engine that speaks ``utterance``."""
        return self.engines[utterance.engine]

    @property
    def to_record(self) -> tuple[Utterance, ...]:
        """The utterances that need a recording, one per address, in order of first use."""
        unique: dict[str, Utterance] = {}
        for planned in self.planned:
            if planned.status.to_record:
                unique.setdefault(planned.utterance.address, planned.utterance)
        return tuple(unique.values())


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """The entry of one take in an episode's last manifest."""

    address: str
    line_key: str
    segment_key: str
    speaker: str
    style: str
    text: str
    spoken: tuple[SpokenSpan, ...]
    options: Options
    seed: int
    attempt: int
    voice_digest: str
    engine: str
    """Name of the engine."""
    model: str | None
    fingerprint: str
    revision: int
    seconds: float
    attempts: tuple[str, ...] = ()
    """Addresses of all attempts, in order, if the line was recorded again since its take was bad; ``address`` is the one that is heard."""

    @property
    def first_address(self) -> str:
        """The address of the first attempt, which a plan begins with."""
        return self.attempts[0] if self.attempts else self.address
