"""Commit the files of an episode together: staged in a hidden folder, fsynced, then renamed, the manifest last.

The stage ``.STEM.voiceover`` is in the output folder, or in the state folder if the episode has one, which then keeps its manifest, too.
Its phases, and what the next run does after a kill:

1. The files are written into the stage.            There is no commit record: drop the stage and keep the old episode.
2. ``commit.json`` is written atomically into it.   The stage is complete: roll it forward.
3. Each file is renamed into place in the order     These steps can be repeated: complete them.
   of the record, the manifest last; then files
   that only the old episode had are removed.
4. The record is removed, then the stage.           Nothing is left to do.

Stems are in a folder of their own, ``STEM.stems``; their names begin with it.

If the state folder is on another file system, phase 3 begins with copies of all files in the output folder, under hidden names.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

from voiceover.errors import OutputError, PublishError
from voiceover.publish.manifest import SUFFIX as MANIFEST_SUFFIX
from voiceover.system.files import (
    PART_SUFFIX,
    is_plain_name,
    make_folder,
    os_errors_as,
    remove_if_empty,
    sync_file,
    sync_folder,
    write_whole,
)
from voiceover.system.locks import episode_lock
from voiceover.types import STEMS_SUFFIX, EpisodeFile
from voiceover.types.lazy_dataclass import dataclass

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


def stage_folder(folder: Path, stem: str, state: Path | None = None) -> Path:
    """Return the folder where the files of an episode are written until they are complete."""
    return (state or folder) / f".{stem}{_STAGE}"


def stem_of_stage(name: str) -> str:
    """Return the stem of the episode whose stage is the folder ``name``; empty for another folder."""
    stem = name.removeprefix(".").removesuffix(_STAGE)
    return stem if name == f".{stem}{_STAGE}" else ""


def manifest_path(folder: Path, stem: str, state: Path | None = None) -> Path:
    """Return where the manifest of an episode is written: in its state folder if it has one, else beside its other files."""
    return (state or folder) / f"{stem}{MANIFEST_SUFFIX}"


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


def open_stage(folder: Path, stem: str, state: Path | None = None) -> Path:
    """Return a new, empty stage. What an earlier run left is completed or dropped first."""
    complete_pending(folder, stem, state)
    stage = stage_folder(folder, stem, state)
    with os_errors_as(PublishError, "make a folder for unfinished files", stage, _ADVICE):
        stage.mkdir()
    return stage


def drop_stage(folder: Path, stem: str, state: Path | None = None) -> None:
    """Remove an incomplete stage; a complete one is left for ``complete_pending``."""
    stage = stage_folder(folder, stem, state)
    if not (stage / RECORD).exists():
        shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def new_stage(folder: Path, stem: str, state: Path | None = None) -> Iterator[Path]:
    """Yield a new, empty stage; if it is not complete by the end of the block, it is removed."""
    stage = open_stage(folder, stem, state)
    try:
        yield stage
    finally:
        drop_stage(folder, stem, state)


def file_digest(path: Path, subfolder: str = "") -> EpisodeFile:
    """Return size and SHA-256 of a file; ``subfolder`` is the folder beside the episode's other files that it is in."""
    with path.open("rb") as file:
        return EpisodeFile(path, os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest(), subfolder)


def is_file_name(name: str) -> bool:
    """True if a name from a manifest or a record is that of a file of an episode: it stays in the output folder, or in one of stems."""
    folder, _, last = name.rpartition("/")
    return is_plain_name(last) and (not folder or (is_plain_name(folder) and folder.endswith(STEMS_SUFFIX)))


def commit_stage(folder: Path, stem: str, names: Sequence[str], old: Mapping[str, str], state: Path | None = None) -> None:
    """Move the staged files ``names`` into place, in this order.

    ``old`` lists the files of the last episode with their SHA-256; those that are not in ``names`` are removed unless they were changed.
    Raises PublishError, and LockHeldError if another run holds the episode in ``folder``; if the stage is not complete by then, the last
    episode is untouched.
    """
    stage = stage_folder(folder, stem, state)
    remove = tuple((name, digest) for name, digest in sorted(old.items()) if name not in names and is_file_name(name))
    with placing(folder, stem, state):
        with os_errors_as(PublishError, "finish the episode", stage, _ADVICE):
            for name in names:
                if (home_of(name, folder, state) / name).is_dir():
                    raise PublishError(f"{folder / name}: is a folder; a file of the episode must go there")
                sync_file(stage / name)
            for below in _subfolders(folder, names):
                sync_folder(stage / below)
            place = tuple((name, (stage / name).stat().st_size) for name in names)
            content = json.dumps({"schema": _SCHEMA, "place": place, "remove": remove}, indent=1).encode()
            write_whole(stage / RECORD, content, "finish the episode", PublishError, _ADVICE)
            sync_folder(stage.parent)
        _roll_forward(folder, stem, state, _Record(place, remove))


