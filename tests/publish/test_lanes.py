"""A lane of work: everything is done in order, and an error comes back to whoever waits."""

from __future__ import annotations

import threading

import pytest

from voiceover.publish.lanes import Lane


def test_items_are_worked_on_in_order_and_finish_comes_last() -> None:
    done: list[object] = []
    lane = Lane(done.append, lambda: done.append("end"))
    for number in range(100):
        lane.put(number)
    lane.close()
    assert done == [*range(100), "end"]


def test_a_lane_without_items_is_finished_too() -> None:
    done: list[str] = []
    Lane(lambda _: None, lambda: done.append("end")).close()
    assert done == ["end"]


def test_an_error_is_raised_from_the_next_put_and_from_close_and_nothing_more_is_done() -> None:
    done: list[int] = []
    failed = threading.Event()

    def step(number: int) -> None:
        if number == 3:
            failed.set()
            raise ValueError("three")
        done.append(number)

    lane = Lane(step, lambda: done.append(-1))
    with pytest.raises(ValueError, match="three"):
        for number in range(10_000):  # far more than may wait: it is raised while there are more to come
            lane.put(number)
    assert failed.is_set()
    with pytest.raises(ValueError, match="three"):
        lane.put(4)
    with pytest.raises(ValueError, match="three"):
        lane.close()
    assert done == [0, 1, 2]


def test_an_error_of_the_end_is_raised_from_close() -> None:
    def fail() -> None:
        raise OSError("disk full")

    lane = Lane(lambda _: None, fail)
    lane.put(1)
    with pytest.raises(OSError, match="disk full"):
        lane.close()


def test_no_more_than_a_few_items_wait() -> None:
    go = threading.Event()
    taken: list[int] = []
    lane = Lane(lambda number: (go.wait(10), taken.append(number)), lambda: None)
    waiting: list[int] = []

    def fill() -> None:
        for number in range(30):
            lane.put(number)
            waiting.append(number)

    producer = threading.Thread(target=fill)
    producer.start()
    producer.join(0.3)
    assert producer.is_alive()
    assert len(waiting) == 8
    go.set()
    producer.join(10)
    lane.close()
    assert taken == [*range(30)]


def test_what_waits_is_dropped_when_a_lane_is_cancelled() -> None:
    begun, go = threading.Event(), threading.Event()
    done: list[object] = []

    def step(number: int) -> None:
        begun.set()
        go.wait(10)
        done.append(number)

    lane = Lane(step, lambda: done.append("end"))
    for number in range(4):
        lane.put(number)
    begun.wait(10)
    stop = threading.Thread(target=lane.cancel)
    stop.start()
    go.set()
    stop.join(10)
    assert not stop.is_alive()
    assert "end" not in done
    assert done in ([], [0], [0, 1])  # what was being done when it was cancelled
    lane.cancel()
