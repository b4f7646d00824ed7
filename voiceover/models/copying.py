"""Copies files of a model into the store and hashes them on the way."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from voiceover.errors import ModelError
from voiceover.system.files import os_errors_as
from voiceover.types import Progress
from voiceover.types.models import ModelPart, StoredFile

CHUNK = 1 << 22
SPARE_BYTES = 64_000_000
"""Space to leave free on the disk."""

OnProgress = Callable[[Progress], None]


def place_parts(
    parts: Mapping[str, ModelPart], staged: Path, name: str, move: bool, progress: OnProgress | None
) -> tuple[dict[str, str], dict[str, StoredFile]]:
    """Copy or move every file of every part below ``staged``.

    Returns the place of each part by role, and all files, both relative to ``staged``. Raises ModelError.
    """
    total = sum(path.stat().st_size for part in parts.values() for path, _ in part.files)
    if not move:
        check_space(staged.parent, total, "copy the model")
    placed: dict[str, str] = {}
    files: dict[str, StoredFile] = {}
    done = 0
    for role, part in parts.items():
        placed[role] = role if part.path.is_dir() else f"{role}/{part.path.name}"
        for path, below in part.files:
            target = staged / role / below
            with os_errors_as(ModelError, "copy the model", path):
                target.parent.mkdir(parents=True, exist_ok=True)
                stored = _moved(path, target) if move else copied(path, target)
            files[f"{role}/{below.as_posix()}"] = stored
            done += stored.bytes
            if progress is not None:
                progress(Progress("copy", done, total, f"{name}: {below.name}"))
    return placed, files


def copied(source: Path, target: Path) -> StoredFile:
    """Copy a file to a new one. OSError passes."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reading, target.open("xb") as writing:
        while chunk := reading.read(CHUNK):
            digest.update(chunk)
            writing.write(chunk)
            size += len(chunk)
    return StoredFile(size, digest.hexdigest())


def _moved(source: Path, target: Path) -> StoredFile:
    stored = StoredFile(source.stat().st_size, sha256_of(source))
    source.rename(target)
    return stored


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file. OSError passes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def belongs(name: str, part: str) -> bool:
    """Return True if a file is ``part`` or is below that folder."""
    return name == part or name.startswith(f"{part}/")


def check_space(folder: Path, needed: int, doing: str) -> None:
    """Raise ModelError unless the disk of ``folder`` has room for ``needed`` bytes."""
    place = next(path for path in (folder, *folder.parents) if path.exists())
    with os_errors_as(ModelError, doing, folder):
        free = shutil.disk_usage(place).free
    if free < needed + SPARE_BYTES:
        raise ModelError(f"{folder}: cannot {doing}: it needs {needed / 1e6:,.0f} MB, {free / 1e6:,.0f} MB are free")
