"""Lines that an engine speaks together: which they are, and that nothing else is different."""

from __future__ import annotations

import functools
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.takes.parts import ChoirEngine, ada, line, noted, only, open_choir, open_tone, wait_for
from voiceover.errors import EngineError
from voiceover.takes import FileStore, record_takes
from voiceover.takes.grouping import grouped
from voiceover.types import Progress

SCRIPT = [line(text, number) for number, text in enumerate(("a b", "c", "d e", "solo f", "g h", "i", "j k"), 1)]
"""Four of two words, two of one, and one without a key."""


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "cache")


@pytest.fixture(autouse=True)
def nothing_left_behind(store: FileStore) -> object:
    yield
    assert multiprocessing.active_children() == []
    assert not store.new_folder.exists() or list(store.new_folder.iterdir()) == []


def together(folder: Path) -> list[str]:
    return sorted(path.name.removeprefix("together-") for path in folder.glob("together-*"))


def test_groups_are_full_and_in_order() -> None:
    requests = ada(SCRIPT)
    groups = grouped(requests, [2, 1, 2, None, 2, 1, 2], 3)
    assert [[utterance.source.line for utterance, _ in group] for group in groups] == [[1, 3, 5], [2, 6], [4], [7]]


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_takes_are_those_of_one_at_a_time(jobs: int, store: FileStore, tmp_path: Path) -> None:
    told: list[Progress] = []
    takes = record_takes(ada(SCRIPT), store, only(functools.partial(open_choir, tmp_path)), jobs, told.append)
    assert len(together(tmp_path)) == 2
    assert sorted(len(group.split("-")) for group in together(tmp_path)) == [2, 3]
    alone = FileStore(tmp_path / "alone")
    assert list(takes) == [utterance.address for utterance in SCRIPT]
    singles = record_takes(ada(SCRIPT), alone, only(functools.partial(open_tone, tmp_path)))
    assert {take.sha256 for take in takes.values()} == {take.sha256 for take in singles.values()}
    assert (told[0].done, told[-1].done) == (0, 7)
    assert sorted({progress.done for progress in told}) == list(range(8))
    assert {progress.detail for progress in told[1:]} == {f"Ada: {utterance.text}" for utterance in SCRIPT}


def test_in_line_the_groups_are_the_scripts(store: FileStore, tmp_path: Path) -> None:
    record_takes(ada(SCRIPT), store, only(functools.partial(open_choir, tmp_path)))
    assert together(tmp_path) == ["a-d-g", "c-i"]


class SoloEngine(ChoirEngine):
    batch_size = 1


def test_one_at_a_time_where_the_engine_wants_it(store: FileStore, tmp_path: Path) -> None:
    record_takes(ada(SCRIPT), store, only(lambda: SoloEngine(tmp_path)))
    assert together(tmp_path) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_cannot_be_spoken_together_is_spoken_alone(
    jobs: int, store: FileStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    script = [line("a b"), line("clash c", 2), line("d e", 3)]
    assert len(record_takes(ada(script), store, only(functools.partial(open_choir, tmp_path)), jobs)) == 3
    assert len(together(tmp_path)) == 1
    (told,) = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert told == "3 lines could not be spoken together; speaking them one by one: they do not go together"


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_line_at_fault_is_told(jobs: int, store: FileStore, tmp_path: Path) -> None:
    script = [line("a b"), line("fail c", 2), line("d e", 3)]
    with pytest.raises(EngineError, match=r'^play\.md:2:1: the engine cannot speak "fail c": no such sound$'):
        record_takes(ada(script), store, only(functools.partial(open_choir, tmp_path)), jobs)
    assert store.has(script[0].address)


def test_after_a_failure_the_lines_are_retried_in_the_order_of_the_script(store: FileStore, tmp_path: Path) -> None:
    script, told, failed = [line("fail a"), line("b c", 2), line("d e", 3)], list[Progress](), list[str]()
    record_takes(
        ada(script),
        store,
        only(functools.partial(open_choir, tmp_path)),
        1,
        told.append,
        on_failed=lambda utterance, error: failed.append(utterance.text),
    )
    assert failed == ["fail a"]
    assert [progress.detail for progress in told[4:]] == ["Ada: fail a", "Ada: b c", "Ada: b c", "Ada: d e", "Ada: d e"]


def test_a_line_that_kills_its_worker_takes_no_other_with_it(store: FileStore, tmp_path: Path) -> None:
    script = [line("a b"), line("die c", 2), line("d e", 3), line("f g h", 4)]
    with pytest.raises(EngineError, match=r"^play\.md:2:1: .*2 recording processes crashed on it"):
        record_takes(ada(script), store, only(functools.partial(open_choir, tmp_path)), 2, attempts=2)
    assert len(noted(tmp_path, "died")) == 3  # once among others, twice alone
    assert store.has(script[0].address)


class BrittleEngine(ChoirEngine):
    def together_key(self, utterance: object, voice: object) -> int:
        self._note("asked")
        os.kill(os.getpid(), signal.SIGKILL)
        return 0


def open_brittle(folder: Path) -> BrittleEngine:
    return BrittleEngine(folder)


def test_a_worker_that_dies_of_the_keys_leaves_single_lines(store: FileStore, tmp_path: Path) -> None:
    assert len(record_takes(ada(SCRIPT), store, only(functools.partial(open_brittle, tmp_path)), 2)) == len(SCRIPT)
    assert together(tmp_path) == []
    assert len(noted(tmp_path, "asked")) == 1


RUN = """
import functools, sys
from pathlib import Path
from tests.takes.parts import ada, line, open_choir, only
from voiceover.takes import FileStore, record_takes
folder, jobs = Path(sys.argv[1]), int(sys.argv[2])
script = [line("a"), line("b b b", 2), line("slow c", 3), line("d e", 4)]
record_takes(ada(script), FileStore(folder / "cache"), only(functools.partial(open_choir, folder)), jobs)
"""


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_kill_among_others_costs_only_those(jobs: str, store: FileStore, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", RUN, tmp_path, jobs], cwd=Path(__file__).parents[2]) as run:
        wait_for(lambda: noted(tmp_path, "begun-slow") and store.has(line("b b b").address))
        run.kill()
    for process in noted(tmp_path, "opened"):
        wait_for(lambda process=process: process == run.pid or not Path(f"/proc/{process}").exists())
    assert not store.has(line("d e").address)
    for half_written in store.new_folder.glob("*"):
        half_written.unlink()
