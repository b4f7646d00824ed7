"""Threads and Ctrl-C: whenever it comes, all of them end."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from voiceover.publish.lanes import Lane
from voiceover.system.threads import BackgroundThread, PendingCall, Workers

ROUNDS = 600
INTERRUPTED = f"""
import faulthandler, random, signal, sys, time, weakref
from pathlib import Path
from voiceover.audio.chunks import in_order, worker_threads
from voiceover.publish.lanes import Lane
from voiceover.takes import FileStore

faulthandler.dump_traceback_later(40, exit=True)
chance = random.Random(5)
store = FileStore(Path("nowhere"))

def lane():
    lane = None
    try:
        lane = Lane(lambda item: None, lambda: None)
        while True:
            lane.put(1)
    finally:
        if lane is not None:
            lane.cancel()

def pool():
    with worker_threads() as threads:
        for _ in in_order(abs, range(10**9), threads):
            pass

def takes():
    while True:
        store.get_many(str(number) for number in range(20))

class Interrupt(KeyboardInterrupt):
    pass

last = lambda: None

def interrupt(*_):
    # A second one while the first is on its way out would be another test.
    global last
    if last() is None:
        error = Interrupt()
        last = weakref.ref(error)
        try:
            raise error
        finally:
            del error

signal.signal(signal.SIGALRM, interrupt)
for round in range({ROUNDS}):
    try:
        try:
            # Half of them while the threads start. Again and again, as it may come in a callback, which Python goes on from.
            first = chance.choice((chance.uniform(0.00001, 0.0004), chance.uniform(0.0003, 0.004)))
            signal.setitimer(signal.ITIMER_REAL, first, 0.05)
            {{"lane": lane, "pool": pool, "takes": takes}}[sys.argv[1]]()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        pass
deadline = time.monotonic() + 10
while len(sys._current_frames()) > 1 and time.monotonic() < deadline:
    time.sleep(0.01)
sys.exit(len(sys._current_frames()) - 1)
"""


@pytest.mark.parametrize("what", ["lane", "pool", "takes"])
def test_interrupted_at_any_moment(what: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED, what], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_join_waits_for_the_end() -> None:
    go, ended = threading.Event(), []

    def work() -> None:
        go.wait(20)
        ended.append(True)

    thread = BackgroundThread(work)
    assert not ended
    go.set()
    thread.join()
    thread.join()
    assert ended == [True]


def test_a_dropped_job_is_not_done() -> None:
    seen: list[int] = []
    job = PendingCall(seen.append, 1)
    job.drop()
    job.run()
    assert seen == []


def test_closing_does_what_was_given() -> None:
    seen: list[int] = []
    threads = Workers(1)
    threads.start()
    for number in range(5):
        threads.give(seen.append, number)
    threads.close()
    assert seen == list(range(5))


def test_a_lane_hands_on_what_went_wrong_and_never_blocks() -> None:
    done: list[int] = []

    def step(item: int) -> None:
        if item == 3:
            raise ZeroDivisionError
        done.append(item)

    lane = Lane(step, lambda: done.append(-1))
    with pytest.raises(ZeroDivisionError):
        for item in range(1000):
            lane.put(item)
    with pytest.raises(ZeroDivisionError):
        lane.close()
    lane.cancel()
    assert done == [0, 1, 2]


def test_a_lane_holds_a_bounded_number_of_items() -> None:
    go, begun = threading.Event(), threading.Event()
    put: list[int] = []

    def feed() -> None:
        for item in range(100):
            lane.put(item)
            put.append(item)

    def step(item: int) -> None:
        begun.set()
        go.wait(20)

    lane = Lane(step, lambda: None)
    feeder = BackgroundThread(feed)
    begun.wait(20)
    waiting = len(put)
    go.set()
    feeder.join()
    lane.close()
    assert waiting < 20
    assert len(put) == 100
