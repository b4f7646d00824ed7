"""Chunks lie where the stream says, whatever blocks it comes in."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from voiceover.audio.chunks import cut, in_order, worker_threads
from voiceover.types import FloatArray


def numbered(frames: int, channels: int = 2) -> FloatArray:
    return (np.arange(1, frames + 1, dtype=np.float32)[:, None] + np.arange(channels, dtype=np.float32) * 1000).astype(np.float32)


@pytest.mark.parametrize("frames", [0, 1, 7, 10, 11, 20, 23, 30, 31])
@pytest.mark.parametrize("block", [1, 3, 10, 100])
def test_every_chunk_has_its_context(frames: int, block: int) -> None:
    stream = numbered(frames)
    padded = np.concatenate([np.zeros((4, 2)), stream, np.zeros((40, 2))]).T
    chunks = list(cut((stream[i : i + block] for i in range(0, frames, block)), 2, 10, 4))
    assert [chunk.frames for chunk in chunks] == [min(10, frames - start) for start in range(0, frames, 10)]
    for number, chunk in enumerate(chunks):
        assert np.array_equal(chunk.samples, padded[:, number * 10 : number * 10 + 18])


def test_in_order_keeps_the_order_and_runs_side_by_side() -> None:
    both = threading.Barrier(2, timeout=20)

    def work(item: int) -> int:
        if item < 2:
            both.wait()  # only passes where two run at a time
        return item * item

    with worker_threads(2) as pool:
        assert list(in_order(work, range(20), pool)) == [i * i for i in range(20)]


def test_in_order_takes_no_more_than_it_can_work_on() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(100):
            taken.append(item)
            yield item

    with worker_threads() as pool:
        results = in_order(abs, items(), pool)
        next(results)
        assert len(taken) < 10
        results.close()


def test_in_order_hands_on_what_went_wrong() -> None:
    with worker_threads() as pool, pytest.raises(ZeroDivisionError):
        list(in_order(lambda item: 1 // item, [1, 0, 2], pool))
