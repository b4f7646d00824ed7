"""Parallel steps: each lane is a thread that processes items from a bounded queue.

Encoder, resampler and the master's numpy code release the GIL, so one pass over the samples uses several cores. The bound limits memory.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

from voiceover.system.threads import BackgroundThread

T = TypeVar("T")

_DEPTH = 8
"""Blocks that may wait in a queue; enough to even out differences in speed."""


def _nothing(*_: object) -> None: ...


class Lane(Generic[T]):
    """A thread that calls ``step`` with each item in order, and ``finish`` after the last.

    If one of them raises, the lane continues to empty its queue, so that no other thread waits for it, and the next ``put`` or ``close``
    raises the exception. ``voiceover.system.threads`` explains why there are two simple queues instead of a bounded ``Queue``.

    The thread starts at the first ``put`` or at ``close``: a Ctrl-C at the end of a constructor would leave a lane that cannot be ended.
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
        """Add an item; wait while the queue is full."""
        if self._error is not None:
            raise self._error
        self._start()
        self._free.get()
        self._queue.put(item)

    def close(self) -> None:
        """Signal that there are no more items, and wait until all are processed."""
        self._start()
        self._end()
        if self._error is not None:
            raise self._error

    def cancel(self) -> None:
        """Discard waiting items and end the thread without raising anything. May be called after ``close``, and repeatedly."""
        self._cancelled = True
        self._end()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = BackgroundThread(self._work)

    def _end(self) -> None:
        self._queue.put(None)
        # If Ctrl-C interrupted the start of the thread, it has not had any item and ends by itself.
        if self._thread is not None:
            self._thread.join()
        # Release the callables now instead of at some later garbage collection, since they may hold files and objects of other libraries.
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
