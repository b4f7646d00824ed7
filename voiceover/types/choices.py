"""Choices: what a person chose for the takes of a script, as ``NAME.takes.yaml`` holds it."""

from __future__ import annotations

from pathlib import Path

from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.problems import Source

CHOICES_SUFFIX = ".takes.yaml"
"""Ends the name of the file with the choices for a script, which begins with the script's stem."""


@dataclass(frozen=True, slots=True)
class OwnRecording:
    """A recording by the writer, in place of an engine's."""

    path: Path
    """The copy beside the script."""
    sha256: str
    """SHA-256 of the file, which the address of its take is made of."""
    name: str
    """Its path as written, relative to the script's folder."""


@dataclass(frozen=True, slots=True)
class TakeChoice:
    """What a person chose for one passage: another attempt, options, a spelling or an own recording, and what they accept."""

    speaker: str
    text: str
    """The words of the passage as captions show them."""
    source: Source
    """Where the choice stands in its file."""
    occurrence: int = 1
    """Which of the places where the speaker says these words, counted from 1 in the order of the script."""
    attempt: int | None = None
    """Number of the try; another one has another seed."""
    seed: int | None = None
    """The setting ``seed`` of this passage."""
    speed: float | None = None
    say: str | None = None
    """Spelling to speak in place of the words."""
    recording: OwnRecording | None = None
    accepted: tuple[str, ...] = ()
    """Names of the checks whose findings no longer make the take suspect."""

    @property
    def in_words(self) -> tuple[str, ...]:
        """What was chosen, in words."""
        if self.recording is not None:
            sound = [f"own recording {self.recording.name}"]
        else:
            named = (("attempt", self.attempt), ("seed", self.seed), ("speed", self.speed))
            sound = [f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in named if value is not None]
            sound += ["say"] * (self.say is not None)
        return (*sound, *((f"accept {', '.join(self.accepted)}",) if self.accepted else ()))

    @property
    def decides_sound(self) -> bool:
        """True if the choice changes what is heard; an acceptance alone does not."""
        return any(value is not None for value in (self.attempt, self.seed, self.speed, self.say, self.recording))


@dataclass(frozen=True, slots=True)
class ChosenPassage:
    """A choice and the passage of a segment that it is for."""

    start: int
    """Index of its first character in the text of the segment, tidied span by span (``text.pieces.tidy``)."""
    end: int
    """Index after its last character."""
    choice: TakeChoice
