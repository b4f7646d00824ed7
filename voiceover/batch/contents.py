"""Digests of files. Time stamps are trusted only if every change of the file is sure to change them."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Sequence

from voiceover.types.lazy_dataclass import dataclass

SMALL_BYTES = 1_000_000
"""Files up to this size are always read. A larger file is read again only if its size, inode or one of its times (ctime, mtime) changed."""
ABSENT = ""
UNSETTLED = "?"
"""Stands for the digest of a file that may have changed while it was used; equal to no digest."""
_TICK_NS = 20_000_000
"""The kernel updates file times in steps of up to 10 ms."""
_COARSE_NS = 2_000_000_000
"""For file systems with a resolution of one or two seconds."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What was found at a path."""

    digest: str
    stamp: tuple[int, ...]
    """Empty if there is no file."""
    settled: bool
    """True if no later change can have the same stamp."""


class FileDigests:
    """SHA-256 of files, each read at most once in a run."""

    def __init__(self) -> None:
        self._known: dict[str, _Read] = {}

    def digest(self, path: str, last: Sequence[object] = ()) -> str:
        """Return the digest in hex; ``ABSENT`` if no file can be read there. ``last`` is an earlier ``record`` of it."""
        if path not in self._known:
            stamp = stamp_of(path)
            believed = stamp and stamp[0] > SMALL_BYTES and tuple(last[1:]) == stamp
            self._known[path] = _Read(str(last[0]), stamp, True) if believed else _read(path)
        return self._known[path].digest

    def stamp(self, path: str) -> tuple[int, ...]:
        """Return the stamp of a file that was read in this run, if any change will change the stamp; otherwise an empty one."""
        read = self._known.get(path)
        return read.stamp if read is not None and read.settled else ()

    def record(self, path: str, used_since_ns: int) -> list[object]:
        """Return digest and stamp of a file that was used at or after ``used_since_ns`` (since the epoch), for the next run to compare.

        A file that may have changed between its use and its reading here is ``UNSETTLED``: if it was changed and changed back, the next
        run would otherwise see no change.
        """
        read = self._known.get(path)
        if read is None or (read.stamp and not (read.settled and read.stamp == stamp_of(path))):
            read = self._known[path] = _read(path)
            if _changed_since(path, read.stamp, used_since_ns):
                return [UNSETTLED]
        return [read.digest, *read.stamp] if read.settled and read.stamp[0] > SMALL_BYTES else [read.digest]


def stamp_of(path: str) -> tuple[int, ...]:
    """Return size, inode, mtime and ctime in ns; empty if there is no file."""
    try:
        state = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return ()
    return state.st_size, state.st_ino, state.st_mtime_ns, state.st_ctime_ns


def _read(path: str) -> _Read:
    before, now_ns = stamp_of(path), time.time_ns()
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - reading a pipe would wait for a writer
            return _Read(ABSENT, (), False)
        with open(path, "rb") as file:  # noqa: PTH123
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return _Read(ABSENT, (), False)
    settled = before == stamp_of(path) and not _changed_since(path, before, now_ns - _COARSE_NS)
    return _Read(digest, before, settled)


def _changed_since(path: str, stamp: Sequence[int], moment_ns: int) -> bool:
    while not stamp:
        # If there is no file, the times of its folder tell when there last was one.
        path = os.path.dirname(path)  # noqa: PTH120
        stamp = stamp_of(path)
    changed = max(stamp[2:])
    return changed >= moment_ns - (_COARSE_NS if changed % 1_000_000_000 == 0 else _TICK_NS)
