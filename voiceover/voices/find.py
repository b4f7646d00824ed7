"""Finds voices by name in the folders where they may stand."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from voiceover.errors import SettingsError, VoiceError
from voiceover.settings.problems import Problems
from voiceover.settings.values import did_you_mean
from voiceover.types import Voice
from voiceover.voices.voice_file import VOICE_FILE, read_voice

log = logging.getLogger(__name__)


def voice_folders(folders: Sequence[Path]) -> dict[str, Path]:
    """The folder of each voice by its name, in the order of the names without regard to case.

    Of two in different folders whose names differ at most in case the first found wins; in one folder both count.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        try:
            inside = sorted(folder.iterdir())
        except OSError:
            continue  # most search folders are not there, and one that cannot be listed has no voices for us
        nearer = {name.casefold() for name in found}
        for path in inside:
            if not path.name.startswith(".") and path.name.casefold() not in nearer and (path / VOICE_FILE).is_file():
                found[path.name] = path
    return dict(sorted(found.items(), key=lambda voice: (voice[0].casefold(), voice[0])))


def voice_called(name: str, found: Mapping[str, Path]) -> Path | None:
    """The folder of the voice ``name`` among ``voice_folders``: the one of exactly that name, else one that it is in another case."""
    name = name.strip()
    return found.get(name) or next((folder for known, folder in found.items() if known.casefold() == name.casefold()), None)


def load_voice(name: str, folders: Sequence[Path]) -> Voice:
    """The voice called ``name``, in any case, from the first folder that has it.

    Raises VoiceError where there is none, SettingsError where its voice.yaml or a clip cannot be used.
    """
    found = voice_folders(folders)
    folder = voice_called(name, found)
    if folder is None:
        raise VoiceError(unknown_voice(name, found))
    problems = Problems()
    voice = read_voice(folder, problems)
    if voice is None:
        raise SettingsError(problems.errors)
    return voice


def list_voices(folders: Sequence[Path]) -> tuple[Voice, ...]:
    """Every voice that can be used, by name; one that cannot is left out with a logged warning that says why."""
    voices = []
    for folder in voice_folders(folders).values():
        problems = Problems()
        voice = read_voice(folder, problems)
        if voice is not None:
            voices.append(voice)
        for problem in problems.errors:
            log.warning("left out: %s", problem)
    return tuple(voices)


def unknown_voice(name: str, found: Mapping[str, Path]) -> str:
    """What to say of a name that no voice has."""
    known = list(found)
    there = f"The voices are {', '.join(known)}." if known else "There are no voices here."
    return f'unknown voice "{name}"{did_you_mean(name, known) or "."} {there}'
