"""The parsed script: segments, pauses, chapters, cues and the cast."""

from __future__ import annotations

from typing import TypeAlias

from voiceover.types.choices import ChosenPassage
from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.problems import Source
from voiceover.types.settings import CastEntry, Options, Settings


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a line with one pronunciation rule and one language."""

    text: str
    """Text as captions and transcript show it."""
    say: str | None = None
    """Spelling to speak in place of ``text``, as in ``[Nguyen](say:win)``."""
    language: str | None = None
    """BCP 47 tag; None for the speaker's own language."""
    ipa: str | None = None
    """IPA to speak in place of ``text``, as in ``[Nguyen](say:/wɪn/)``, for engines that speak phonemes."""

    @property
    def pronounced(self) -> str:
        """What is spoken in place of the text, or the text."""
        return self.ipa or (self.text if self.say is None else self.say)

    @property
    def is_plain(self) -> bool:
        """True if the text is spoken as it is written."""
        return self.say is None and self.ipa is None


@dataclass(frozen=True, slots=True)
class Direction:
    """An instruction to act or play something, not spoken: ``[laughter]``, ``(sighs)``, ``[SFX: door]``. No engine plays it yet."""

    text: str
    """As typed, with its brackets."""
    source: Source
    at: int = 0
    """Offset in the text of its segment; 0 outside of segments."""
    beside_label: bool = False
    """True for ``Bo [laughing]:``, a style if the voice has it."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What one speaker says without a break: a paragraph, or the part of a paragraph between two labels, pauses or cues."""

    speaker: str
    """Name of the speaker in the cast."""
    spans: tuple[Span, ...]
    paragraph: int
    """Number of its paragraph; segments of one paragraph share it."""
    source: Source
    style: str | None = None
    """Key of ``Voice.styles``; None for the style of the cast entry."""
    options: Options = Options()
    gain_db: float = 0.0
    """Level change in dB, added to the gains of cast entry and voice."""
    recording: str | None = None
    """Path of a recorded turn, as written in the script; ``spans`` then holds its words."""
    apart: tuple[Span, ...] = ()
    """Copies of the spans that are code, maths or addresses. Language detection ignores them."""
    style_hint: Direction | None = None
    """The direction beside its label. ``pipeline.check`` makes it the style if the voice has one of this name."""
    directions: tuple[Direction, ...] = ()
    """Directions within the segment, in order."""
    chosen: tuple[ChosenPassage, ...] = ()
    """What a person chose for takes of it, in order; no two passages overlap."""

    @property
    def text(self) -> str:
        """The text of all spans, joined, as captions show it."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence of a given length, in place of the default gap."""

    seconds: float
    source: Source


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene break (a thematic break in Markdown)."""

    source: Source


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter mark. If its title is spoken, a separate segment holds it."""

    title: str
    source: Source


@dataclass(frozen=True, slots=True)
class Cue:
    """A sound or a piece of music, or the end of the music."""

    kind: str
    """``sound`` or ``music``."""
    name: str | None
    """Key of the setting ``sounds``; None for ``music: stop``."""
    source: Source
    under: bool = False
    """True if speech goes on over it; otherwise speech waits for it."""
    level_db: float | None = None
    """Its own loudness against that of the speech; None for the default."""
    fade_seconds: float = 0.0
    """Length of the fade-in of music, of the fade-out of ``music: stop``, of both fades of a sound."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the script. Its text is spoken, its target is not."""

    text: str
    target: str
    """As written: perhaps no address at all."""


Item: TypeAlias = Segment | Pause | Scene | Chapter | Cue | Direction


@dataclass(frozen=True, slots=True)
class Script:
    """A parsed script."""

    path: str
    title: str
    """The title in the front matter, else the first ``#`` heading, else the file's stem."""
    items: tuple[Item, ...]
    cast: tuple[CastEntry, ...]
    """All speakers; an article, or a script without a cast, has one."""
    narrator: str
    """Name in the cast of the speaker of unlabelled text."""
    settings: Settings
    """The script's settings, merged over the project's."""
    article: bool = False
    """True for a Markdown file without a cast."""
    links: tuple[Link, ...] = ()
    """The links, in order, for the notes."""
    lines: tuple[str, ...] = ()
    """The lines of the file, without line endings."""

    @property
    def segments(self) -> tuple[Segment, ...]:
        return tuple(item for item in self.items if isinstance(item, Segment))
