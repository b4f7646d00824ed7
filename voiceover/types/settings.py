"""Settings: one layer of them, and the types of its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields

from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.loudness import LoudnessTarget
from voiceover.types.problems import Source
from voiceover.types.schemas import SettingValue


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """How a word of the lexicon is spoken; at least one of both is given."""

    say: str | None = None
    """Spelling for the ear."""
    ipa: str | None = None
    """Its sounds in IPA, for engines that speak phonemes."""


@dataclass(frozen=True, slots=True)
class Options:
    """Engine options of one line; None for an option that this layer does not set."""

    speed: float | None = None
    """Factor on the speaking rate; 1 is the voice's own rate."""
    seed: int | None = None
    """Part of the hash that seeds the utterance."""
    steps: int | None = None
    """Number of steps of the sampler."""
    method: str | None = None
    """Solver of the sampler: euler, midpoint or rk4."""
    cfg_strength: float | None = None
    """Strength of classifier-free guidance."""
    sway_sampling_coef: float | None = None
    """Coefficient of sway sampling, which places the sampler's steps."""
    duration: str | None = None
    """How the length of speech is determined: bytes (the pace of the clip) or predictor."""

    def over(self, base: Options) -> Options:
        """Return these options, filled in from ``base`` where they are None."""
        mine = {f.name: getattr(self, f.name) for f in fields(self)}
        return Options(**{k: getattr(base, k) if v is None else v for k, v in mine.items()})


