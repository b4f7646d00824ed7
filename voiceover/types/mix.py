"""The mix: takes on a timeline."""

from __future__ import annotations

from voiceover.types.engines import Utterance
from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.problems import Source
from voiceover.types.sounds import SoundFile
from voiceover.types.takes import Take

OPENING_SECONDS = 10.0
"""What is heard before the first heading joins the first chapter if it lasts less than this."""


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
    timeline_rate: int | None = None
    """Sample rate of the timeline, if it is not that of the take."""
    recording: SoundFile | None = None
    """The file of a recorded turn; None if an engine spoke it."""

    def on_timeline(self, take_frame: int) -> int:
        """Return the position on the timeline of a frame of the take, such as that of a mark, rounded half up."""
        frames, rate = take_frame - self.take_start, self.timeline_rate
        if rate is None:
            return self.start_frame + frames
        return self.start_frame + (2 * frames * rate + self.take.sample_rate) // (2 * self.take.sample_rate)

    @property
    def end_frame(self) -> int:
        return self.on_timeline(self.take_end)

    @property
    def speech_start_frame(self) -> int:
        """Position on the timeline where its speech begins."""
        return self.on_timeline(max(self.take.speech_start, self.take_start))

    @property
    def speech_end_frame(self) -> int:
        """Position on the timeline where its speech ends."""
        return self.on_timeline(min(self.take.speech_end, self.take_end))


@dataclass(frozen=True, slots=True)
class PlacedSound:
    """A sound or a piece of music on the timeline."""

    kind: str
    """``sound``, ``music``, ``intro`` or ``outro``."""
    file: SoundFile
    start_frame: int
    end_frame: int
    """Frame after the last that is heard, fade included."""
    level_db: float
    """Its own loudness against that of the speech, as the script asks for it."""
    fade_in_frames: int = 0
    fade_out_frames: int = 0
    loops: bool = False
    """True if it is repeated until ``end_frame``."""
    ducked: bool = False
    """True if it is lowered while someone speaks."""
    gain_db: float = 0.0
    """Level change that gives it ``level_db``, set once the file has been measured."""
    source: Source | None = None
    """Its cue; None for intro and outro."""


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
    opening: str = ""
    """Title of the chapter for what is heard before the first heading; empty to let the first chapter begin with that."""
    sounds: tuple[PlacedSound, ...] = ()
    """Sounds and music, in the order in which they begin."""

    @property
    def seconds(self) -> float:
        return self.frames / self.sample_rate
