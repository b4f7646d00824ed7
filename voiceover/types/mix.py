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
