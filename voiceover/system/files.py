"""Write files atomically, and describe errors of the file system.

A file is written under a hidden name in its folder, synced to disk and renamed, so readers see the old file or the new one, even after a
kill at any moment.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from voiceover.errors import OutputError, VoiceoverError

PART_SUFFIX = ".part"
"""Ends the name of every file and folder that is still being written."""
_FULL = "the disk is full"
_MODE = 0o666
_WORDS = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than is allowed here",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "the file system is read-only",
    errno.ENOENT: "there is no such file or folder",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EISDIR: "it is a folder",
    errno.EEXIST: "there is a file of that name already",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EMFILE: "too many files are open",
    errno.EIO: "the disk reports an error (is it failing, or unplugged?)",
    errno.ESTALE: "the network folder has gone away",
}


def os_error_words(error: OSError) -> str:
    """Describe an OSError for a person; use the system's text if we have none."""
    return _WORDS.get(error.errno or 0) or error.strerror or str(error)


@contextmanager
def os_errors_as(failure: type[VoiceoverError], doing: str, path: Path, advice: str = "") -> Iterator[None]:
    """Raise ``failure`` in place of an OSError: ``PATH: cannot DOING: WHY; ADVICE``.

    ``doing`` is a verb and its object (``write the captions``). On a full disk the free space is included.
    """
    try:
        yield
    except OSError as error:
        why = os_error_words(error)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            why += _free_space(path)
        raise failure(f"{path}: cannot {doing}: {why}" + (f"; {advice}" if advice else "")) from error


def _free_space(path: Path) -> str:
    for folder in (path, *path.parents):
        with suppress(OSError):
            return f" ({shutil.disk_usage(folder).free / 1e6:.1f} MB free)"
    return ""


def is_special(path: Path) -> bool:
    """True if ``path`` is a device, a pipe or a socket."""
    return path.exists() and not path.is_file() and not path.is_dir()


def temporary_name(final: Path) -> Path:
    """Return a hidden name in the folder of ``final`` that no other run uses."""
    return final.with_name(f".{final.name[:40]}.{os.urandom(6).hex()}{PART_SUFFIX}")


def is_plain_name(name: str) -> bool:
    """True if a name from a file stays within its folder."""
    return bool(name) and name not in (".", "..") and not any(sign in name for sign in ("/", "\\", "\0"))


def sync_folder(folder: Path) -> None:
    """Sync renames within ``folder`` to disk, if its file system supports it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):  # network and FUSE file systems
            raise
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Sync the contents of a file that another library wrote."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def move_into_place(temporary: Path, final: Path) -> None:
    """Rename a finished, synced file to its final name in the same folder, replacing an older one, and sync the rename."""
    temporary.replace(final)
    sync_folder(final.parent)


@contextmanager
def whole_file(
    path: Path, doing: str, failure: type[VoiceoverError] = OutputError, advice: str = "", *, mode: int = _MODE
) -> Iterator[BinaryIO]:
    """Yield a binary file to write and seek in, which gets the name ``path`` only if the block succeeds.

    If the block raises, nothing of it remains and an older file is unchanged. A device or a pipe is written directly, never replaced, and
    does not support seeking. ``mode`` holds the permissions, which the user's umask limits. OSErrors become ``failure`` (see
    ``os_errors_as``).
    """
    if is_special(path):
        with os_errors_as(failure, doing, path, advice), path.open("wb") as special:
            yield special
        return
    temporary = temporary_name(path)
    with os_errors_as(failure, doing, path, advice):
        try:
            with open_new(temporary, mode) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            move_into_place(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise


def write_whole(
    path: Path, data: bytes, doing: str, failure: type[VoiceoverError] = OutputError, advice: str = "", *, mode: int = _MODE
) -> None:
    """Write ``data`` to ``path`` atomically, with the permissions ``mode`` as far as the umask allows."""
    with whole_file(path, doing, failure, advice, mode=mode) as file:
        file.write(data)


def open_new(path: Path, mode: int = _MODE) -> BinaryIO:
    """Create a file for writing and reading, with permissions by the user's umask. Raises OSError if it exists."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "w+b")


@contextmanager
def staging_folder(parent: Path, name: str, failure: type[VoiceoverError] = OutputError, advice: str = "") -> Iterator[Path]:
    """Yield a new hidden folder in ``parent``; at the end of the block, whatever was not moved out of it is deleted.

    OSErrors of the block become ``failure``.
    """
    folder = temporary_name(parent / name)
    with os_errors_as(failure, "write", parent, advice):
        try:
            parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir()
            yield folder
        finally:
            discard(folder)


def discard(path: Path) -> None:
    """Remove a file or a folder with its contents as far as possible; what remains has the suffix ``PART_SUFFIX``."""
    with suppress(OSError):
        path.unlink()
        return
    shutil.rmtree(path, ignore_errors=True)


def remove_if_empty(folder: Path) -> None:
    """Remove a folder that has nothing in it; any other is left as it is."""
    with suppress(OSError):
        folder.rmdir()


def make_place(path: Path, doing: str) -> None:
    """Check before long work that a file can be written to ``path``. Raises OutputError."""
    if is_special(path):
        return
    make_folder(path.parent, doing)
    with os_errors_as(OutputError, doing, path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "")


def make_folder(folder: Path, doing: str, failure: type[VoiceoverError] = OutputError, advice: str = "") -> None:
    """Create ``folder`` and its parents if they are missing, and check that files can be created in it."""
    with os_errors_as(failure, doing, folder, advice):
        folder.mkdir(parents=True, exist_ok=True)
        # Unnamed if the system supports that, so that a kill leaves nothing behind.
        tempfile.TemporaryFile(dir=folder).close()
