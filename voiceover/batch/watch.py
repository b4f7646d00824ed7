"""A recording seen from outside, so that a batch can end in time although an engine does not."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from voiceover.errors import RunError
from voiceover.threads import Running

T = TypeVar("T")

GRACE_SECONDS = 2.0
"""What a recording gets to end between two takes once it must; worker processes that are not done then are killed."""
_LAST_SECONDS = 1.0
"""And what it gets to notice that they were."""
_LOOK_SECONDS = 0.2


class EndlessError(RunError):
    """A recording that does not end was left behind; it goes on in its thread until this process ends."""


class Watched(Generic[T]):
    """Work in a thread of its own; the caller's thread stays free for signals and the clock."""

    def __init__(self, work: Callable[[Callable[[], bool]], T], stop: Callable[[], bool]) -> None:
        """``work`` asks the function that it is given, between takes, whether to stop; ``stop`` is asked in turn."""
        self._work, self._stop = work, stop
        self._ended: SimpleQueue[tuple[T] | BaseException] = SimpleQueue()
        self._must_end = False
        self.left_behind = False
        """Whether it did not end when it had to, and goes on."""

    def result(self, deadline: float | None) -> T:
        """Do the work, and give what came of it. After ``deadline`` (``time.monotonic``), and when this thread is interrupted, it must end.

        Raises what the work raised, and EndlessError where it does not end after the deadline.
        """
        try:
            Running(self._run)
            found = self._wait(deadline)
        except BaseException:
            self._end()
            raise
        if found is None:
            found = self._end()
        if found is None:
            raise EndlessError("the recording does not end")
        if isinstance(found, BaseException):
            raise found
        return found[0]

    def _run(self) -> None:
        try:
            self._ended.put((self._work(lambda: self._must_end or self._stop()),))
        except BaseException as error:  # raised again by ``result``
            self._ended.put(error)

    def _wait(self, deadline: float | None) -> tuple[T] | BaseException | None:
        while deadline is None or time.monotonic() < deadline:
            left = _LOOK_SECONDS if deadline is None else min(_LOOK_SECONDS, max(deadline - time.monotonic(), 0.0))
            with suppress(Empty):
                return self._ended.get(timeout=left)
        return None

    def _end(self) -> tuple[T] | BaseException | None:
        self._must_end = True
        found = self._wait(time.monotonic() + GRACE_SECONDS)
        if found is None:
            for worker in multiprocessing.active_children():
                worker.kill()
            found = self._wait(time.monotonic() + _LAST_SECONDS)
        self.left_behind = found is None
        return found
