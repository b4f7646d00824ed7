"""Recordings that more comes to while they go on."""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.takes.parts import ada, line, noted, only, open_choir, open_dead, open_tone, wait_for
from voiceover.errors import EngineError, VoiceoverError
from voiceover.takes import FileStore, RequestFeed, record_feed
from voiceover.types import Progress, Utterance


class Going:
    """A recording in a thread, and what it has told."""

    def __init__(self, folder: Path, jobs: int, open_engine: Callable[[Path], object], stop: Callable[[], bool] | None) -> None:
        self.feed, self.store = RequestFeed(), FileStore(folder / "cache")
        self.kept: list[str] = []
        self.failed: list[tuple[str, VoiceoverError]] = []
        self.progress: list[Progress] = []
        self.error: Exception | None = None
        opening = only(functools.partial(open_engine, folder))
        self._thread = threading.Thread(target=self._run, args=(opening, jobs, stop), daemon=True)
        self._thread.start()

    def _run(self, opening: Callable[[], object], jobs: int, stop: Callable[[], bool] | None) -> None:
        try:
            record_feed(
                self.feed,
                self.store,
                opening,  # type: ignore[arg-type]
                jobs,
                self.progress.append,
                on_recorded=lambda utterance: self.kept.append(utterance.text),
                on_failed=lambda utterance, error: self.failed.append((utterance.text, error)),
                stop=stop,
            )
        except Exception as error:
            self.error = error

    def put(self, *utterances: Utterance) -> None:
        self.feed.put(ada(utterances))

    def over(self) -> bool:
        self._thread.join(20)
        return not self._thread.is_alive()


@pytest.fixture
def going(tmp_path: Path) -> Callable[..., Going]:
    def start(jobs: int = 1, open_engine: Callable[[Path], object] = open_tone, stop: Callable[[], bool] | None = None) -> Going:
        return Going(tmp_path, jobs, open_engine, stop)

    return start


@pytest.fixture(autouse=True)
def nothing_left_behind() -> object:
    threads = threading.active_count()
    yield
    assert multiprocessing.active_children() == []
    assert threading.active_count() <= threads  # one of an earlier test may have ended meanwhile


def test_a_worker_remains_for_what_comes(going: Callable[..., Going], tmp_path: Path) -> None:
    recording = going()
    recording.put(line("one"), line("two words", 2))
    wait_for(lambda: len(recording.kept) == 2)
    recording.put(line("three", 3))
    wait_for(lambda: len(recording.kept) == 3)
    recording.put(line("four", 4))
    recording.feed.close()
    assert recording.over()
    # Of what comes together the longest first; what comes later waits.
    assert recording.kept == ["two words", "one", "three", "four"]
    assert all(recording.store.has(line(text).address) for text in recording.kept)
    assert len(noted(tmp_path, "opened")) == len(noted(tmp_path, "closed")) == 1
    assert noted(tmp_path, "opened") != [os.getpid()]
    assert (recording.progress[-1].done, recording.progress[-1].total) == (4, 4)


def test_the_feed_stays_readable_until_its_wakeup_is_cleared() -> None:
    feed = RequestFeed()
    feed.put(ada([line("one")]))
    feed.put(ada([line("two", 2)]))
    assert feed.wakeup.poll()
    feed.clear_wakeup()
    assert not feed.wakeup.poll()
    assert [utterance.text for come in feed.take() for utterance, _ in come] == ["one", "two"]
    assert feed.take() == []
    feed.close()
    assert feed.wakeup.poll() and not feed.is_open


def test_nothing_comes(going: Callable[..., Going], tmp_path: Path) -> None:
    recording = going()
    recording.feed.close()
    assert recording.over() and recording.error is None
    assert not (tmp_path / "opened").exists()


def test_more_workers_come_with_more_work(going: Callable[..., Going], tmp_path: Path) -> None:
    recording = going(jobs=2)
    recording.put(line("one"))
    wait_for(lambda: recording.kept == ["one"])
    assert len(noted(tmp_path, "opened")) == 1
    recording.put(line("together two"), line("two together", 2))
    recording.feed.close()
    assert recording.over()
    assert len(noted(tmp_path, "opened")) == 2


def test_it_goes_on_past_a_line_that_fails_and_one_that_kills(going: Callable[..., Going]) -> None:
    recording = going()
    recording.put(line("fail here"), line("die now", 2), line("good", 3))
    wait_for(lambda: recording.kept == ["good"])
    recording.put(line("later", 4))
    recording.feed.close()
    assert recording.over()
    assert recording.kept == ["good", "later"]
    assert {text for text, _ in recording.failed} == {"fail here", "die now"}
    assert any("3 recording processes crashed on it" in str(error) for _, error in recording.failed)


def test_a_worker_that_dies_idle_is_replaced(going: Callable[..., Going], tmp_path: Path) -> None:
    recording = going()
    recording.put(line("one"))
    wait_for(lambda: recording.kept == ["one"])
    os.kill(noted(tmp_path, "opened")[0], signal.SIGKILL)
    recording.put(line("two", 2))
    recording.feed.close()
    assert recording.over()
    assert recording.kept == ["one", "two"]


def test_a_stop_ends_it_while_it_waits(going: Callable[..., Going]) -> None:
    over = threading.Event()
    recording = going(stop=over.is_set)
    recording.put(line("one"))
    wait_for(lambda: recording.kept == ["one"])
    over.set()
    assert recording.over()
    assert recording.error is None


def test_an_engine_that_does_not_open_ends_it(going: Callable[..., Going]) -> None:
    recording = going(open_engine=open_and_die)
    recording.put(line("one"))
    assert recording.over()
    assert isinstance(recording.error, EngineError)


def open_and_die(folder: Path) -> object:
    return open_dead()


def test_what_goes_together_is_found_among_what_came_together(going: Callable[..., Going], tmp_path: Path) -> None:
    recording = going(open_engine=open_choir)
    recording.put(line("a1"), line("a2", 2), line("a3 a3", 3))
    wait_for(lambda: len(recording.kept) == 3)
    recording.put(line("b1", 4), line("b2", 5))
    recording.feed.close()
    assert recording.over()
    assert (tmp_path / "together-a1-a2").exists()
    assert (tmp_path / "together-b1-b2").exists()


def test_what_comes_first_is_recorded_first_and_of_what_comes_together_the_longest(tmp_path: Path) -> None:
    feed, kept = RequestFeed(), list[str]()
    feed.put(ada([line("one"), line("one two", 2)]))
    feed.put(ada([line("three", 3), line("three four five", 4)]))
    feed.close()
    opening = only(functools.partial(open_tone, tmp_path))
    record_feed(feed, FileStore(tmp_path / "cache"), opening, 1, on_recorded=lambda said: kept.append(said.text), on_failed=lambda *_: None)
    assert kept == ["one two", "one", "three four five", "three"]
