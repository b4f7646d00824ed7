"""Finds voices by name, in folders and among those that come with engines."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from voiceover.errors import SettingsError, VoiceError
from voiceover.settings.problems import Problems
from voiceover.settings.values import did_you_mean
from voiceover.types import Voice
from voiceover.voices.from_engines import FromEngines
from voiceover.voices.voice_file import VOICE_FILE, read_voice

log = logging.getLogger(__name__)


def voice_folders(folders: Sequence[Path]) -> dict[str, Path]:
    """Return the folder of each voice by its name, in alphabetical order without regard to case.

    If two folders have a voice whose names differ at most in case, the first folder wins; within one folder both count.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        try:
            inside = sorted(folder.iterdir())
        except OSError:
            continue  # most search folders do not exist, and one that cannot be listed has no usable voices
        nearer = {name.casefold() for name in found}
        for path in inside:
            if not path.name.startswith(".") and path.name.casefold() not in nearer and (path / VOICE_FILE).is_file():
                found[path.name] = path
    return dict(sorted(found.items(), key=lambda voice: (voice[0].casefold(), voice[0])))


def voice_called(name: str, found: Mapping[str, Path]) -> Path | None:
    """Return the folder of the voice ``name`` among ``voice_folders``; an exact match wins over one in another case."""
    name = name.strip()
    return found.get(name) or next((folder for known, folder in found.items() if known.casefold() == name.casefold()), None)


def load_voice(name: str, folders: Sequence[Path], engines: FromEngines) -> Voice:
    """Return the voice called ``name``, in any case, from the first folder that has it, else from an engine.

    Raises VoiceError if there is none, SettingsError if its voice.yaml or a clip cannot be used.
    """
    found = voice_folders(folders)
    folder = voice_called(name, found)
    if folder is None:
        voice = engines.voice(name)
        if voice is None:
            raise VoiceError(unknown_voice(name, found, engines))
        return voice
    problems = Problems()
    voice = read_voice(folder, engines, problems)
    if voice is None:
        raise SettingsError(problems.errors)
    return voice


def list_voices(folders: Sequence[Path], engines: FromEngines) -> tuple[Voice, ...]:
    """Return every voice that can be used, by name; an unusable one is left out with a warning in the log that says why."""
    voices = []
    found = voice_folders(folders)
    for folder in found.values():
        problems = Problems()
        voice = read_voice(folder, engines, problems)
        if voice is not None:
            voices.append(voice)
        for problem in problems.errors:
            log.warning("left out: %s", problem)
    taken = {name.casefold() for name in found}
    voices += [voice for voice in engines.voices().values() if voice.name.casefold() not in taken]
    return tuple(sorted(voices, key=lambda voice: (voice.name.casefold(), voice.name)))


def unknown_voice(name: str, found: Mapping[str, Path], engines: FromEngines, engine: str | None = None) -> str:
    """Return the message for a name that no voice has; ``engine`` is the one that the cast names for it."""
    advice = engines.how_to_get(name.strip())
    if advice is not None:
        return f'the voice "{name}" is not installed; {advice}'
    fault = engines.fault(engine) if engine is not None else None
    if fault is not None:
        return f'there is no voice "{name}", and the engine {engine} brings none: {fault}'
    known = [*found, *(each for each in engines.voices() if each not in found)]
    there = f"The voices are {', '.join(known)}." if known else "There are no voices here."
    return f'unknown voice "{name}"{did_you_mean(name, known) or "."} {there}'
