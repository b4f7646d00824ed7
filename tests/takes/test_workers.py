from __future__ import annotations

import functools
import itertools
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.takes.parts import ada, alive, line, lines, noted, only, open_dead, open_missing, open_tone, wait_for
from voiceover.errors import EngineError, EngineMissingError, RunError, StoreError, VoiceoverError
from voiceover.takes import FileStore, record_takes
from voiceover.takes.worker import failed
from voiceover.types import Progress, Utterance


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "cache")


@pytest.fixture(autouse=True)
def nothing_left_behind(store: FileStore) -> object:
    threads = threading.active_count()
    yield
    assert multiprocessing.active_children() == []
    assert threading.active_count() <= threads  # a server of an earlier test may have ended
    assert not store.new_folder.exists() or list(store.new_folder.iterdir()) == []


def test_the_number_of_workers_changes_nothing(tmp_path: Path) -> None:
    contents = []
    told: list[Progress] = []
    script = [*lines(6), line("together one two", 7), line("two together one", 8)]
    for jobs in (1, 3):
        folder = tmp_path / str(jobs)
        folder.mkdir()
        if jobs == 1:
            (folder / "together").write_text("1 2\n")
        store = FileStore(folder / "cache")
        takes = record_takes(ada(script), store, only(functools.partial(open_tone, folder)), jobs, told.append if jobs == 3 else None)
        assert list(takes) == [utterance.address for utterance in script]
        contents.append({path.relative_to(folder): path.read_bytes() for path in store.takes_folder.rglob("*.*")})
    assert contents[0] == contents[1]
    assert len(contents[0]) == 16
    workers = noted(tmp_path / "3", "opened")
    assert 2 <= len(workers) == len(set(workers)) <= 3
    assert os.getpid() not in workers
    assert [progress.done for progress in told if progress.done > 0][-1] == 8
    assert sum(later.done - earlier.done == 1 for earlier, later in itertools.pairwise(told)) == 8


def test_no_more_workers_than_work(store: FileStore, tmp_path: Path) -> None:
    record_takes(ada([line("one")]), store, only(functools.partial(open_tone, tmp_path)), 16)
    assert noted(tmp_path, "opened") == noted(tmp_path, "closed")
    assert len(noted(tmp_path, "opened")) == 1


