"""Settings: one layer of them, and what its values are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from voiceover.types.loudness import LoudnessTarget
from voiceover.types.problems import Source


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
class Gaps:
    """Silence between trimmed edges, in milliseconds."""

    sentence: int = 250
    """Between utterances of one paragraph."""
    turn: int = 450
    """The speaker changes, within a paragraph or not."""
    paragraph: int = 600
    """A new paragraph of the same speaker."""
    scene: int = 1200
    chapter: int = 1500


@dataclass(frozen=True, slots=True)
class Read:
    """What of a document is spoken. ``headings`` and ``title``: None for the kind's own rule: an article speaks them, a script no."""

    headings: str | None = None
    """``speak`` or ``skip`` (``silent`` says the same)."""
    title: str | None = None
    """``speak`` or ``skip``."""
    code: str = "skip"
    """``speak`` or ``skip``: code blocks."""
    images: str = "skip"
    """``alt`` or ``skip``."""
    tables: str = "speak"
    """``speak`` or ``skip``."""
    footnotes: str = "skip"
    """``inline`` or ``skip``."""
    directions: str = "skip"
    """``speak`` or ``skip``: ``[laughter]``, ``(sighs)``."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One layer of settings; None where it says nothing."""

    title: str | None = None
    show: str | None = None
    season: int | None = None
    episode: int | None = None
    date: str | None = None
    author: str | None = None
    description: str | None = None
    cover: str | None = None
    """An absolute path, of a file that was there; in a file it is relative to that file."""
    language: str | None = None
    voice: str | None = None
    cast: tuple[CastEntry, ...] | None = None
    """``CastEntry.voice`` is empty where the entry names none: the script's ``voice`` then."""
    sounds: Mapping[str, str] | None = None
    """Absolute path by name."""
    assets: tuple[str, ...] | None = None
    """Absolute paths of folders outside the script's own that its files may come from."""
    intro: str | None = None
    """A key of ``sounds``, or an absolute path."""
    outro: str | None = None
    intro_chapter: str | None = None
    """Title of the chapter before the first heading; the episode's where None."""
    lexicon: Mapping[str, str] | None = None
    """Spelling for the ear by word; a lexicon file is read when the setting is."""
    loudness: LoudnessTarget | None = None
    channels: str | None = None
    """``mono`` or ``stereo``; None for mono unless something in the mix is stereo."""
    gaps: Gaps | None = None
    engine: str | None = None
    """``auto`` or a name."""
    model: str | None = None
    options: Options = Options()
    """``speed``, ``seed``, ``steps``, ``method``, ``cfg_strength``, ``sway_sampling_coef``, ``duration``."""
    disclosure: str | None = None
    commercial: bool | None = None
    read: Read | None = None
    formats: tuple[str, ...] | None = None
    """The key ``format``."""
    voices: tuple[str, ...] | None = None
    """Project file only: absolute paths of folders of voices."""
    scripts: tuple[str, ...] | None = None
    """Project file only: globs of scripts, relative to it."""
    places: Mapping[str, Source] = field(default_factory=dict, compare=False, repr=False)
    """Where a file says it, by field; of what a flag says there is none."""
    foreign: frozenset[str] = field(default_factory=frozenset, compare=False, repr=False)
    """Fields whose value comes from an article's own front matter, where a key may mean something else to the site."""

    def over(self, base: Settings) -> Settings:
        """This layer where it says something, ``base`` elsewhere; sounds, lexicon and options hold entry by entry."""
        mine = {f.name: getattr(self, f.name) for f in fields(self)}
        merged = {name: getattr(base, name) if value is None else value for name, value in mine.items()}
        merged["options"] = self.options.over(base.options)
        for name in ("sounds", "lexicon"):
            if mine[name] is not None and getattr(base, name) is not None:
                merged[name] = {**getattr(base, name), **mine[name]}
        merged["places"] = {**{name: place for name, place in base.places.items() if mine.get(name) is None}, **self.places}
        merged["foreign"] = self.foreign | {name for name in base.foreign if mine.get(name) is None}
        return Settings(**merged)
