"""The nouns of the house: what one room hands to the next. Read this file first.

    script ──> plan ──> takes ──> mix ──> master ──> publish

Every noun is frozen; sequences are tuples. Times that a writer gives are in seconds, positions in audio are in frames (samples of
one channel), and a unit stands in the name (``_seconds``, ``_frames``, ``_db``, ``_lufs``, ``_dbtp``).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from voiceover.settings import Settings
    from voiceover.weights import InstalledModel

FloatArray: TypeAlias = NDArray[np.float32]
"""Samples, full scale at +-1: shape (frames,) for mono speech, (frames, channels) for anything streamed."""


# ---------------------------------------------------------------- places and problems


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A place in a file."""

    path: str
    """As the user named it."""
    line: int = 1
    """From 1."""
    column: int = 1
    """From 1, in characters."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Severity(StrEnum):
    """How much a problem matters."""

    ERROR = "error"
    """Nothing is rendered."""
    WARNING = "warning"
    """Rendered, though perhaps not as meant."""
    UNSPOKEN = "unspoken"
    """Content of the script that will not be heard."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a check found."""

    source: Source
    severity: Severity
    code: str
    """A stable name for machines, such as ``unknown-speaker``."""
    message: str
    """What is wrong and what would be right, without the place."""

    def __str__(self) -> str:
        kind = "" if self.severity is Severity.ERROR else f"{self.severity.value}: "
        return f"{self.source}: {kind}{self.message}"


# ---------------------------------------------------------------- script


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of an engine for one line; None where this layer says nothing."""

    speed: float | None = None
    """Factor on the speaking rate; 1 is the voice's own."""
    seed: int | None = None
    """Enters the hash that seeds the utterance."""
    steps: int | None = None
    """Steps of the sampler (F5)."""
    method: str | None = None
    """Solver: euler, midpoint or rk4 (F5)."""
    cfg_strength: float | None = None
    """Classifier-free guidance (F5)."""
    sway_sampling_coef: float | None = None
    """Sway of the step grid (F5)."""
    duration: str | None = None
    """Where the length comes from: bytes (the clip's own pace) or predictor (F5)."""

    def over(self, base: Options) -> Options:
        """These options where they say something, those of ``base`` elsewhere."""
        mine = {f.name: getattr(self, f.name) for f in fields(self)}
        return Options(**{k: getattr(base, k) if v is None else v for k, v in mine.items()})


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a line that is spoken one way."""

    text: str
    """As a reader sees it, in captions and transcript."""
    say: str | None = None
    """Spelling for the ear in place of ``text`` (``[Nguyen](say:win)``)."""
    language: str | None = None
    """BCP 47 tag; None for the speaker's own."""


@dataclass(frozen=True, slots=True)
class Direction:
    """What is to be acted or played and not spoken: ``[laughter]``, ``(sighs)``, ``[SFX: door]``. No engine plays it yet."""

    text: str
    """As typed, with its brackets."""
    source: Source
    at: int = 0
    """Offset in the text of the segment that holds it; 0 if none does."""
    beside_label: bool = False
    """True for ``Bo [laughing]:``, a style if the voice has it."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What one speaker says without a break: a paragraph, or the part of one between two labels, pauses or cues."""

    speaker: str
    """A name of the cast."""
    spans: tuple[Span, ...]
    paragraph: int
    """Number of the paragraph it stands in; segments of one paragraph share it."""
    source: Source
    style: str | None = None
    """A named reference clip of the voice, ``DEFAULT_STYLE`` for the plain one; None for the cast entry's."""
    options: Options = Options()
    gain_db: float = 0.0
    """Added to the gains of cast entry and voice."""
    recording: str | None = None
    """Path of a recorded turn, as written; ``spans`` then holds what is said in it."""
    apart: tuple[Span, ...] = ()
    """Copies of what is code, maths or an address in it: their letters do not show the language of the text."""
    style_hint: Direction | None = None
    """The direction beside its label, a style if the voice has it; ``checking`` settles that."""
    directions: tuple[Direction, ...] = ()
    """Those within the segment, in order."""

    @property
    def text(self) -> str:
        """The line as a reader sees it."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence that the writer asked for; it replaces the gap that would stand there."""

    seconds: float
    source: Source


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene break (a thematic break in Markdown)."""

    source: Source


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter mark; whether its title is spoken is decided by a segment of its own."""

    title: str
    source: Source


@dataclass(frozen=True, slots=True)
class Cue:
    """A sound or a piece of music; parsed and checked, not rendered yet."""

    kind: str
    """``sound`` or ``music``."""
    name: str | None
    """A key of ``sounds:``; None for ``music: stop``."""
    source: Source
    under: bool = False
    gain_db: float = 0.0
    fade_seconds: float = 0.0


