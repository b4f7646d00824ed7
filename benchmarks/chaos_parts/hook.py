"""Installed as ``sitecustomize`` in the processes of some rows: a full disk where none can be mounted, and another clock."""

from __future__ import annotations

import datetime
import errno
import os
import sys
import time


def refuse_files(folder: str, left: int) -> None:
    """After ``left`` files and folders no more can be made below ``folder``."""
    made = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal made
        writes = event == "os.mkdir" or (event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR))
        if not writes or not isinstance(arguments[0], str | bytes | os.PathLike):
            return
        if os.path.realpath(os.fsdecode(arguments[0])).startswith(folder + "/"):
            made += 1
            if made > left:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), os.fsdecode(arguments[0]))

    sys.addaudithook(hook)


def shift_clock(seconds: float) -> None:
    """Whoever asks what time it is, is told another one."""
    now, now_ns = time.time, time.time_ns
    time.time = lambda: now() + seconds
    time.time_ns = lambda: now_ns() + round(seconds * 1e9)

    class Shifted(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
            return datetime.datetime.fromtimestamp(time.time(), tz)

    datetime.datetime = Shifted


if "CHAOS_LEFT" in os.environ:
    refuse_files(os.environ["CHAOS_FULL"], int(os.environ["CHAOS_LEFT"]))
if "CHAOS_CLOCK" in os.environ:
    shift_clock(float(os.environ["CHAOS_CLOCK"]))
