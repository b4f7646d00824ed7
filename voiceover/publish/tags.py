"""The tags of an episode, independent of the format that stores them."""

from __future__ import annotations

from itertools import pairwise

from voiceover.publish import disclosure
from voiceover.publish.cover import Cover
from voiceover.system.lazy import lazy_pattern
from voiceover.system.version import __version__
from voiceover.types import OPENING_SECONDS, Metadata, Timeline
from voiceover.types.lazy_dataclass import dataclass

_DATE = lazy_pattern(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?![\d-])")
_CONTROL = lazy_pattern(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class TagChapter:
    """A chapter with times in milliseconds; it ends where the next one begins."""

    title: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Tags:
    """The contents of an episode's tags; an empty string or None is not written."""

    title: str
    show: str
    author: str
    season: int | None
    episode: int | None
    year: str
    """Four digits."""
    month: str
    """Two digits."""
    day: str
    language: str
    """BCP 47 tag."""
    comment: str
    """The description, followed by a statement that the voices are synthetic."""
    marks: tuple[tuple[str, str], ...]
    """The same statement for programs, as keys and values."""
    chapters: tuple[TagChapter, ...]
    milliseconds: int
    """Length of the episode in milliseconds."""
    cover: Cover | None
    software: str

    @property
    def date(self) -> str:
        """Return as much of YYYY-MM-DD as is known."""
        return "-".join(part for part in (self.year, self.month, self.day) if part)


def episode_tags(metadata: Metadata, timeline: Timeline, cover: Cover | None) -> Tags:
    """Return the tags of an episode; all of them are known before the first sample is encoded."""
    date = _DATE.match(metadata.date.strip())
    year, month, day = (part or "" for part in date.groups()) if date else ("", "", "")
    return Tags(
        title=one_line(metadata.title),
        show=one_line(metadata.show),
        author=one_line(metadata.author),
        season=metadata.season,
        episode=metadata.episode,
        year=year,
        month=month,
        day=day,
        language=metadata.language,
        comment=_comment(metadata),
        marks=_marks(metadata),
        chapters=tag_chapters(timeline),
        milliseconds=milliseconds(timeline.frames, timeline.sample_rate),
        cover=cover,
        software=f"voiceover {__version__}",
    )


def tag_chapters(timeline: Timeline) -> tuple[TagChapter, ...]:
    """Return the chapters of a timeline in order, for tags, chapter files and notes. The first begins at 0, the last ends with the episode.

    What is heard before the first heading is a chapter named ``timeline.opening``, or part of the first if it lasts less than
    ``OPENING_SECONDS``.
    """
    marks = sorted(timeline.chapters, key=lambda mark: mark.start_frame)
    if not marks:
        return ()
    starts = [milliseconds(mark.start_frame, timeline.sample_rate) for mark in marks]
    titles = [one_line(mark.title) for mark in marks]
    if timeline.opening and starts[0] >= 1000 * OPENING_SECONDS:
        starts, titles = [0, *starts], [one_line(timeline.opening), *titles]
    starts[0] = 0
    borders = pairwise([*starts, max(milliseconds(timeline.frames, timeline.sample_rate), starts[-1])])
    return tuple(TagChapter(title, start, end) for title, (start, end) in zip(titles, borders, strict=True))


def milliseconds(frames: int, sample_rate: int) -> int:
    """Convert frames to milliseconds, rounded half up, with integers only."""
    return (2000 * frames + sample_rate) // (2 * sample_rate)


def one_line(text: str) -> str:
    """Return text without control characters and with runs of white space collapsed to one space."""
    return " ".join(_CONTROL.sub("", text).split())


def _comment(metadata: Metadata) -> str:
    """Return the description and the disclosure; that of a draft comes first."""
    description = _CONTROL.sub("", metadata.description).strip()
    words = disclosure.statement(metadata)
    both = (words, description) if metadata.provisional else (description, words)
    return "\n\n".join(filter(None, both))


def _marks(metadata: Metadata) -> tuple[tuple[str, str], ...]:
    return tuple((key, one_line(value)) for key, value in disclosure.marks(metadata))
