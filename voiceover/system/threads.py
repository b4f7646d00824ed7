"""Threads that a Ctrl-C cannot leave waiting for ever.

A KeyboardInterrupt can come between any two steps of Python code: also after ``queue.Queue``, ``ThreadPoolExecutor`` or ``Thread.start``
have taken a lock and before they come to the code that gives it back; then all who want that lock wait for ever. So what goes between
threads here goes through ``SimpleQueue`` alone, whose get and put are one step each.
"""

from __future__ import annotations

import _thread
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

_In = TypeVar("_In")
_Out = TypeVar("_Out")

_LOOK_SECONDS = 0.5


class BackgroundThread:
    """A thread at work. It does not keep the process from ending."""

    def __init__(self, work: Callable[[], None]) -> None:
        """Start a thread that calls ``work``, which must not raise."""
        self._ended: SimpleQueue[None] = SimpleQueue()
        self._is_over = False
        _thread.start_new_thread(self._run, (work,))

    def join(self) -> None:
        """Wait for its end; may be called twice."""
        while not self._is_over:
            # Whoever else waits may have taken the news, or have been interrupted when it came.
            with suppress(Empty):
                self._ended.get(timeout=_LOOK_SECONDS)

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            self._is_over = True
            self._ended.put(None)


class PendingCall(Generic[_In, _Out]):
    """A function that is called with one item in another thread, and what came of it."""

    def __init__(self, function: Callable[[_In], _Out], item: _In) -> None:
        self._function = function
        self._item = item
        self._outcome: SimpleQueue[tuple[_Out] | BaseException] = SimpleQueue()
        self._is_dropped = False

    def run(self) -> None:
        if self._is_dropped:
            return
        try:
            self._outcome.put((self._function(self._item),))
        except BaseException as error:  # raised again in the thread that waits
            self._outcome.put(error)

    def result(self) -> _Out:
        """What the function gave, or raised, once it has; asked for once, and not of a job that was dropped."""
        outcome = self._outcome.get()
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome[0]

    def drop(self) -> None:
        """Nobody wants the result: if the work has not begun, it need not be done."""
        self._is_dropped = True


class Workers:
    """Threads that work off jobs in the order they are given."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads: list[BackgroundThread] = []

    def start(self) -> None:
        """Start the threads."""
        for _ in range(self._count):
            self._threads.append(BackgroundThread(self._work))

    def give(self, function: Callable[[_In], _Out], item: _In) -> PendingCall[_In, _Out]:
        """Have ``function(item)`` called."""
        job = PendingCall(function, item)
        self._jobs.put(job.run)
        return job

    def leave(self) -> None:
        """Let the threads end when the jobs that were given are done, and wait for none of them."""
        for _ in range(self._count):
            self._jobs.put(None)

    def close(self) -> None:
        """End the threads when the jobs that were given are done."""
        self.leave()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (run := self._jobs.get()) is not None:
            run()
