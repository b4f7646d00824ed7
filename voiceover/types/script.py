"""What a writer typed, understood: segments, pauses, chapters, cues and the cast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from voiceover.types.problems import Source
from voiceover.types.settings import CastEntry, Options, Settings


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
