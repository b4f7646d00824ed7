"""What every reader of a format returns: a manuscript of parts, each a list of passages in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

NOTHING = ""


class PassageKind(StrEnum):
    """What a passage is in the source."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    TABLE = "table"
    CODE = "code"
    PICTURE = "picture"
    SCENE = "scene"
    """A scene break, such as a rule or a line of asterisks."""


@dataclass(frozen=True, slots=True)
class TextRun:
    """A stretch of text with one markup. A line feed in ``text`` is a line break of the source, as in verse."""

    text: str
    mark: str = NOTHING
    """``*`` for emphasis, ``**`` for strong emphasis, a backquote for code."""
    target: str = NOTHING
    """Address of a link to the web."""
    note: str = NOTHING
    """Key of a footnote whose mark is here; ``text`` is then empty."""


Runs = tuple[TextRun, ...]


@dataclass(frozen=True, slots=True)
class SourcePassage:
    """A block of the source: a paragraph, a heading, a table."""

    kind: PassageKind
    runs: Runs = ()
    level: int = 0
    """Level of a heading, from 1."""
    first: str = NOTHING
    """What its first line begins with in Markdown: marks of quotes and lists, such as ``> - ``."""
    rest: str = NOTHING
    """What its other lines begin with."""
    rows: tuple[tuple[Runs, ...], ...] = ()
    """Cells of a table, row by row."""
    has_header: bool = False
    """True if the first row of a table is its header."""
    picture: str = NOTHING
    """File name of a picture; its alternative text is in ``runs``."""
    speaker: str = NOTHING
    """Name of the speaker in a script; empty for the narrator."""
    hint: str = NOTHING
    """How a turn is spoken, such as ``whispering``."""
    anchors: tuple[str, ...] = ()
    """Identifiers that a table of contents may name and that begin here, each ``FILE#ID`` or ``FILE``."""

    @property
    def text(self) -> str:
        """The text of all runs."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Omission:
    """Something of the source that is not in the scripts."""

    kind: str
    """What it is, in the singular, such as ``picture without a description``."""
    where: str
    """File within the source, or line; empty if there is no place."""
    text: str = NOTHING
    """Its first words."""


@dataclass(frozen=True, slots=True)
class ManuscriptPart:
    """A chapter, or all there is."""

    title: str
    passages: tuple[SourcePassage, ...]
    notes: tuple[tuple[str, tuple[Runs, ...]], ...] = ()
    """Paragraphs of each footnote, by its key."""


@dataclass(frozen=True, slots=True)
class Artwork:
    """The cover picture."""

    data: bytes
    suffix: str
    """``.jpg`` or ``.png``."""


@dataclass(frozen=True, slots=True)
class Manuscript:
    """What was read from one file."""

    parts: tuple[ManuscriptPart, ...]
    title: str = NOTHING
    author: str = NOTHING
    language: str = NOTHING
    """BCP 47 tag."""
    description: str = NOTHING
    cover: Artwork | None = None
    has_directions: bool = False
    """True if words in brackets may be stage directions, as in captions; in prose they are text."""
    speakers: tuple[str, ...] = ()
    """Names of a dialogue in the order of their first turns; empty for prose."""
    omissions: tuple[Omission, ...] = ()
    remarks: tuple[str, ...] = ()
    """What the author should know, a sentence each."""
