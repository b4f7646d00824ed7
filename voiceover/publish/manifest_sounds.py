"""What a manifest says of sounds, music and recorded turns."""

from __future__ import annotations

from collections.abc import Iterator

from voiceover.publish.tags import milliseconds, one_line
from voiceover.types import Timeline
from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ManifestSound:
    """A sound or a piece of music, and where it is heard."""

    kind: str
    """``sound``, ``music``, ``intro`` or ``outro``."""
    name: str
    sha256: str
    """SHA-256 of its file."""
    start: float
    """Seconds of the episode."""
    end: float
    level_db: float
    """Its own loudness against that of the speech, as the script asks for it."""
    gain_db: float
    """The level change that this took."""
    line: int | None
    """Line of its cue in the script; None for intro and outro."""


@dataclass(frozen=True, slots=True)
class ManifestRecording:
    """A recorded turn."""

    speaker: str
    text: str
    file: str
    """Its file, as the script names it."""
    sha256: str
    start: float
    """Seconds of the episode."""
    end: float
    gain_db: float
    """Its balance with the voices, and the gains of the script."""
    line: int


def sounds_of(timeline: Timeline) -> Iterator[ManifestSound]:
    """Yield the sounds and music of a timeline, in order."""
    for sound in timeline.sounds:
        start, end = (milliseconds(frame, timeline.sample_rate) / 1000 for frame in (sound.start_frame, sound.end_frame))
        line = sound.source.line if sound.source is not None else None
        name, digest = one_line(sound.file.name), sound.file.sha256
        yield ManifestSound(sound.kind, name, digest, start, end, sound.level_db, sound.gain_db, line)


def recordings_of(timeline: Timeline) -> Iterator[ManifestRecording]:
    """Yield the recorded turns of a timeline, in order."""
    for placed in timeline.placed:
        if placed.recording is not None:
            said, file = placed.utterance, placed.recording
            start, end = (milliseconds(frame, timeline.sample_rate) / 1000 for frame in (placed.start_frame, placed.end_frame))
            name = one_line(file.name)
            yield ManifestRecording(said.speaker, said.text, name, file.sha256, start, end, placed.gain_db, said.source.line)
