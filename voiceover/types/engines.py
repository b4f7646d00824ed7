"""Engines: what they are given, what they return, and what they report about themselves."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from voiceover.types.choices import OwnRecording, TakeChoice
from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.problems import Source
from voiceover.types.settings import Options
from voiceover.types.sound import Audio
from voiceover.types.voices import Voice

DEFAULT_RANK = 100


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What an engine reports about itself."""

    name: str
    revision: int
    """Raised by hand when the engine's sound changes."""
    fingerprint: str
    """Everything its sound depends on besides the utterance: name, revision, model digest, backend, precision."""
    sample_rate: int
    window_seconds: float
    """Longest audio of one call; includes the reference clip if ``reference_in_window``."""
    reference_in_window: bool
    """True if the engine uses the voice's reference clip, besides its settings in ``Style.settings``."""
    options: frozenset[str] = frozenset({"speed", "seed"})
    """Fields of ``Options`` that change its sound; no other enters an address."""
    unavailable: tuple[tuple[str, str, str], ...] = ()
    """(option, value, reason) for each value that cannot be used here: duration, predictor, "the model came without one"."""
    languages: frozenset[str] | None = None
    """Primary language subtags it speaks; None for any."""
    provisional: bool = False
    """True for a stand-in: its episodes are named ``NAME.draft.*``."""
    realtime_factor: float = 1.0
    """Seconds of work per second of speech: a first guess for estimates."""
    effort: str = ""
    """What the work is for a line without options of its own, for messages, such as ``32 steps``; empty if there is nothing to say."""
    faster: tuple[str, float] | None = None
    """A flag with which it is faster, such as ``--preset fast``, and how many times."""
    model: str | None = None
    """Name of its model, if it has one."""
    licence: str | None = None
    """Licence of engine and model, recorded with the episode."""
    commercial: bool = True
    """False if that licence excludes commercial use, or if nothing is known about it."""
    rank: int = DEFAULT_RANK
    """Order in which ``auto`` prefers engines that are ready: lowest first; of equal ones, voiceover's own before others."""
    speaks_phonemes: bool = False
    """True if it can speak text that is given as phonemes."""
    wants_raw_text: bool = False
    """True if it reads numbers, dates and abbreviations well by itself: the rules of the text's language are then left out."""
    returns_marks: bool = False
    """True if it reports the time of each word."""
    best_characters: int | None = None
    """Length of text per call at which it sounds best; None if that makes no difference."""
    worker_threads: int | None = None
    """CPU threads that serve one worker best; None for all, so that one worker is best."""
    worker_megabytes: int | None = None
    """Memory that one worker needs for this engine; None if it is not known."""
    repeatable: bool = True
    """True if the same utterance gives the same samples again, bit for bit."""

    @property
    def has_seeds(self) -> bool:
        """True if another seed gives another take."""
        return "seed" in self.options


@dataclass(frozen=True, slots=True)
class SpokenSpan:
    """Text spelled for the ear, in one language."""

    text: str
    language: str
    """BCP 47 tag."""
    phonemes: str | None = None
    """The words of ``text`` in IPA, if the writer gave their sounds; only engines that speak phonemes get them."""

    @property
    def record(self) -> dict[str, str]:
        """The span as JSON values, for records of takes."""
        return {"text": self.text, "language": self.language} | ({} if self.phonemes is None else {"phonemes": self.phonemes})


@dataclass(frozen=True, slots=True)
class Utterance:
    """One engine call."""

    address: str
    """Content address of its take: 64 hex digits."""
    line_key: str
    """Hash of what the writer chose (raw text, voice digest, options, engine and model name), blind to revisions: finds the kept take."""
    segment_key: str
    """The same over the whole segment."""
    speaker: str
    voice: str
    """Name of the voice."""
    style: str
    """Key of ``Voice.styles``."""
    spans: tuple[SpokenSpan, ...]
    """What the engine speaks."""
    text: str
    """The same words as a reader sees them."""
    options: Options
    """Resolved through all layers; only those that the engine uses."""
    seed: int
    """0 <= seed < 2**63, from the spoken text, the ``seed`` setting and the attempt."""
    attempt: int
    gain_db: float
    """Segment + cast entry + voice; applied in the mix."""
    paragraph: int
    estimate_seconds: float
    """Expected length of the speech."""
    source: Source
    engine: str = ""
    """Name of the engine that speaks it."""
    choice: TakeChoice | None = None
    """What a person chose for it."""
    short_reference: bool = False
    """True if it is spoken with the short clip of the voice."""

    @property
    def spoken(self) -> str:
        """The text of all spans, joined."""
        return "".join(span.text for span in self.spans)

    @property
    def recording(self) -> OwnRecording | None:
        """The writer's own recording in place of an engine's; None if an engine speaks it."""
        return None if self.choice is None else self.choice.recording

    @property
    def accepted(self) -> tuple[str, ...]:
        """Names of the checks whose findings a person accepts for it."""
        return () if self.choice is None else self.choice.accepted

    @property
    def level_group(self) -> str:
        """What is balanced as one: the voice; an own recording by itself, since its level has nothing to do with an engine's."""
        return self.voice if self.recording is None else f"{self.voice}, {self.recording.sha256}"


class Engine(Protocol):
    """A speech synthesizer. One instance serves one thread."""

    @property
    def info(self) -> EngineInfo: ...

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        """Speak one utterance; a function of its arguments and ``info.fingerprint`` alone.

        Raises EngineError if the utterance cannot be spoken.
        """
        ...

    def close(self) -> None:
        """Release its resources; may be called twice."""
        ...


@runtime_checkable
class BatchEngine(Engine, Protocol):
    """An engine that can speak several utterances in one call."""

    @property
    def batch_size(self) -> int:
        """Largest number of utterances per call."""
        ...

    def together_key(self, utterance: Utterance, voice: Voice) -> Hashable:
        """Return a key that is equal for utterances that can be spoken together; picklable and quick to compute.

        Raises EngineError if the utterance cannot be spoken.
        """
        ...

    def speak_together(self, utterances: Sequence[Utterance], voices: Sequence[Voice]) -> list[Audio]:
        """Return what ``speak`` returns for each, up to rounding; ``voices`` has one per utterance. Raises as ``speak`` does."""
        ...


@dataclass(frozen=True, slots=True)
class FittedVoice:
    """A voice as one engine is to speak it."""

    voice: Voice
    """With all settings for the engine that decide its sound."""
    remark: str | None = None
    """What the user should know, such as a voice that stands in for it."""


@dataclass(frozen=True, slots=True)
class EngineContext:
    """What an engine gets from voiceover: the argument of ``make`` and of the other functions it offers."""

    cache_folder: Path
    """A folder for this engine alone that outlives the process and may be deleted at any time."""
    options: Mapping[str, str] = field(default_factory=dict)
    """The engine's own options that were set, by name, as text: ``model``, ``precision`` and the like."""
    open_model: Callable[[str | None, str], Any] | None = None
    """Opens an installed model by name (the default one for None) and the name of its family; picklable. None if there is no store.

    The result is what the engine's own family makes of it.
    """
    trial_voice: Callable[[], Voice] | None = None
    """Returns a voice to try a model with; picklable. None if there is none."""
    add_packaged_model: Callable[[str], None] | None = None
    """Adds the model of a family that installed Python packages bring to the store, if the store has none; picklable."""
    installed_models: Callable[[str], tuple[str, ...]] | None = None
    """Returns the names of the installed models of a family, in alphabetical order; picklable. None if there is no store."""
