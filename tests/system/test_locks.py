from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.takes.parts import read_only
from voiceover.errors import LockHeldError, OutputError
from voiceover.system.locks import episode_lock

HOLD = """
import sys
from pathlib import Path
from voiceover.system.locks import episode_lock
with episode_lock(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.readline()
"""


def holder(folder: Path, stem: str) -> subprocess.Popen[bytes]:
    run = subprocess.Popen([sys.executable, "-c", HOLD, folder, stem], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert run.stdout is not None
    assert run.stdout.readline() == b"held\n"
    return run


def test_the_folder_is_made_and_nothing_stays_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with episode_lock(folder, "episode"):
        assert all(path.name.startswith(".") for path in folder.iterdir())
    assert list(folder.iterdir()) == []
    with pytest.raises(KeyError), episode_lock(folder, "episode"):
        raise KeyError
    assert list(folder.iterdir()) == []


def test_one_run_an_episode(tmp_path: Path) -> None:
    with holder(tmp_path, "episode") as run:
        with (
            pytest.raises(LockHeldError, match=r"episode: another run is rendering this episode") as caught,
            episode_lock(tmp_path, "episode", False),
        ):
            pass
        assert caught.value.exit_code == 4
        with episode_lock(tmp_path, "another", False):
            pass
        run.communicate(b"\n")
    with episode_lock(tmp_path, "episode", False):
        pass
    assert list(tmp_path.iterdir()) == []


def test_who_waits_is_told_once_and_gets_it(tmp_path: Path) -> None:
    told = []
    with holder(tmp_path, "episode") as run:

        def on_wait() -> None:
            assert run.stdin is not None
            told.append("waits")
            run.stdin.write(b"\n")
            run.stdin.flush()

        with episode_lock(tmp_path, "episode", True, on_wait):
            assert run.wait(10) == 0
            with pytest.raises(LockHeldError), episode_lock(tmp_path, "episode", False):
                pass
    assert told == ["waits"]
    assert list(tmp_path.iterdir()) == []


def test_nobody_is_told_where_there_is_no_wait(tmp_path: Path) -> None:
    def on_wait() -> None:
        raise AssertionError

    with episode_lock(tmp_path, "episode", True, on_wait):
        pass


def test_a_run_that_crashed_blocks_nobody(tmp_path: Path) -> None:
    with holder(tmp_path, "episode") as run:
        run.kill()
    assert len(list(tmp_path.iterdir())) == 1
    with episode_lock(tmp_path, "episode", False):
        pass
    assert list(tmp_path.iterdir()) == []


COUNT = """
import sys
from pathlib import Path
from voiceover.system import locks
locks.POLL_SECONDS = 0.001
counter = Path(sys.argv[2])
for _ in range(40):
    with locks.episode_lock(Path(sys.argv[1]), "episode"):
        number = int(counter.read_text())
        counter.write_text("")
        counter.write_text(str(number + 1))
"""


def test_never_two_at_once_though_the_file_comes_and_goes(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    runs = [subprocess.Popen([sys.executable, "-c", COUNT, tmp_path / "out", counter]) for _ in range(3)]
    assert [run.wait(60) for run in runs] == [0, 0, 0]
    assert counter.read_text() == "120"
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_that_cannot_be_written() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with read_only(folder), pytest.raises(OutputError, match="cannot write here: permission denied"), episode_lock(folder, "episode"):
            pass
        (folder / "file").touch()
        with pytest.raises(OutputError, match="a file of that name"), episode_lock(folder / "file", "episode"):
            pass
