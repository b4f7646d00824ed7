"""The folders in which voices are looked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from voiceover.system.folders import data_folder

FOLDER = "voices"
_PACKAGE = Path(__file__).resolve().parent.parent


def search_folders(script: Path | None, project: Path | None, extra: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Return the folders to look in for a voice, nearest first, including those that do not exist.

    ``script`` is the script's file, ``project`` the folder of the project file, and ``extra`` the folders that its key ``voices`` names.
    The user's data folder and the shipped voices come last.
    """
    found = [
        *([script.parent / FOLDER] if script is not None else []),
        *([project / FOLDER] if project is not None else []),
        *extra,
        data_folder() / FOLDER,
        shipped_folder(),
    ]
    once: dict[Path, Path] = {}
    for folder in found:
        once.setdefault(folder.absolute(), folder)
    return tuple(once.values())


def shipped_folder() -> Path:
    """Return the folder of the shipped voices: in the installed package, or at the top of a checkout."""
    packed = _PACKAGE / "shipped_voices"
    return packed if packed.is_dir() else _PACKAGE.parent / FOLDER
