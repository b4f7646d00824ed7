"""Files of a model into the store, hashed on the way."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from voiceover.errors import ModelError
from voiceover.models.record import Stored
from voiceover.system.files import os_errors_as
from voiceover.tensors.bundle import bundle_files
from voiceover.tensors.file_names import file_in
from voiceover.types import Progress

CHUNK = 1 << 22
SPARE_BYTES = 64_000_000
"""Left free on the disk."""

OnProgress = Callable[[Progress], None]


def place_parts(
    sources: Mapping[str, Path], staged: Path, name: str, move: bool, progress: OnProgress | None
) -> tuple[dict[str, str], dict[str, Stored]]:
    """Copy or move every file of every part below ``staged``; return where each part is there, and all files.

    Every name is checked before anything is written.
    """
    listed = {role: _files_of(role, path) for role, path in sources.items()}
    total = sum(path.stat().st_size for files in listed.values() for path, _ in files)
    if not move:
        check_space(staged.parent, total, "copy the model")
    placed: dict[str, str] = {}
    files: dict[str, Stored] = {}
    done = 0
    for role, role_files in listed.items():
        source = sources[role]
        placed[role] = role if source.is_dir() else f"{role}/{source.name}"
        for path, below in role_files:
            target = staged / role / below
            with os_errors_as(ModelError, "copy the model", path):
                target.parent.mkdir(parents=True, exist_ok=True)
                stored = _moved(path, target) if move else copied(path, target)
            files[f"{role}/{below.as_posix()}"] = stored
            done += stored.bytes
            if progress is not None:
                progress(Progress("copy", done, total, f"{name}: {below.name}"))
    return placed, files


def _files_of(role: str, path: Path) -> list[tuple[Path, PurePosixPath]]:
    """List the files of a part with their names below its folder; a bundle's are those that its manifest names."""
    if not path.is_dir():
        config = file_in(path.parent, "config.yaml") if role == "vocoder" else None
        return [(file, PurePosixPath(file.name)) for file in (path, config) if file is not None]
    return [(path / name, name) for name in bundle_files(path)]


def copied(source: Path, target: Path) -> Stored:
    """Copy a file to a new one. OSError passes."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reading, target.open("xb") as writing:
        while chunk := reading.read(CHUNK):
            digest.update(chunk)
            writing.write(chunk)
            size += len(chunk)
    return Stored(size, digest.hexdigest())


def _moved(source: Path, target: Path) -> Stored:
    stored = Stored(source.stat().st_size, sha256_of(source))
    source.rename(target)
    return stored


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes. OSError passes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def belongs(name: str, part: str) -> bool:
    """Whether a file is a part's own or lies below its folder."""
    return name == part or name.startswith(f"{part}/")


def check_space(folder: Path, needed: int, doing: str) -> None:
    """Raise ModelError unless the disk of ``folder`` has room for ``needed`` bytes."""
    place = next(path for path in (folder, *folder.parents) if path.exists())
    with os_errors_as(ModelError, doing, folder):
        free = shutil.disk_usage(place).free
    if free < needed + SPARE_BYTES:
        raise ModelError(f"{folder}: cannot {doing}: it needs {needed / 1e6:,.0f} MB, {free / 1e6:,.0f} MB are free")
