"""Finds the files that a script plays: sounds and music of its cues, intro, outro, and recorded turns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from voiceover.audio.clip_header import read_sound_header
from voiceover.audio.limits import SOUND, TURN, AudioLimits
from voiceover.errors import InputError
from voiceover.settings.confine import confined
from voiceover.settings.problems import Problems
from voiceover.system.dependencies import add_dependency, once
from voiceover.types import (
    Bumper,
    Cue,
    Ducking,
    Script,
    Segment,
    Settings,
    SoundEntry,
    SoundFile,
    Soundtrack,
    Source,
)
from voiceover.types.lazy_dataclass import dataclass

_HASH_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A file that a script plays."""

    key: str
    """Its name among the sounds, or the path as written."""
    sound: SoundEntry
    source: Source
    """Where the script first asks for it."""
    limits: AudioLimits

    @property
    def lead(self) -> str:
        """The start of a message about it, before its path: its name, if the script gives it one."""
        return f'"{self.key}": ' if self.limits is SOUND and self.key != self.sound.path else ""


def soundtrack_of(script: Script, settings: Settings, *, intro: bool = True, outro: bool = True) -> Soundtrack | None:
    """Return the files that ``script``, or a part of one, plays; None if it plays none and is not asked to be stereo.

    ``intro`` and ``outro`` are False for a part without the beginning or the end. Raises InputError if a file has gone since the check.
    """
    first, last = settings.intro if intro else None, settings.outro if outro else None
    sounds: dict[str, SoundFile] = {}
    recordings: dict[str, SoundFile] = {}
    for wanted in wanted_files(script, settings, first, last):
        target = sounds if wanted.limits is SOUND else recordings
        target[wanted.key] = _found(wanted)
    stereo = settings.channels != "mono" and (settings.channels == "stereo" or any(file.channels == 2 for file in sounds.values()))
    if not sounds and not recordings and not stereo:
        return None
    return Soundtrack(2 if stereo else 1, sounds, recordings, first, last, settings.ducking or Ducking())


def wanted_bumpers(script: Script, settings: Settings, intro: Bumper | None = None, outro: Bumper | None = None) -> Iterator[WantedFile]:
    """Yield the files of the intro and the outro."""
    for key, bumper in (("intro", intro), ("outro", outro)):
        if bumper is not None:
            sound = (settings.sounds or {}).get(bumper.sound) or SoundEntry(bumper.sound)
            yield WantedFile(bumper.sound, sound, settings.places.get(key, Source(script.path)), SOUND)


def _cues(script: Script, settings: Settings) -> Iterator[WantedFile]:
    known, folder = settings.sounds or {}, Path(script.path).parent
    assets = tuple(map(Path, settings.assets or ()))
    for item in script.items:
        if isinstance(item, Cue) and item.name is not None and item.name in known:
            yield WantedFile(item.name, known[item.name], item.source, SOUND)
        elif isinstance(item, Segment) and item.recording is not None:
            # What is wrong with the path has been reported where the script was read.
            path = confined(item.recording, folder, assets, item.source, Problems(), must_exist=True)
            if path is not None:
                yield WantedFile(item.recording, SoundEntry(str(path)), item.source, TURN)


def wanted_files(script: Script, settings: Settings, intro: Bumper | None, outro: Bumper | None) -> Iterator[WantedFile]:
    """Yield each file once, at the place where it is first asked for."""
    seen: set[tuple[str, str]] = set()
    for wanted in (*wanted_bumpers(script, settings, intro, outro), *_cues(script, settings)):
        if (wanted.key, wanted.limits.what) not in seen:
            seen.add((wanted.key, wanted.limits.what))
            yield wanted


def _found(wanted: WantedFile) -> SoundFile:
    path = Path(wanted.sound.path)
    add_dependency(path)
    try:
        header = read_sound_header(path, wanted.limits)
        digest = once(("sound digest", path), lambda: _digest(path))
    except (InputError, OSError) as error:
        raise InputError(f"{wanted.source}: {wanted.lead}{error}") from error
    name = path.name if wanted.key == wanted.sound.path else wanted.key
    return SoundFile(name, path, digest, header.sample_rate, header.channels, header.frames, wanted.sound.licence, wanted.sound.credit)


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(_HASH_BYTES):
            found.update(data)
    return found.hexdigest()
