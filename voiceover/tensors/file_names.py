"""Checks file names of untrusted origin: a manifest, checksum list, archive or record may only name files below its own folder."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from voiceover.errors import ModelError
from voiceover.system.lazy import lazy_pattern

_LONGEST = 255
"""Bytes per part of a name, on every common file system."""
_LONGEST_PATH = 1000
_DEEPEST = 32
MOST_FILES = 10_000
"""Files in a bundle or an archive."""
_ELSEWHERE = lazy_pattern(r"[\\:]")
"""Path separators and drive letters of other systems."""
_BANNED = lazy_pattern("[\0-\x1f\x7f\ud800-\udfff]")
_COMMIT = lazy_pattern(r"[0-9a-f]{40}")


def fault_of(name: str) -> str | None:
    """Return what makes ``name`` unsafe as a relative file name, None if it is safe."""
    if len(name) > _LONGEST_PATH or name.count("/") > _DEEPEST:
        return "is too long"
    path = PurePosixPath(name)
    if not name or path == PurePosixPath():
        return "is empty"
    if path.is_absolute() or ".." in path.parts or _ELSEWHERE.search(name):
        return "leads outside the folder"
    if _BANNED.search(name):
        return "contains control characters or surrogates"
    if any(len(part.encode()) > _LONGEST for part in path.parts):
        return "is too long"
    return None


def clash_in(names: Iterable[PurePosixPath]) -> tuple[PurePosixPath, PurePosixPath] | None:
    """Return two names that are the same file on some systems (they differ only by case or Unicode normalization), or None."""
    seen: dict[str, PurePosixPath] = {}
    for name in names:
        for part in (name, *name.parents):
            other = seen.setdefault(_folded(part), part)
            if other != part:
                return other, part
    return None


def _folded(name: PurePosixPath) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", str(name)).casefold())


def leads_out(folder: Path, path: Path) -> bool:
    """Return True if ``path`` below ``folder`` is, or is reached through, a link to somewhere outside.

    The Hugging Face cache stores each file of a snapshot as a link into the repository's own ``blobs`` folder; those are inside.
    """
    home, real = Path(os.path.realpath(folder)), Path(os.path.realpath(path))
    if real.is_relative_to(home):
        return False
    for place in (home, *home.parents):
        if _COMMIT.fullmatch(place.name) and place.parent.name == "snapshots" and place.parents[1].name.startswith("models--"):
            return not real.is_relative_to(place.parents[1] / "blobs")
    return True


def file_in(folder: Path, name: str) -> Path | None:
    """Return the path of a regular file that ``folder`` may hold under ``name``, None if there is nothing of that name.

    Raises ModelError for a link that leads out of the folder, and for a folder, a pipe or a device.
    """
    path = folder / name
    if leads_out(folder, path):
        raise ModelError(f"{path}: refused: this is a link that leads out of {folder}; replace it with a copy of the file")
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(mode):
        raise ModelError(f"{path}: refused: this is a folder or a special file, not a plain file")
    return path
