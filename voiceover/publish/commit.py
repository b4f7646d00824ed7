"""Commit the files of an episode together: staged in a hidden folder, fsynced, then renamed, the manifest last.

The stage ``.STEM.voiceover`` is in the output folder, so that renaming is enough. Its phases, and what the next run does after a kill:

1. The files are written into the stage.            There is no commit record: drop the stage and keep the old episode.
2. ``commit.json`` is written atomically into it.   The stage is complete: roll it forward.
3. Each file is renamed into place in the order     These steps can be repeated: complete them.
   of the record, the manifest last; then files
   that only the old episode had are removed.
4. The record is removed, then the stage.           Nothing is left to do.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from voiceover.errors import OutputError, PublishError
from voiceover.system.files import make_folder, os_errors_as, sync_file, sync_folder, write_whole
from voiceover.types import EpisodeFile

RECORD = "commit.json"
_SCHEMA = 1
_STAGE = ".voiceover"
_ADVICE = "the last finished episode was left as it was"
_LONGEST_SUFFIX = ".transcript.html"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Record:
    """The commit record: what to do with a complete stage."""

    place: tuple[tuple[str, int], ...]
    """File names in order, with the size of each in bytes."""
    remove: tuple[tuple[str, str], ...]
    """Names of files that only the old episode has, with the SHA-256 they had when they were written."""


def stage_folder(folder: Path, stem: str) -> Path:
    """Return the folder where the files of an episode are written until they are complete."""
    return folder / f".{stem}{_STAGE}"


def stem_of_stage(name: str) -> str:
    """Return the stem of the episode whose stage is the folder ``name``; empty for another folder."""
    stem = name.removeprefix(".").removesuffix(_STAGE)
    return stem if name == f".{stem}{_STAGE}" else ""


def check_output(folder: Path, stem: str = "") -> None:
    """Check that files can be created in ``folder``, which is created if missing. Raises OutputError."""
    name = os.fsencode(stem + _LONGEST_SUFFIX)
    if len(name) > 255 or stem in (".", "..") or any(sign in stem for sign in ("/", "\0")):
        why = ": it is too long" if len(name) > 255 else ""
        raise OutputError(f"{folder}: {stem!r} cannot be the name of an episode's files{why}")
    if not _is_utf_8(folder / stem):
        raise OutputError(f"{folder}: {stem!r} cannot be the name of an episode's files: it is not valid UTF-8; rename it")
    make_folder(folder, "write here", OutputError, "choose another output folder")


def _is_utf_8(path: Path) -> bool:
    """Return True if the name is valid UTF-8, as the manifest and soundfile need it."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def open_stage(folder: Path, stem: str) -> Path:
    """Return a new, empty stage. What an earlier run left is completed or dropped first."""
    complete_pending(folder, stem)
    stage = stage_folder(folder, stem)
    with os_errors_as(PublishError, "make a folder for unfinished files", stage, _ADVICE):
        stage.mkdir()
    return stage


def drop_stage(folder: Path, stem: str) -> None:
    """Remove an incomplete stage; a complete one is left for ``complete_pending``."""
    stage = stage_folder(folder, stem)
    if not (stage / RECORD).exists():
        shutil.rmtree(stage, ignore_errors=True)


def file_digest(path: Path) -> EpisodeFile:
    """Return size and SHA-256 of a file."""
    with path.open("rb") as file:
        return EpisodeFile(path, os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest())


def commit_stage(folder: Path, stem: str, names: Sequence[str], old: Mapping[str, str]) -> None:
    """Move the staged files ``names`` into place, in this order.

    ``old`` lists the files of the last episode with their SHA-256; those that are not in ``names`` are removed unless they were changed.
    Raises PublishError; if the stage is not complete by then, the last episode is untouched.
    """
    stage = stage_folder(folder, stem)
    remove = tuple((name, digest) for name, digest in sorted(old.items()) if name not in names and _is_plain(name))
    with os_errors_as(PublishError, "finish the episode", stage, _ADVICE):
        for name in names:
            if (folder / name).is_dir():
                raise PublishError(f"{folder / name}: is a folder; a file of the episode must go there")
            sync_file(stage / name)
        place = tuple((name, (stage / name).stat().st_size) for name in names)
        content = json.dumps({"schema": _SCHEMA, "place": place, "remove": remove}, indent=1).encode()
        write_whole(stage / RECORD, content, "finish the episode", PublishError, _ADVICE)
        sync_folder(folder)
    _roll_forward(folder, stage, _Record(place, remove))


def complete_pending(folder: Path, stem: str) -> bool:
    """Finish the commit of a killed run: move a complete stage into place and return True, or drop an incomplete one.

    The caller must hold the episode's lock. Raises PublishError if files cannot be moved.
    """
    stage = stage_folder(folder, stem)
    if not stage.is_dir() or stage.is_symlink():
        return False
    record = _read_record(stage / RECORD)
    if record is None or not _is_whole(stage, record):
        _log.info("%s: removing the unfinished files of an interrupted run", stage)
        with os_errors_as(PublishError, "remove unfinished files", stage):
            # Remove the record first: a stage without it counts as unfinished, whatever else it contains.
            (stage / RECORD).unlink(missing_ok=True)
            shutil.rmtree(stage)
        return False
    _log.info("%s: finishing the episode of an interrupted run", stage)
    _roll_forward(folder, stage, record)
    return True


def _roll_forward(folder: Path, stage: Path, record: _Record) -> None:
    with os_errors_as(PublishError, "put the finished files in place", folder, "the next run will try again"):
        for name, _ in record.place:
            # A file that is not in the stage was moved by the interrupted run.
            with suppress(FileNotFoundError):
                (stage / name).replace(folder / name)
        sync_folder(folder)
        for name, digest in record.remove:
            _remove_old(folder / name, digest)
        (stage / RECORD).unlink()
        shutil.rmtree(stage)
        sync_folder(folder)


def _remove_old(path: Path, sha256: str) -> None:
    if not path.is_file():
        return
    if file_digest(path).sha256 == sha256:
        path.unlink()
    else:
        _log.warning("%s: not part of the new episode, but modified since it was written; not removed", path)


def _is_whole(stage: Path, record: _Record) -> bool:
    """Return True if each file that is still in the stage has its recorded size; the others have been moved already."""
    for name, size in record.place:
        with suppress(FileNotFoundError):
            if (stage / name).stat().st_size != size:
                _log.warning("%s: damaged since it was written", stage / name)
                return False
    return True


def _read_record(path: Path) -> _Record | None:
    """Return the commit record; None if it is missing or invalid."""
    try:
        content = json.loads(path.read_bytes())
        if content["schema"] != _SCHEMA:
            raise ValueError("schema")
        place = tuple((str(name), int(size)) for name, size in content["place"])
        remove = tuple((str(name), str(digest)) for name, digest in content["remove"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.warning("%s: not readable (%s)", path, error)
        return None
    if not all(_is_plain(name) for name, _ in (*place, *remove)):
        _log.warning("%s: names a file outside its folder", path)
        return None
    return _Record(place, remove)


def _is_plain(name: str) -> bool:
    """Return True if a name stays within its folder."""
    return bool(name) and name not in (".", "..") and not any(sign in name for sign in ("/", "\\", "\0"))
