"""Recordings with several engines: in one process, in workers, and when one of the engines cannot be opened."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.takes.parts import VOICE, line, noted, open_choir, open_dead, open_missing, open_tone
from voiceover.errors import EngineMissingError
from voiceover.takes import FileStore, OpenerOf, RecordingSession, Request, record_takes
from voiceover.takes.worker_pool import EngineUse, WorkerPool
from voiceover.types import Utterance


def requests(**counts: int) -> list[Request]:
    """Lines of each engine in turns, none alike, the later ones longer."""
    found: list[Request] = []
    for number in range(max(counts.values())):
        for engine, count in counts.items():
            if number < count:
                text = f"{engine}{number}" + " more" * number
                found.append((line(text, len(found) + 1, engine=engine), VOICE))
    return found


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "cache")


def openers(folder: Path, **opening: Callable[..., object]) -> OpenerOf:
    """Engines that note what they do in a folder of their own; each is ``open_tone`` unless ``opening`` says otherwise."""

    def opener_of(name: str) -> Callable[[], object]:
        home = folder / name
        home.mkdir(exist_ok=True)
        open_engine = opening.get(name, open_tone)
        return open_engine if open_engine in (open_missing, open_dead) else functools.partial(open_engine, home)

    return opener_of  # type: ignore[return-value]


def test_one_process_has_one_engine_in_memory_at_a_time(store: FileStore, tmp_path: Path) -> None:
    open_now: list[str] = []
    most: list[int] = []

    def opener_of(name: str) -> Callable[[], object]:
        def open_noting() -> object:
            (tmp_path / name).mkdir()
            engine = open_tone(tmp_path / name)
            close = engine.close
            open_now.append(name)
            most.append(len(open_now))
            engine.close = lambda: (open_now.remove(name), close())  # type: ignore[method-assign,func-returns-value]
            return engine

        return open_noting

    takes = record_takes(requests(a=2, b=3), store, opener_of)  # type: ignore[arg-type]
    assert list(takes) == [utterance.address for utterance, _ in requests(a=2, b=3)]
    assert (most, open_now) == ([1, 1], [])


def test_two_workers_keep_the_engines_that_they_have_open(store: FileStore, tmp_path: Path) -> None:
    script = requests(a=4, b=4)
    takes = record_takes(script, store, openers(tmp_path), 2)
    assert len(takes) == 8
    workers = {name: noted(tmp_path / name, "opened") for name in "ab"}
    assert all(len(found) == len(set(found)) <= 2 for found in workers.values())
    closed = {name: noted(tmp_path / name, "closed") for name in "ab"}
    assert {name: set(found) for name, found in workers.items()} == {name: set(found) for name, found in closed.items()}


def test_lines_are_spoken_together_by_the_engine_that_can(store: FileStore, tmp_path: Path) -> None:
    script = [(line(f"{name} {word}", number, engine=name), VOICE) for number, word in enumerate("xyz", 1) for name in ("a", "b")]
    assert len(record_takes(script, store, openers(tmp_path, b=open_choir), 2)) == 6
    assert [path.name for path in (tmp_path / "b").glob("together-*")] == ["together-b-b-b"]
    assert not list((tmp_path / "a").glob("together-*"))


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_engine_that_is_missing_fails_its_lines_alone(store: FileStore, tmp_path: Path, jobs: int) -> None:
    script = requests(a=3, gone=2)
    failed: dict[str, str] = {}

    def note(utterance: Utterance, error: Exception) -> None:
        failed[utterance.text] = str(error)

    takes = record_takes(script, store, openers(tmp_path, gone=open_missing), jobs, on_failed=note)
    assert len(takes) == 3
    assert failed == dict.fromkeys(("gone0", "gone1 more"), "the engine tone is not installed; pip install tone")
    with pytest.raises(EngineMissingError):
        record_takes(script, store, openers(tmp_path, gone=open_missing), jobs)


def test_an_engine_that_crashes_while_it_is_opened_fails_its_lines_alone(store: FileStore, tmp_path: Path) -> None:
    failed: list[str] = []
    script = requests(a=3, dead=1)
    takes = record_takes(
        script, store, openers(tmp_path, dead=open_dead), 2, attempts=2, on_failed=lambda utterance, _: failed.append(utterance.text)
    )
    assert (len(takes), failed) == (3, ["dead0"])


# ---------------------------------------------------------------- which engine a worker records with


def pool(**counts: int) -> WorkerPool:
    made = WorkerPool(attempts=3, session=RecordingSession(lambda _: None, 0, 0, None, None))
    made.add_requests(requests(**counts))
    return made


def use(*engines: str, free: bool = False) -> EngineUse:
    return EngineUse(engines, free)


def test_a_worker_stays_with_what_it_has_open() -> None:
    assert pool(a=1, b=9).engine_for(["a"], [use("b")]) == "a"
    assert pool(a=1, b=9).engine_for(["a", "b"], []) == "b"  # the one with more to speak


def test_another_engine_is_opened_if_more_waits_for_it_than_others_can_take() -> None:
    assert pool(b=1).engine_for(["a"], [use("b")]) is None
    assert pool(b=2).engine_for(["a"], [use("b")]) == "b"
    assert pool(b=2).engine_for(["a"], [use("b"), use("b")]) is None
    assert pool(b=1).engine_for(["a"], [use("a")]) == "b"


def test_a_new_worker_opens_the_engine_with_the_most_to_do_for_each_that_has_it() -> None:
    assert pool(a=2, b=5).engine_for([], []) == "b"
    assert pool(a=4, b=5).engine_for([], [use("b")]) == "a"
    assert pool(a=1).engine_for([], [use("a")]) == "a"  # the other one is busy
    assert pool(a=1).engine_for([], [use("a", free=True)]) is None
    assert pool(a=1, b=1).engine_for([], [], barred=["a", "b"]) is None
