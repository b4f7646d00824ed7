"""The mix: takes on a timeline."""

from __future__ import annotations

from dataclasses import dataclass

from voiceover.types.engines import Utterance
from voiceover.types.problems import Source
from voiceover.types.takes import Take


@dataclass(frozen=True, slots=True)
class Placed:
    """A take on the timeline."""

    utterance: Utterance
    take: Take
    start_frame: int
    """Position on the timeline of the first frame that is kept."""
    take_start: int
    """First frame that is kept, counted in the take."""
    take_end: int
    """Frame after the last that is kept, counted in the take."""
    gain_db: float
    """Level change in dB: the voice's balance plus the gains in script, cast and voice."""

    @property
    def end_frame(self) -> int:
        return self.start_frame + self.take_end - self.take_start

    @property
    def speech_start_frame(self) -> int:
        """Position on the timeline where its speech begins."""
        return self.start_frame + max(self.take.speech_start - self.take_start, 0)

    @property
    def speech_end_frame(self) -> int:
        """Position on the timeline where its speech ends."""
        return self.start_frame + min(self.take.speech_end, self.take_end) - self.take_start


@dataclass(frozen=True, slots=True)
class ChapterMark:
    """The start of a chapter on the timeline; a chapter lasts until the next one."""

    title: str
    start_frame: int
    source: Source | None = None
    """Where its heading is in the script; the line spoken from there is the heading. None for the chapter before the first heading."""
    lead_frames: int = 0
    """Frames of the chapter before its heading, such as a spoken title that was merged into the first chapter."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The position of every take and chapter, in whole frames."""

    sample_rate: int
    frames: int
    placed: tuple[Placed, ...]
    chapters: tuple[ChapterMark, ...]

    @property
    def seconds(self) -> float:
        return self.frames / self.sample_rate
