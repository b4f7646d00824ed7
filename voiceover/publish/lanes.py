"""Steps of work side by side: each lane is a thread that takes items from a bounded queue.

Encoder, resampler and the numpy of the master release the GIL, so one pass over the samples keeps several cores at work, and the bound
keeps memory where it is.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

from voiceover.system.threads import BackgroundThread

T = TypeVar("T")

_DEPTH = 8
"""Blocks that may wait; enough to even out the steps."""


def _nothing(*_: object) -> None: ...


class Lane(Generic[T]):
    """A thread that calls ``step`` with each item in order, and ``finish`` after the last.

    Where one of them raises, the lane goes on emptying its queue, so that nobody waits for it, and the exception is raised from the
    next ``put`` or from ``close``. ``voiceover.system.threads`` says why this is no bounded ``Queue`` but two simple ones.

    The thread starts at the first ``put``, or at ``close``: a Ctrl-C on the way out of a constructor leaves a lane that nobody can end.
    """

    def __init__(self, step: Callable[[T], None], finish: Callable[[], None]) -> None:
        self._step = step
        self._finish = finish
        self._queue: SimpleQueue[T | None] = SimpleQueue()
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(_DEPTH):
            self._free.put(None)
        self._error: BaseException | None = None
        self._cancelled = False
        self._thread: BackgroundThread | None = None

    def put(self, item: T) -> None:
        """Hand on an item; waits while the queue is full."""
        if self._error is not None:
            raise self._error
        self._start()
        self._free.get()
        self._queue.put(item)

    def close(self) -> None:
        """Say that there is no more, and wait for the end of the work."""
        self._start()
        self._end()
        if self._error is not None:
            raise self._error

    def cancel(self) -> None:
        """Drop what waits and end the thread; nothing is raised. May be called after ``close``, and twice."""
        self._cancelled = True
        self._end()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = BackgroundThread(self._work)

    def _end(self) -> None:
        self._queue.put(None)
        # A thread that a Ctrl-C left without a name has had no item yet, and ends by itself.
        if self._thread is not None:
            self._thread.join()
        # Not kept alive by its own lane until some later garbage collection: it may hold files and other libraries' objects.
        self._step = self._finish = _nothing

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            self._try(self._step, item)
            self._free.put(None)
        self._try(self._finish)

    def _try(self, work: Callable[..., None], *items: T) -> None:
        if self._error is None and not self._cancelled:
            try:
                work(*items)
            except BaseException as error:  # raised again in the thread that waits
                self._error = error
