"""Cut a stream into equal chunks with context on both sides, and process them in threads, in order.

Chunk boundaries depend only on the position in the stream, not on the size of its blocks or the number of threads. So results computed
from chunks do not depend on them either.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np

from voiceover.system.cpu import available_cores
from voiceover.system.threads import PendingCall, Workers
from voiceover.types import FloatArray
from voiceover.types.lazy_dataclass import dataclass

_In = TypeVar("_In")
_Out = TypeVar("_Out")

PENDING = 3
"""Chunks that may be waiting or in process at a time: enough for two cores, with little memory."""
PENDING_PIECES = 8
"""The same for pieces of episodes, which differ in length by four times and take little memory."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a stream with context."""

    samples: FloatArray
    """Shape (channels, halo + step + halo): context, the stretch itself, context; zeros outside the stream."""
    frames: int
    """Length of the stretch itself: ``step``, or less in the last chunk."""


_SEEN_BYTES = 1 << 24


class Cutter:
    """Turns blocks of any size into chunks of ``step`` frames with ``halo`` frames of context on each side."""

    def __init__(self, channels: int, step: int, halo: int) -> None:
        self._step = step
        self._halo = halo
        self._window = np.zeros((channels, step + 2 * halo), np.float32)
        self._filled = halo
        self._done = 0

    def push(self, block: FloatArray) -> Iterator[Chunk]:
        """Add a block of shape (frames, channels), and yield the chunks that are complete."""
        taken = 0
        while taken < len(block):
            length = self._window.shape[1]
            count = min(len(block) - taken, length - self._filled)
            self._window[:, self._filled : self._filled + count] = block[taken : taken + count].T
            self._filled += count
            taken += count
            if self._filled == length:
                yield self._shift(self._step)

    def finish(self) -> Iterator[Chunk]:
        """Yield the remaining chunks after the last block."""
        while (left := self._filled - self._halo) > 0:
            self._window[:, self._filled :] = 0
            yield self._shift(min(left, self._step))

    def _shift(self, frames: int) -> Chunk:
        chunk = Chunk(self._window, frames)
        self._window = np.empty_like(chunk.samples)
        kept = max(self._filled - self._step, 0)
        self._window[:, :kept] = chunk.samples[:, self._step : self._step + kept]
        self._filled = kept
        return chunk


def cut(blocks: Iterable[FloatArray], channels: int, step: int, halo: int) -> Iterator[Chunk]:
    """Yield the chunks of a whole stream; see ``Cutter``."""
    cutter = Cutter(channels, step, halo)
    for block in blocks:
        yield from cutter.push(block)
    yield from cutter.finish()


def first_frames(blocks: Iterable[FloatArray], frames: int) -> Iterator[FloatArray]:
    """Yield the first ``frames`` of ``blocks``, or all of them if there are less."""
    for block in blocks:
        if frames <= 0:
            return
        yield block[:frames]
        frames -= len(block)


@contextmanager
def worker_threads(count: int | None = None) -> Iterator[Workers]:
    """Return threads for ``in_order``, by default one per core and at most four; numpy releases the GIL."""
    # glibc returns blocks of this size to the kernel when they are freed, and getting them back page by page takes longer than processing
    # them. It stops doing so once a larger block was freed. This one is never touched, so it costs nothing.
    np.empty(_SEEN_BYTES, np.uint8)
    pool = Workers(count or min(available_cores(), 4))
    try:
        pool.start()
        yield pool
    finally:
        pool.close()


def in_order(function: Callable[[_In], _Out], items: Iterable[_In], pool: Workers | None, pending_items: int = PENDING) -> Iterator[_Out]:
    """Like ``map(function, items)``, but computed in ``pool`` up to ``pending_items`` ahead; without a pool, in this thread."""
    if pool is None:
        yield from map(function, items)
        return
    pending: deque[PendingCall[_In, _Out]] = deque()
    try:
        for item in items:
            pending.append(pool.give(function, item))
            if len(pending) >= pending_items:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for job in pending:
            job.drop()
