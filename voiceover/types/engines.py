"""Engines: what they are given, what they return, and what they report about themselves."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from voiceover.tensors.named import InstalledModel
from voiceover.types.problems import Source
from voiceover.types.settings import Options
from voiceover.types.sound import Audio
from voiceover.types.voices import Voice


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What the rest of the house must know of an engine."""

    name: str
    revision: int
    """Raised by hand when the engine's sound changes."""
    fingerprint: str
    """All that its sound depends on besides the utterance: name, revision, model digest, back end, precision."""
    sample_rate: int
    window_seconds: float
    """Longest audio of one call, the reference clip included where ``reference_in_window``."""
    reference_in_window: bool
    """Whether the engine hears the voice's reference clip (and its settings in ``Style.settings`` besides)."""
    options: frozenset[str] = frozenset({"speed", "seed"})
    """Fields of ``Options`` that change its sound; no other enters an address."""
    unavailable: tuple[tuple[str, str, str], ...] = ()
    """(option, value, why): what it knows and cannot do here, such as duration, predictor, "the model came without one"."""
    languages: frozenset[str] | None = None
    """Primary language subtags it speaks; None for any."""
    provisional: bool = False
    """True for a stand-in: its episodes are named ``NAME.draft.*``."""
    realtime_factor: float = 1.0
    """Seconds of work a second of speech, a first guess for estimates."""
    model: str | None = None
    """Name of the model it speaks with, None where it has none."""
    licence: str | None = None
    """Licence of engine and model, recorded with the episode."""


@dataclass(frozen=True, slots=True)
class SpokenSpan:
    """Text spelled for the ear, in one language."""

    text: str
    language: str
    """BCP 47 tag."""


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
    """Resolved through all layers, only what the engine hears."""
    seed: int
    """0 <= seed < 2**63, from the spoken text, the ``seed`` setting and the attempt."""
    attempt: int
    gain_db: float
    """Segment + cast entry + voice; applied in the mix."""
    paragraph: int
    estimate_seconds: float
    """Expected length of the speech."""
    source: Source

    @property
    def spoken(self) -> str:
        """The words that the engine is given, joined."""
        return "".join(span.text for span in self.spans)


class Engine(Protocol):
    """Something that speaks. One instance serves one thread."""

    @property
    def info(self) -> EngineInfo: ...

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        """Speak one utterance; a function of its arguments and ``info.fingerprint`` alone.

        Raises EngineError when the utterance cannot be spoken.
        """
        ...

    def close(self) -> None:
        """Give back what it holds; may be called twice."""
        ...


@runtime_checkable
class BatchEngine(Engine, Protocol):
    """An engine that may speak several utterances by one call."""

    @property
    def batch_size(self) -> int:
        """The most that it wants together; 1 for one at a time."""
        ...

    def together_key(self, utterance: Utterance, voice: Voice) -> Hashable:
        """Utterances of equal keys can be spoken together. Picklable, and quick to find.

        Raises EngineError when the utterance cannot be spoken.
        """
        ...

    def speak_together(self, utterances: Sequence[Utterance], voices: Sequence[Voice]) -> list[Audio]:
        """What ``speak`` gives for each, up to the rounding of sums; ``voices`` are theirs. Raises as ``speak`` does."""
        ...


@dataclass(frozen=True, slots=True)
class EngineContext:
    """What an engine's ``make(context)`` is given."""

    cache_folder: Path
    """A folder of the engine's own that outlives the process and may be deleted at any time."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Choices that are the engine's own business: ``model``, ``precision``, ``any-language`` and the like, each only where it was made."""
    open_model: Callable[[str | None], InstalledModel] | None = None
    """Opens a model of the user's store by name, the default one for None; picklable. None where there is no store."""
    trial_voice: Callable[[], Voice] | None = None
    """A voice to try a model with; picklable. None where there is none."""
