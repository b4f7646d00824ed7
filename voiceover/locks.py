"""One run at a time works on an episode, and one batch in an output folder."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from voiceover.errors import InputError, LockHeldError, OutputError
from voiceover.files import make_folder, os_errors_as

POLL_SECONDS = 0.1
BATCH_LOCK = ".voiceover-batch"
"""No episode's lock ends so."""
_NO_GUARD = 'a worker process runs this program from its top: put what it does under if __name__ == "__main__":'


@contextmanager
def episode_lock(folder: Path, stem: str, wait: bool = True, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the episode ``stem`` in the output folder ``folder`` (created where missing) for the length of the block.

    Where another run holds it: with ``wait``, ``on_wait`` is called once and the lock waited for; else LockHeldError. The system takes
    the lock from a run that has died, so a crash blocks nobody. Raises OutputError where the folder cannot be written.
    """
    held = f"{folder / stem}: another run is making this episode; run again when it has ended"
    with _held(folder, f".{stem}.lock", "lock the episode", held, on_wait if wait else None, wait=wait):
        yield


@contextmanager
def batch_lock(folder: Path) -> Iterator[bool]:
    """Hold the output folder of a batch, created where missing; True where the last batch died while it held it.

    Raises LockHeldError where another batch is at work in it, OutputError where the folder cannot be written.
    """
    crashed = (folder / BATCH_LOCK).exists()
    held = f"{folder}: another batch is at work in this folder; run again when it has ended"
    with _held(folder, BATCH_LOCK, "lock the folder", held, None, wait=False):
        yield crashed


@contextmanager
def _held(folder: Path, name: str, doing: str, held: str, on_wait: Callable[[], None] | None, *, wait: bool) -> Iterator[None]:
    """Hold the lock file ``name`` in ``folder``; where another run does, LockHeldError says ``held``."""
    make_folder(folder, "write here", OutputError, "choose another output folder")
    path = folder / name
    lock = FileLock(path)
    with os_errors_as(OutputError, doing, path):
        _acquire(lock, path, held, wait, on_wait)
    try:
        yield
    finally:
        # Still held here, so a run that waits sees the file go (see _acquire) and starts over with a new one.
        with suppress(OSError):
            path.unlink(missing_ok=True)
        lock.release()


def _acquire(lock: FileLock, path: Path, held: str, wait: bool, on_wait: Callable[[], None] | None) -> None:
    timeout = 0.0
    while True:
        # Our own descriptor keeps the inode alive, so its number cannot come back: if the name still leads to it once a lock
        # is ours, the lock is on the file of that name and not on one that the last holder took away.
        witness = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            lock.acquire(timeout=timeout, poll_interval=POLL_SECONDS)
            if _leads_to(path, witness):
                return
            lock.release()
        except FileNotFoundError:  # an older filelock: it looked, and then opened what the holder had taken away meanwhile
            if not path.parent.is_dir():
                raise
        except Timeout:
            if not wait:
                raise LockHeldError(held) from None
            if getattr(multiprocessing.current_process(), "_inheriting", False):  # as multiprocessing itself asks
                raise InputError(f"{held}; {_NO_GUARD}") from None
            timeout = -1.0
            if on_wait is not None:
                on_wait()
        finally:
            os.close(witness)


def _leads_to(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
