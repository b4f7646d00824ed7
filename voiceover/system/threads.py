"""Threads that a Ctrl-C cannot deadlock.

A KeyboardInterrupt can occur between any two steps of Python code, even after ``queue.Queue``, ``ThreadPoolExecutor`` or ``Thread.start``
have taken a lock and before they release it; then every other user of that lock waits forever. So threads here communicate only through
``SimpleQueue``, whose get and put are one step each.
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
    """A running thread. It does not prevent the process from exiting."""

    def __init__(self, work: Callable[[], None]) -> None:
        """Start a thread that calls ``work``, which must not raise."""
        self._ended: SimpleQueue[None] = SimpleQueue()
        self._is_over = False
        _thread.start_new_thread(self._run, (work,))

    def join(self) -> None:
        """Wait until it has ended; may be called twice."""
        while not self._is_over:
            # Another waiter may have taken the message, or was interrupted when it came.
            with suppress(Empty):
                self._ended.get(timeout=_LOOK_SECONDS)

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            self._is_over = True
            self._ended.put(None)


class PendingCall(Generic[_In, _Out]):
    """A call of a function in another thread, and its result."""

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
        except BaseException as error:  # raised again by result()
            self._outcome.put(error)

    def result(self) -> _Out:
        """Wait for the result and return or raise it; call this once, and not after ``drop``."""
        outcome = self._outcome.get()
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome[0]

    def drop(self) -> None:
        """Skip the call if it has not started: the result is not needed."""
        self._is_dropped = True


class Workers:
    """Threads that run calls in the order they are given."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads: list[BackgroundThread] = []

    def start(self) -> None:
        """Start the threads."""
        for _ in range(self._count):
            self._threads.append(BackgroundThread(self._work))

    def give(self, function: Callable[[_In], _Out], item: _In) -> PendingCall[_In, _Out]:
        """Schedule ``function(item)``."""
        job = PendingCall(function, item)
        self._jobs.put(job.run)
        return job

    def leave(self) -> None:
        """Let the threads end after the scheduled calls, without waiting."""
        for _ in range(self._count):
            self._jobs.put(None)

    def close(self) -> None:
        """Wait for the scheduled calls, then end the threads."""
        self.leave()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (run := self._jobs.get()) is not None:
            run()