def test_a_killed_worker_costs_only_its_own_line(store: FileStore, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    script = [*lines(4), line("die-once", 9)]
    takes = record_takes(ada(script), store, only(functools.partial(open_tone, tmp_path)), 2)
    assert len(takes) == 5
    assert len(noted(tmp_path, "begun-die-once")) == 2
    assert [len(noted(tmp_path, f"begun-line{n}")) for n in range(1, 5)] == [1] * 4
    assert len(noted(tmp_path, "opened")) in (2, 3)
    assert "play.md:9:1: a recording process was killed by SIGKILL" in caplog.text


def test_a_killed_worker_whose_child_lives_on_is_noticed(store: FileStore, tmp_path: Path) -> None:
    script = [line("leave"), *lines(2)]
    try:
        takes = record_takes(ada(script), store, only(functools.partial(open_tone, tmp_path)), 2)
        assert alive(*noted(tmp_path, "left"))
    finally:
        for child in noted(tmp_path, "left"):
            os.kill(child, signal.SIGKILL)
    assert len(takes) == 3
    assert len(noted(tmp_path, "begun-leave")) == 2


def test_a_line_that_kills_every_worker_is_named(store: FileStore, tmp_path: Path) -> None:
    with pytest.raises(
        EngineError, match=r'^play\.md:5:1: .*"die now": 3 recording processes crashed on it, the last one was killed by SIGKILL'
    ):
        record_takes(ada([line("die now", 5)]), store, only(functools.partial(open_tone, tmp_path)), 2)
    assert len(noted(tmp_path, "died")) == 3


def test_lines_that_kill_or_fail_are_told_and_the_rest_goes_on(store: FileStore, tmp_path: Path) -> None:
    failed: dict[int, str] = {}

    def note(utterance: Utterance, error: VoiceoverError) -> None:
        failed[utterance.source.line] = str(error)

    script = [*lines(4), line("die now", 8), line("please fail", 9)]
    takes = record_takes(ada(script), store, only(functools.partial(open_tone, tmp_path)), 2, on_failed=note)
    assert list(takes) == [utterance.address for utterance in script[:4]]
    assert set(failed) == {8, 9}
    assert "3 recording processes crashed on it, the last one was killed by SIGKILL" in failed[8]
    assert failed[9].endswith("no such sound")
    assert len(noted(tmp_path, "died")) == 3
    assert len(noted(tmp_path, "begun-please")) == 1


def test_a_take_that_is_gone_at_once_costs_only_its_own_line(store: FileStore, tmp_path: Path) -> None:
    script = lines(3)
    failed: list[tuple[Utterance, VoiceoverError]] = []

    def clear(progress: Progress) -> None:
        if progress.done == 3:
            store.remove(script[1].address)

    open_engine = only(functools.partial(open_tone, tmp_path))
    takes = record_takes(ada(script), store, open_engine, 2, clear, on_failed=lambda *told: failed.append(told))
    assert list(takes) == [script[0].address, script[2].address]
    assert [(utterance.text, str(error).partition(":")[0]) for utterance, error in failed] == [("line2 more more", "play.md")]
    assert len(record_takes(ada(script), store, open_engine, 2)) == 3


def test_a_stopped_recording_keeps_what_is_under_way(store: FileStore, tmp_path: Path) -> None:
    # The longest two begin first; stop says True from then on.
    script = [line("one of us together now", 1), line("two of us together", 2), line("x", 3), line("y", 4)]

    def both_begun() -> bool:
        return bool(noted(tmp_path, "begun-one") and noted(tmp_path, "begun-two"))

    takes = record_takes(ada(script), store, only(functools.partial(open_tone, tmp_path)), 2, stop=both_begun)
    assert list(takes) == [script[0].address, script[1].address]
    assert not noted(tmp_path, "begun-x") + noted(tmp_path, "begun-y")


@pytest.mark.slow
def test_workers_killed_from_outside_at_any_time(tmp_path: Path) -> None:
    """As the kernel does when memory runs out: one worker after the other, whatever it is at. A kill costs one take at most."""
    store = FileStore(tmp_path / "killed")  # a killed worker leaves half a take for the collector
    script = [line(f"short{n} nap", n) for n in range(1, 31)]
    killed: list[int] = []
    is_over = threading.Event()

    def kill() -> None:
        while not is_over.wait(0.15):
            running = [worker for worker in noted(tmp_path, "opened") if worker not in killed and alive(worker)]
            if running and len(killed) < 6:
                killed.append(running[0])
                os.kill(running[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        takes = record_takes(ada(script), store, only(functools.partial(open_tone, tmp_path)), 2, attempts=7)
    finally:
        is_over.set()
        killer.join()
    assert len(takes) == 30
    assert len(killed) >= 3
    spoken = sum(len(noted(tmp_path, f"begun-short{n}")) for n in range(1, 31))
    assert 30 <= spoken <= 30 + len(killed)


def test_workers_share_the_cores(store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEOVER_THREADS", "7")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    record_takes(ada([line("cores one"), line("cores two", 2)]), store, only(functools.partial(open_tone, tmp_path)), 2)
    assert (tmp_path / "cores").read_text().split() == ["3", "3"] * 2
    assert os.environ["VOICEOVER_THREADS"] == "7"
    assert "OMP_NUM_THREADS" not in os.environ


def test_an_error_ends_the_run_when_what_is_under_way_is_kept(store: FileStore, tmp_path: Path) -> None:
    # The longest two begin, at once; the others would take two seconds after the failure.
    script = [line("do fail now all together", 1), line("all of us together", 2), *(line(f"n{n} nap", n) for n in range(3, 43))]
    with pytest.raises(EngineError, match=r"^play\.md:1:1: .*: no such sound$"):
        record_takes(ada(script), store, only(functools.partial(open_tone, tmp_path)), 2)
    assert store.has(script[1].address)
    assert not noted(tmp_path, "begun-n42")


def test_an_engine_that_cannot_be_opened(store: FileStore) -> None:
    with pytest.raises(EngineMissingError, match="pip install tone"):
        record_takes(ada(lines(3)), store, only(open_missing), 2)


def test_workers_that_end_at_once(store: FileStore) -> None:
    with pytest.raises(EngineError, match=r"exit before they are ready .*exit code 9"):
        record_takes(ada(lines(3)), store, only(open_dead), 1 + 1)


def test_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot write the take store"):
        record_takes(ada(lines(2)), FileStore(tmp_path / "file" / "cache"), only(functools.partial(open_tone, tmp_path)), 2)


def test_what_cannot_be_sent_to_a_worker_starts_none(store: FileStore, tmp_path: Path) -> None:
    with pytest.raises((AttributeError, TypeError), match=r"lambda|local"):
        record_takes(ada(lines(2)), store, only(lambda: open_tone(tmp_path)), 2)
    assert not noted(tmp_path, "opened")


def open_talking(folder: Path) -> object:
    logging.getLogger("voiceover.engines.tone").warning("the model is old")
    return open_tone(folder)


def test_what_a_worker_logs_is_logged_here(store: FileStore, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    record_takes(ada([line("one")]), store, only(functools.partial(open_talking, tmp_path)), 2)  # type: ignore[arg-type]
    assert [(r.name, r.levelname, r.getMessage()) for r in caplog.records] == [("voiceover.engines.tone", "WARNING", "the model is old")]


RUN = """
import functools, sys
from pathlib import Path
from tests.takes.parts import ada, line, lines, open_tone, only
from voiceover.takes import FileStore, record_takes
folder = Path(sys.argv[1])
script = [*lines(2), line("slow one", 3), line("slow two two", 4)]
record_takes(ada(script), FileStore(folder / "cache"), only(functools.partial(open_tone, folder)), 2)
"""


def stopped_run(folder: Path, stop: signal.Signals, whole_group: bool) -> tuple[int, str]:
    """Exit code and error output of a run that is stopped while both workers speak a slow line."""
    with subprocess.Popen([sys.executable, "-c", RUN, folder], stderr=subprocess.PIPE, text=True, start_new_session=True) as run:
        try:
            wait_for(lambda: len(noted(folder, "begun-slow")) == 2)
            workers = noted(folder, "opened")
            assert all(alive(worker) for worker in workers)
            os.killpg(run.pid, stop) if whole_group else run.send_signal(stop)
            _, said = run.communicate(timeout=20)
            wait_for(lambda: not any(alive(worker) for worker in workers))
        except BaseException:
            os.killpg(run.pid, signal.SIGKILL)
            raise
        return run.returncode, said


def test_ctrl_c_ends_all_quietly(store: FileStore, tmp_path: Path) -> None:
    code, said = stopped_run(tmp_path, signal.SIGINT, whole_group=True)
    assert code == -signal.SIGINT
    assert said.count("Traceback") == 1  # that of the program itself, which does not catch KeyboardInterrupt
    assert said.strip().endswith("KeyboardInterrupt")


def test_workers_die_with_a_killed_parent(store: FileStore, tmp_path: Path) -> None:
    code, said = stopped_run(tmp_path, signal.SIGKILL, whole_group=False)
    assert code == -signal.SIGKILL
    assert "Traceback" not in said


def test_ctrl_c_while_the_workers_start(store: FileStore, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", RUN, tmp_path], stderr=subprocess.PIPE, text=True, start_new_session=True) as run:
        wait_for(lambda: len(children(run.pid)) >= 2)
        started = children(run.pid)
        os.killpg(run.pid, signal.SIGINT)
        _, said = run.communicate(timeout=20)
        wait_for(lambda: not any(alive(child) for child in started))
    assert said.count("Traceback") == 1
    assert said.strip().endswith("KeyboardInterrupt")


def children(process: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [int(pid) for pid, parent in (row.split() for row in listed.splitlines()) if int(parent) == process]


SIGNALLED = """
import os, signal, sys
from voiceover.takes import worker
signal.signal(signal.SIGTERM, worker._leave)
try:
    if "import" in sys.argv:
        import loads_slowly
    os.kill(os.getpid(), signal.SIGTERM)
finally:
    print("unwound")
"""


@pytest.mark.parametrize(("how", "said"), [("import", ""), ("work", "unwound\n")])
def test_a_signal_unwinds_no_module_that_is_being_loaded(how: str, said: str, tmp_path: Path) -> None:
    """soxr's C++ would abort the process with a traceback."""
    (tmp_path / "loads_slowly.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n")
    done = subprocess.run([sys.executable, "-c", SIGNALLED, how], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGTERM, said, "")


def test_an_error_keeps_its_class_and_one_that_is_not_ours_ends_the_run() -> None:
    told = [failed(error).error for error in (EngineError("no sound"), StoreError("no disk"), ValueError("odd"))]
    assert [(type(error), str(error)) for error in told] == [
        (EngineError, "no sound"),
        (StoreError, "no disk"),
        (RunError, "ValueError: odd"),
    ]
