"""Removes a voice: afterwards its folder is either complete or gone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from voiceover.errors import InputError, VoiceError
from voiceover.system.files import discard, os_errors_as, sync_folder, temporary_name
from voiceover.voices.find import unknown_voice, voice_called, voice_folders
from voiceover.voices.from_engines import FromEngines
from voiceover.voices.places import shipped_folder


def removable_voice(name: str, folders: Sequence[Path], engines: FromEngines) -> Path:
    """Return the folder of the voice ``name``, in any case, from the first of ``folders`` that has it; voice.yaml need not be readable.

    Raises VoiceError for a voice that does not exist or comes with voiceover, and for a name that is a path.
    """
    plain = name.strip()
    if not plain or "/" in plain or "\\" in plain or "\0" in plain or plain.startswith("."):
        raise VoiceError(f'"{name}" is not the name of a voice; give one from: voiceover voices list')
    found = voice_folders(folders)
    folder = voice_called(plain, found)
    if folder is None:
        brought = engines.voice(plain)
        if brought is not None:
            raise VoiceError(f"{brought.name} comes with the engine {brought.engine} and cannot be removed")
        raise VoiceError(unknown_voice(name, found, engines))
    # The folder that holds it, not the folder itself: a link to a shipped voice may be removed.
    if folder.parent.resolve() == shipped_folder().resolve():
        raise VoiceError(f"{folder.name} comes with voiceover and cannot be removed ({folder})")
    return folder


def voice_named(name: str, folders: Sequence[Path]) -> Path | None:
    """Return the folder of the voice that scripts find under ``name``; None if there is none."""
    return voice_called(name, voice_folders(folders))


def remove_voice(folder: Path) -> Path | None:
    """Remove a voice's folder; of a link to a folder only the link. Return what could not be deleted, under its hidden name.

    Raises InputError if nothing was removed.
    """
    hidden = temporary_name(folder)
    with os_errors_as(InputError, "remove the voice", folder):
        folder.rename(hidden)
        sync_folder(folder.parent)
    discard(hidden)
    return hidden if os.path.lexists(hidden) else None


def contents_of(folder: Path) -> tuple[int, int]:
    """Return the number of files in a voice's folder and their size in bytes; links are counted, not followed."""
    count = size = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            count += 1
            size += os.lstat(Path(parent) / name).st_size
    return count, size