@dataclass(frozen=True, slots=True)
class CastEntry:
    """A speaker: a role in the script and the voice that speaks it."""

    name: str
    voice: str
    source: Source
    language: str | None = None
    style: str | None = None
    options: Options = Options()
    gain_db: float = 0.0
    engine: str | None = None
    """``auto`` or the name of an engine; None for the script's."""
    settings: Mapping[str, Mapping[str, SettingValue]] = field(default_factory=dict, hash=False)
    """Settings of engines by name, laid over those of the voice."""
    places: Mapping[str, Source] = field(default_factory=dict, compare=False, repr=False)
    """Where the entry sets ``voice``, ``engine`` and each engine's settings."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """Silence between two utterances, from one trimmed edge to the next, in milliseconds."""

    sentence: int = 250
    """Between utterances of one paragraph."""
    turn: int = 450
    """Before another speaker, within a paragraph or not."""
    paragraph: int = 600
    """Before a new paragraph of the same speaker."""
    scene: int = 1200
    chapter: int = 1500


@dataclass(frozen=True, slots=True)
class SoundEntry:
    """An entry of ``sounds``."""

    path: str
    """Absolute path of its file."""
    licence: str = ""
    credit: str = ""
    """Words that the licence asks to be printed, such as the name of the author."""


@dataclass(frozen=True, slots=True)
class Bumper:
    """The intro or outro of an episode."""

    sound: str
    """Key of ``sounds``, or an absolute path."""
    overlap_seconds: float | None = None
    """How long it and the speech are heard together; None for one after the other, with a gap."""
    fade_seconds: float = 0.0
    """Length of the fade at its end beside the speech: out for an intro, in for an outro."""


@dataclass(frozen=True, slots=True)
class Ducking:
    """How music is lowered while someone speaks."""

    depth_db: float = 12.0
    """By how much."""
    attack_seconds: float = 0.08
    """Length of the way down."""
    hold_seconds: float = 0.4
    """How long it stays low after the last word."""
    release_seconds: float = 0.9
    """Length of the way up."""
    lookahead_seconds: float = 0.15
    """How long before the first word the way down begins."""


@dataclass(frozen=True, slots=True)
class Read:
    """Which parts of a document are spoken. None for ``headings`` and ``title`` means: spoken in an article, skipped in a script."""

    headings: str | None = None
    """``speak`` or ``skip``; ``silent`` is a synonym for ``skip``. With None, those of chapters that have files of their own are spoken."""
    title: str | None = None
    """``speak`` or ``skip``."""
    code: str = "skip"
    """Code blocks: ``speak`` or ``skip``."""
    images: str = "skip"
    """``alt`` or ``skip``."""
    tables: str = "speak"
    """``speak`` or ``skip``."""
    footnotes: str = "skip"
    """``inline`` or ``skip``."""
    directions: str = "skip"
    """Directions such as ``[laughter]`` and ``(sighs)``: ``speak`` or ``skip``."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """How an episode says that its speech is synthetic, besides the tags of its files."""

    spoken: bool
    """True if a sentence at the start says so; False for tags, manifest and notes alone."""
    words: str = ""
    """The writer's sentence; empty for a ready one in the language of its speaker."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One layer of settings; None for a setting that this layer does not set."""

    title: str | None = None
    show: str | None = None
    season: int | None = None
    episode: int | None = None
    date: str | None = None
    author: str | None = None
    description: str | None = None
    cover: str | None = None
    """Absolute path of a file that existed when it was read. In a settings file, a path is relative to that file."""
    language: str | None = None
    voice: str | None = None
    cast: tuple[CastEntry, ...] | None = None
    """``CastEntry.voice`` is empty if the entry names no voice; the script's ``voice`` applies then."""
    sounds: Mapping[str, SoundEntry] | None = None
    """The sounds by name."""
    assets: tuple[str, ...] | None = None
    """Absolute paths of folders that files may come from, besides the script's own folder."""
    intro: Bumper | None = None
    outro: Bumper | None = None
    ducking: Ducking | None = None
    intro_chapter: str | None = None
    """Title of the chapter before the first heading; None for the episode's title."""
    lexicon: Mapping[str, str | Pronunciation] | None = None
    """Spoken form of each word: a spelling, or a pronunciation in IPA. A lexicon file is read together with the setting."""
    loudness: LoudnessTarget | None = None
    channels: str | None = None
    """``mono`` or ``stereo``; None for mono unless a file in the mix is stereo."""
    gaps: Gaps | None = None
    engine: str | None = None
    """``auto`` or the name of an engine."""
    model: str | None = None
    options: Options = Options()
    """One key per field of ``Options``."""
    disclosure: Disclosure | None = None
    """None for a spoken sentence if the voice of a person is cloned."""
    commercial: bool | None = None
    retakes: int | None = None
    """How often a line whose take is suspect is recorded again."""
    notes: bool | None = None
    """True to write show notes to paste at a host."""
    short_reference: bool | None = None
    """False to speak short lines with the whole reference clip, too."""
    listen: bool | None = None
    """True to judge takes by ear, with a recognizer."""
    read: Read | None = None
    formats: tuple[str, ...] | None = None
    """The key ``format``."""
    bitrates: Mapping[str, int] | None = None
    """The key ``bitrate``: kbps by name of a lossy format."""
    sample_rate: int | None = None
    """Sample rate of the audio files in Hz; None for that of each format."""
    split: str | None = None
    """``chapters`` for files of each chapter in place of those of the whole episode; ``none`` overrides a layer below."""
    stems: str | None = None
    """``wav`` or ``flac`` to write stems for an editor; ``none`` overrides a layer below."""
    voices: tuple[str, ...] | None = None
    """Absolute paths of folders of voices; project file only."""
    scripts: tuple[str, ...] | None = None
    """Globs of scripts, relative to the project file; project file only."""
    places: Mapping[str, Source] = field(default_factory=dict, compare=False, repr=False)
    """Where a file sets each field; fields that a flag sets have no entry."""
    foreign: frozenset[str] = field(default_factory=frozenset, compare=False, repr=False)
    """Fields set in an article's front matter, whose keys may mean something else to the site that publishes the article."""

    def over(self, base: Settings) -> Settings:
        """Return this layer, filled in from ``base`` where it is None; ``sounds``, ``lexicon`` and ``options`` merge entry by entry."""
        mine = {f.name: getattr(self, f.name) for f in fields(self)}
        merged = {name: getattr(base, name) if value is None else value for name, value in mine.items()}
        merged["options"] = self.options.over(base.options)
        for name in ("sounds", "lexicon"):
            if mine[name] is not None and getattr(base, name) is not None:
                merged[name] = {**getattr(base, name), **mine[name]}
        merged["places"] = {**{name: place for name, place in base.places.items() if mine.get(name) is None}, **self.places}
        merged["foreign"] = self.foreign | {name for name in base.foreign if mine.get(name) is None}
        return Settings(**merged)
