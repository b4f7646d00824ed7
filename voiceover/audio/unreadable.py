"""Errors about files that are not audio, are not there, or exceed the limits of a clip."""

from __future__ import annotations

from pathlib import Path

from voiceover.audio.formats import READABLE
from voiceover.audio.limits import CLIP
from voiceover.errors import InputError


def unreadable(path: Path, error: Exception) -> InputError:
    """Return the error for a file that the system or libsndfile cannot read."""
    detail = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    return InputError(f"{path}: is not audio that can be read ({str(detail).strip().rstrip('.')}); {READABLE} can")


def instead_of_file(path: Path) -> str:
    """Return a description of what ``path`` is instead of a file."""
    if path.is_dir():
        return "is a folder; name a file in it"
    return "is a device or a pipe, not a file" if path.exists() else "there is no such file"


def refuse(path: Path, problem: str | None) -> None:
    """Raise InputError if there is a problem."""
    if problem is not None:
        raise InputError(f"{path}: {problem}")


def check_clip_size(path: Path) -> None:
    """Raise InputError if ``path`` is not a file or exceeds the size limit of a clip."""
    try:
        if not path.is_file():
            raise InputError(f"{path}: {instead_of_file(path)}")
        size = path.stat().st_size
    except OSError as error:
        raise unreadable(path, error) from error
    refuse(path, CLIP.size_problem(size))