def complete_pending(folder: Path, stem: str, state: Path | None = None) -> bool:
    """Finish the commit of a killed run: move a complete stage into place and return True, or drop an incomplete one.

    The caller must hold the episode's lock: the one in ``state`` if that is given. Raises PublishError if files cannot be moved,
    LockHeldError if another run holds the episode in ``folder``.
    """
    stage = stage_folder(folder, stem, state)
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
    with placing(folder, stem, state):
        _roll_forward(folder, stem, state, record)
    return True


def placing(folder: Path, stem: str, state: Path | None) -> AbstractContextManager[None]:
    """Hold the episode in the output folder while files are put there. Without a state folder, the caller holds it anyway."""
    return nullcontext() if state is None else episode_lock(folder, stem, wait=False)


def home_of(name: str, folder: Path, state: Path | None) -> Path:
    """Return the folder of one file: with a state folder, manifests are kept there."""
    return folder if state is None or not name.endswith(MANIFEST_SUFFIX) else state


def _roll_forward(folder: Path, stem: str, state: Path | None, record: _Record) -> None:
    stage = stage_folder(folder, stem, state)
    with os_errors_as(PublishError, "put the finished files in place", folder, "the next run will try again"):
        copied = state is not None and stage.stat().st_dev != folder.stat().st_dev
        if copied:
            _copy_all(stage, folder, [name for name, _ in record.place if home_of(name, folder, state) == folder])
        placed_below, old_below = (_subfolders(folder, (name for name, _ in rows)) for rows in (record.place, record.remove))
        for below in placed_below:
            (folder / below).mkdir(exist_ok=True)
        for name, _ in record.place:
            home = home_of(name, folder, state)
            # A file that is not in the stage was moved by the interrupted run.
            with suppress(FileNotFoundError):
                if copied and home == folder:
                    (folder / _part(name)).replace(folder / name)
                    (stage / name).unlink()
                else:
                    (stage / name).replace(home / name)
        for place in {*(folder / below for below in placed_below), folder, stage.parent}:
            sync_folder(place)
        for name, digest in record.remove:
            _remove_old(home_of(name, folder, state) / name, digest)
        for below in old_below:
            remove_if_empty(folder / below)
        (stage / RECORD).unlink()
        shutil.rmtree(stage)
        sync_folder(stage.parent)


def _subfolders(folder: Path, names: Iterable[str]) -> list[str]:
    """Return the folders of stems that the files are in. Raises PublishError if one is a link, or something else that is no folder."""
    found = sorted({name.partition("/")[0] for name in names if "/" in name})
    for below in (folder / name for name in found):
        if below.is_symlink() or (below.exists() and not below.is_dir()):
            raise PublishError(f"{below}: is not a folder; it is the place of the episode's stems, so remove it or rename it")
    return found


def _part(name: str) -> str:
    """Return the name of a copy in the output folder; always the same one, so that the next run replaces what a killed one left."""
    return f".{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}{PART_SUFFIX}"


def _copy_all(stage: Path, folder: Path, names: Sequence[str]) -> None:
    """Copy those of the files ``names`` that are still in the stage, and sync the copies; if that fails, none of them stays."""
    try:
        for name in names:
            with suppress(FileNotFoundError), (stage / name).open("rb") as file:
                copy = folder / _part(name)
                copy.unlink(missing_ok=True)
                with copy.open("xb") as target:
                    shutil.copyfileobj(file, target)
                sync_file(copy)
    except BaseException:
        for name in names:
            with suppress(OSError):
                (folder / _part(name)).unlink(missing_ok=True)
        raise


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
            found = (stage / name).lstat()
            if found.st_size != size or not stat.S_ISREG(found.st_mode):
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
    if not all(is_file_name(name) for name, _ in (*place, *remove)):
        _log.warning("%s: names a file outside its folder", path)
        return None
    return _Record(place, remove)
