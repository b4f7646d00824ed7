"""Locks: one run at a time per episode, one batch per output folder, and at most a few at once of anything else.

``flock`` is used directly: lock files are in folders that may come from somebody else, so links are not followed, and a file system without
locks must be an error, whereas a library may fall back to a file that looks like another run's.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path

from voiceover.errors import InputError, LockHeldError, OutputError
from voiceover.system.files import make_folder, os_errors_as

POLL_SECONDS = 0.1
BATCH_LOCK = ".voiceover-batch"
"""Differs from every episode's lock file."""
_HELD = frozenset((errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES))
_NO_LOCKS = frozenset((errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL))
_NO_GUARD = 'a worker process runs this program from the start: put its code under if __name__ == "__main__":'


@contextmanager
def episode_lock(folder: Path, stem: str, wait: bool = True, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the episode ``stem`` in the output folder ``folder`` (created if missing) for the length of the block.

    If another run holds it and ``wait`` is true, call ``on_wait`` once and wait; otherwise raise LockHeldError. The system releases the
    lock of a run that has died. Raises OutputError if the folder cannot be written or locked.
    """
    held = f"{folder / stem}: another run is rendering this episode; try again when it has finished"
    with _held(folder, f".{stem}.lock", "lock the episode", held, on_wait if wait else None, wait=wait):
        yield


def is_locked(folder: Path, stem: str) -> bool:
    """True if there is a lock file of the episode ``stem``: a run holds it, or has died."""
    return os.path.lexists(folder / f".{stem}.lock")


@contextmanager
def batch_lock(folder: Path, work: Path) -> Iterator[bool]:
    """Hold the output folder of a batch, whose lock file is in ``work``; both are created if missing.

    Yield True if the last batch died while it held it. Raises LockHeldError if another batch is running there, also one with another folder
    for its work if the file system can lock folders, and OutputError if a folder cannot be written or locked.
    """
    held = f"{folder}: another batch is running in this folder; try again when it has finished"
    # Older versions had their lock file in the output folder; holding it removes what a killed one left.
    places = [place for place in (folder, work) if place == work or os.path.lexists(place / BATCH_LOCK)]
    crashed = any(os.path.lexists(place / BATCH_LOCK) for place in places)
    make_folder(folder, "write here", OutputError, "choose another output folder")
    with ExitStack() as stack:
        for place in places:
            stack.enter_context(_held(place, BATCH_LOCK, "lock the folder", held, None, wait=False))
        stack.enter_context(_folder_itself(folder, held))
        yield crashed


@contextmanager
def _folder_itself(folder: Path, held: str) -> Iterator[None]:
    """Hold a folder without a file in it, where the file system can."""
    with os_errors_as(OutputError, "lock the folder", folder):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _HELD:
                raise LockHeldError(held) from error
            # NFS, for one, locks only files that are open for writing; there, the lock file has to do.
        yield
    finally:
        _release(descriptor)


@contextmanager
def one_of(folder: Path, name: str, places: int) -> Iterator[None]:
    """Hold one of ``places`` places that share ``name`` in ``folder`` (created if missing), among all threads and processes; wait for it.

    The system frees the place of a process that has died. Raises OutputError if the folder cannot be written or locked.
    """
    with ExitStack() as held:
        while not any(_got(held, _held(folder, f".{name}.{number}.lock", "lock it", name, None, wait=False)) for number in range(places)):
            time.sleep(POLL_SECONDS)
        yield


def _got(held: ExitStack, lock: AbstractContextManager[None]) -> bool:
    """Enter a lock for the length of ``held``; return False if another holds it."""
    try:
        held.enter_context(lock)
    except LockHeldError:
        return False
    return True


@contextmanager
def _held(folder: Path, name: str, doing: str, held: str, on_wait: Callable[[], None] | None, *, wait: bool) -> Iterator[None]:
    """Hold the lock file ``name`` in ``folder``; raise LockHeldError saying ``held`` if another run holds it."""
    make_folder(folder, "write here", OutputError, "choose another output folder")
    path = folder / name
    with os_errors_as(OutputError, doing, path):
        descriptor = _acquire(path, held, wait, on_wait)
    try:
        yield
    finally:
        # Removed while still locked, so that a waiting run notices (see _acquire) and starts over with a new file.
        with suppress(OSError):
            path.unlink(missing_ok=True)
        _release(descriptor)


def _acquire(path: Path, held: str, wait: bool, on_wait: Callable[[], None] | None) -> int:
    """Return an open descriptor of the file ``path`` that holds the lock. OSError passes."""
    announced = False
    while True:
        descriptor = _open(path)
        try:
            # The open descriptor keeps the inode alive, so its number is not reused: if the name still refers to it once we have the
            # lock, we did not lock a file that the last holder removed.
            if _locked(descriptor, path):
                if _leads_to(path, descriptor):
                    return descriptor
                _release(descriptor)
                continue
        except BaseException:
            _release(descriptor)
            raise
        _release(descriptor)
        if not wait:
            raise LockHeldError(held)
        import multiprocessing

        if getattr(multiprocessing.current_process(), "_inheriting", False):  # the same test as in multiprocessing
            raise InputError(f"{held}; {_NO_GUARD}")
        if on_wait is not None and not announced:
            on_wait()
        announced = True
        time.sleep(POLL_SECONDS)


def _open(path: Path) -> int:
    """Open or create the lock file without following links: a folder from somebody else may contain a link to another file."""
    with suppress(FileNotFoundError):
        _check(path, path.lstat())  # before opening it: a pipe would block, a device might react
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK):  # a link that was just created
            raise OutputError(_refused(path, "a link")) from error
        raise
    try:
        _check(path, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check(path: Path, status: os.stat_result) -> None:
    """Raise OutputError unless a lock file is a plain file with one name."""
    if stat.S_ISLNK(status.st_mode) or (stat.S_ISREG(status.st_mode) and status.st_nlink > 1):
        raise OutputError(_refused(path, "a link"))
    if not stat.S_ISREG(status.st_mode):
        raise OutputError(_refused(path, "not a plain file"))


def _refused(path: Path, what: str) -> str:
    return f"{path}: refused: the lock file is {what}; remove it, or choose another output folder"


def _locked(descriptor: int, path: Path) -> bool:
    """Try to lock an open file; return False if another run holds it. Raises OutputError if its file system has no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            return False
        if error.errno in _NO_LOCKS:
            why = "the file system of this folder does not support file locks (flock)"
            raise OutputError(f"{path.parent}: {why}; choose a folder on a local disk") from error
        raise
    return True


def _release(descriptor: int) -> None:
    """Unlock and close. Closing alone does not unlock if a process forked meanwhile has the descriptor too."""
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def _leads_to(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
