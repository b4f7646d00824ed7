"""Where voices are looked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from voiceover.system.folders import data_folder

FOLDER = "voices"
_PACKAGE = Path(__file__).resolve().parent.parent


def search_folders(script: Path | None, project: Path | None, extra: Sequence[Path] = ()) -> tuple[Path, ...]:
    """The folders to look in for a voice, the nearest first, whether they exist or not.

    ``script`` is the script's file, ``project`` the folder of the project file, ``extra`` what its key ``voices`` names. Then come the
    user's data folder and the shipped voices.
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
    """The folder of the voices that come with voiceover: within the installed package, or at the top of a checkout."""
    packed = _PACKAGE / "shipped_voices"
    return packed if packed.is_dir() else _PACKAGE.parent / FOLDER