Item: TypeAlias = Segment | Pause | Scene | Chapter | Cue | Direction


@dataclass(frozen=True, slots=True)
class CastEntry:
    """A speaker: a role in the script and the voice that plays it."""

    name: str
    voice: str
    source: Source
    language: str | None = None
    style: str | None = None
    options: Options = Options()
    gain_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Script:
    """What a writer typed, understood."""

    path: str
    title: str
    """Front matter, else the first ``#`` heading, else the file's stem."""
    items: tuple[Item, ...]
    cast: tuple[CastEntry, ...]
    """Every speaker; an article and a script without a cast have one."""
    narrator: str
    """The speaker of text before any label, a name of the cast."""
    settings: Settings
    """The script's own layer over the project's."""
    article: bool = False
    """A Markdown file without a cast."""
    lines: tuple[str, ...] = ()
    """The lines of the file, without their ends."""

    @property
    def segments(self) -> tuple[Segment, ...]:
        return tuple(item for item in self.items if isinstance(item, Segment))


# ---------------------------------------------------------------- voices


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording with the exact words that are said in it."""

    path: Path
    text: str
    sha256: str
    """Of the file's bytes."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Style:
    """One way a voice speaks."""

    clip: Clip | None
    """None for a voice without a recording: only engines that need none can speak it."""
    settings: Mapping[str, Mapping[str, str | int | float]] = field(default_factory=dict)
    """Per engine name, what that engine is told in place of a clip (``{"draft": {"pitch": 40}}``), complete."""


DEFAULT_STYLE = ""
"""The key of a voice's plain style in ``Voice.styles``."""
PLAIN = "plain"
"""What that style is called where people type and read it."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A timbre: a folder with a reference clip and its exact words."""

    name: str
    folder: Path
    language: str
    """BCP 47 tag of its clips."""
    styles: Mapping[str, Style]
    """By name; the plain style under ``DEFAULT_STYLE``."""
    speed: float | None = None
    gain_db: float = 0.0
    licence: str | None = None
    """SPDX identifier or words; a voice has this or ``consent``."""
    consent: str | None = None
    """Who agreed, and when."""
    description: str = ""
    synthetic: bool = False
    """Whether a machine spoke its clips."""


Cast: TypeAlias = Mapping[str, Voice]
"""The voice of each speaker, by the speaker's name."""


# ---------------------------------------------------------------- engines


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
class Audio:
    """A piece of mono audio."""

    samples: FloatArray
    """Shape (frames,)."""
    sample_rate: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.sample_rate


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


# ---------------------------------------------------------------- plan


class Status(StrEnum):
    """Why a take will or will not be recorded."""

    CACHED = "cached"
    KEPT = "kept"
    """Made by older rules, and kept because the line has not changed."""
    NEW_TEXT = "new text"
    VOICE_CHANGED = "voice changed"
    ENGINE_CHANGED = "engine changed"
    OPTION_CHANGED = "option changed"
    LOST = "take lost"
    """Recorded before, but no longer in the store."""
    REFRESHED = "refreshed"
    """Recorded again by the newest rules because ``--refresh`` asked for it."""

    @property
    def to_record(self) -> bool:
        return self not in (Status.CACHED, Status.KEPT)


@dataclass(frozen=True, slots=True)
class Planned:
    """An utterance and what will be done about it."""

    utterance: Utterance
    status: Status
    reason: str
    """In words, such as ``kept: draft r3, now r4``."""


PlanItem: TypeAlias = Planned | Pause | Scene | Chapter


@dataclass(frozen=True, slots=True)
class Plan:
    """What to say, and how, in order."""

    items: tuple[PlanItem, ...]
    engine: EngineInfo
    cast: Cast

    @property
    def planned(self) -> tuple[Planned, ...]:
        return tuple(item for item in self.items if isinstance(item, Planned))

    @property
    def to_record(self) -> tuple[Utterance, ...]:
        """The utterances without a take, each address once, in order of first use."""
        unique: dict[str, Utterance] = {}
        for planned in self.planned:
            if planned.status.to_record:
                unique.setdefault(planned.utterance.address, planned.utterance)
        return tuple(unique.values())


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """What the last manifest of an episode says of one take."""

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


# ---------------------------------------------------------------- takes


@dataclass(frozen=True, slots=True)
class Take:
    """The recording of an utterance: a float WAV and what was measured of it, once."""

    address: str
    path: Path
    sample_rate: int
    frames: int
    speech_start: int
    """First frame of speech."""
    speech_end: int
    """Frame after the last of speech."""
    speech_power: float
    """Mean square of the K-weighted samples over ``speech_seconds`` (ITU-R BS.1770)."""
    speech_seconds: float
    """Length of what is speech, silences within it left out."""
    peak: float
    """Largest absolute sample."""
    sha256: str
    """Of the WAV's bytes."""


# ---------------------------------------------------------------- mix and master


class AudioStream(Protocol):
    """Audio that can be read from the start any number of times, always the same."""

    @property
    def sample_rate(self) -> int: ...

    @property
    def channels(self) -> int: ...

    @property
    def frames(self) -> int: ...

    def blocks(self) -> Iterator[FloatArray]:
        """Consecutive blocks of shape (frames, channels), of any positive length, ``frames`` in all."""
        ...


@dataclass(frozen=True, slots=True)
class Placed:
    """A take on the timeline."""

    utterance: Utterance
    take: Take
    start_frame: int
    """Where on the timeline its first kept frame lies."""
    take_start: int
    """First frame of the take that is kept."""
    take_end: int
    """Frame of the take after the last that is kept."""
    gain_db: float
    """Balance of the voice plus the writer's gains."""

    @property
    def end_frame(self) -> int:
        return self.start_frame + self.take_end - self.take_start

    @property
    def speech_start_frame(self) -> int:
        """Where on the timeline its speech begins."""
        return self.start_frame + max(self.take.speech_start - self.take_start, 0)

    @property
    def speech_end_frame(self) -> int:
        """Where on the timeline its speech ends."""
        return self.start_frame + min(self.take.speech_end, self.take_end) - self.take_start


@dataclass(frozen=True, slots=True)
class ChapterMark:
    """A chapter on the timeline; it lasts until the next one."""

    title: str
    start_frame: int
    source: Source | None = None
    """Place of its heading; a line spoken from that place is the heading itself. None for the chapter before the first heading."""
    lead_frames: int = 0
    """How long it lasts before its heading: a spoken title, say, that joined the first chapter."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Where everything lies, in whole frames."""

    sample_rate: int
    frames: int
    placed: tuple[Placed, ...]
    chapters: tuple[ChapterMark, ...]

    @property
    def seconds(self) -> float:
        return self.frames / self.sample_rate


@dataclass(frozen=True, slots=True)
class LoudnessTarget:
    """What a master must measure."""

    name: str
    """Of the preset, or ``custom``."""
    integrated_lufs: float | None
    """None where ``rms_dbfs`` rules."""
    ceiling_db: float
    """Highest peak: true peak (dBTP), or sample peak (dBFS) where ``rms_dbfs`` rules."""
    rms_dbfs: tuple[float, float] | None = None
    """Lowest and highest RMS (ACX)."""
    noise_floor_dbfs: float | None = None
    """The noise floor must lie below this (ACX)."""
    mono_reference: str = "file"
    """``file``: a mono file's own meter reads the target; ``playback``: 3 LU less, as two speakers add them."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """What a meter read. -inf stands for silence."""

    integrated_lufs: float
    true_peak_dbtp: float
    range_lu: float
    max_momentary_lufs: float
    max_short_term_lufs: float
    sample_peak_dbfs: float
    rms_dbfs: float
    noise_floor_dbfs: float


@dataclass(frozen=True, slots=True)
class LoudnessReport:
    """What was asked for and what came out."""

    target: LoudnessTarget
    before: Loudness
    """Of the mix."""
    after: Loudness
    """Of the master."""
    gain_db: float
    """The one gain over the whole episode."""
    limited_db: float
    """Deepest reduction by the limiter, as a positive number."""
    reached: bool
    note: str
    """What could not be had, in words; empty where all was."""


# ---------------------------------------------------------------- publish


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is told about an episode."""

    title: str
    language: str
    show: str = ""
    season: int | None = None
    episode: int | None = None
    date: str = ""
    """ISO 8601, as written."""
    author: str = ""
    description: str = ""
    cover: Path | None = None
    """JPEG or PNG."""
    cover_sha256: str = ""
    """Of the cover's bytes; empty where any that stand there will do."""
    provisional: bool = False
    """Spoken by a stand-in voice."""
    engine: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class EpisodeFile:
    """A finished file."""

    path: Path
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class EpisodeChapter:
    """A chapter of a finished episode; it lasts until the next one."""

    title: str
    start_seconds: float


@dataclass(frozen=True, slots=True)
class Episode:
    """A finished episode."""

    files: tuple[EpisodeFile, ...]
    """Audio first, the manifest last."""
    seconds: float
    report: LoudnessReport
    chapters: tuple[EpisodeChapter, ...] = ()
    """The first begins at 0; empty in an episode without chapters."""


Has: TypeAlias = Callable[[str], bool]
"""Whether a take stands in the store, by address."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step has come; whoever draws it decides how."""

    stage: str
    """``plan``, ``record``, ``mix``, ``master`` or ``publish``."""
    done: float
    """Takes in ``record``, seconds of audio in the others."""
    total: float
    detail: str = ""
    """What is being worked on, in words."""


OnProgress: TypeAlias = Callable[[Progress], None]
