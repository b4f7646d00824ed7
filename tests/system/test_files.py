from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from tests.takes.parts import read_only
from voiceover.errors import OutputError, PublishError, StoreError
from voiceover.system.files import discard, make_folder, make_place, os_error_words, os_errors_as, staging_folder, whole_file, write_whole
from voiceover.system.sizes import size_in_words


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_it_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "episode.mp3"
    with whole_file(path, "write the episode") as file:
        file.write(b"new content")
        assert not path.exists()
        assert all(name.startswith(".") for name in names(tmp_path))
        file.seek(0)
        file.write(b"NEW")
    assert path.read_bytes() == b"NEW content"
    assert names(tmp_path) == ["episode.mp3"]


def test_the_old_file_stands_where_the_new_one_fails(tmp_path: Path) -> None:
    path = tmp_path / "episode.mp3"
    path.write_bytes(b"old")
    with pytest.raises(KeyError), whole_file(path, "write the episode") as file:
        file.write(b"new")
        raise KeyError
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["episode.mp3"]


def test_a_pipe_is_written_and_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    make_place(pipe, "write the report")
    write_whole(pipe, b"whole", "write the report")
    assert os.read(reader, 100) == b"whole"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert names(tmp_path) == ["pipe"]


def test_the_umask_holds(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "x", b"", "write")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o640


def test_a_name_of_full_length(tmp_path: Path) -> None:
    path = tmp_path / ("\N{SNOWMAN}" * 85)
    write_whole(path, b"x", "write")
    assert path.read_bytes() == b"x"


def test_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "episode.mp3"
    path.write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(PublishError, match=r"episode\.mp3: cannot write the MP3: the file would be larger than is allowed here"):
            write_whole(path, b"x" * 5000, "write the MP3", PublishError)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["episode.mp3"]


def test_the_free_space_is_told(tmp_path: Path) -> None:
    missing = tmp_path / "not" / "there"
    why = r"there: cannot write it: the disk is full \(\d+\.\d MB free\); make room$"
    with pytest.raises(StoreError, match=why) as caught, os_errors_as(StoreError, "write it", missing, "make room"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert isinstance(caught.value.__cause__, OSError)


def test_a_folder_that_may_not_be_written() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with read_only(folder):
            with pytest.raises(OutputError, match="cannot write: permission denied"):
                write_whole(folder / "x", b"x", "write")
            with pytest.raises(OutputError, match="cannot write here: permission denied; choose another"):
                make_folder(folder, "write here", advice="choose another")
            with pytest.raises(OutputError, match="permission denied"), staging_folder(folder, "x"):
                pass


def test_folders_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="a file of that name"):
        make_folder(tmp_path / "file", "write here")
    with pytest.raises(OutputError, match="a part of the path is a file"):
        make_folder(tmp_path / "file" / "below", "write here")
    with pytest.raises(OutputError, match="there is no such"):
        write_whole(tmp_path / "none" / "x", b"", "write")


def test_errors_without_words_of_ours() -> None:
    assert os_error_words(OSError(errno.EXDEV, "Invalid cross-device link")) == "Invalid cross-device link"
    assert os_error_words(OSError("odd")) == "odd"


def test_what_leaves_the_staging_folder_stays(tmp_path: Path) -> None:
    with staging_folder(tmp_path / "new", "episode") as folder:
        (folder / "a").write_text("a")
        (folder / "b").write_text("b")
        (folder / "a").rename(tmp_path / "a")
    assert names(tmp_path) == ["a", "new"]
    assert names(tmp_path / "new") == []


def test_the_staging_folder_itself_may_leave(tmp_path: Path) -> None:
    with staging_folder(tmp_path, "episode") as folder:
        (folder / "a").write_text("a")
        folder.rename(tmp_path / "episode")
    assert names(tmp_path) == ["episode"]


def test_discard(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder" / "below").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "folder" / "below")
    for name in ("link", "file", "none"):
        discard(tmp_path / name)
    assert names(tmp_path) == ["folder"]
    discard(tmp_path / "folder")
    assert names(tmp_path) == []


WRITER = """
import sys
from pathlib import Path
from voiceover.system.files import write_whole
path = Path(sys.argv[1])
while True:
    for letter in (b"a", b"b"):
        write_whole(path, letter * 300_000, "write")
        print("written", flush=True)
"""


def test_a_kill_at_any_moment(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for delay in (0.0, 0.003, 0.011):
        with subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(delay)
            writer.kill()
        data = path.read_bytes()
        assert data in (b"a" * 300_000, b"b" * 300_000)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has files without a name")
def test_a_folder_is_tried_without_a_trace(tmp_path: Path) -> None:
    """A kill at any moment leaves nothing, since nothing in the folder ever has a name."""
    seen: set[str] = set()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            seen.update(entry.name for entry in tmp_path.iterdir())

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for _ in range(2000):
            make_folder(tmp_path, "write here")
    finally:
        over.set()
        watcher.join()
    assert seen == set()


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (183_420, "183.4 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (1_500_000, "1.5 MB"),
        (999_999_999, "1.00 GB"),
        (20_000_000_000, "20.00 GB"),
        (1_250_000_000_000, "1.25 TB"),
        (10**18, "1000000.00 TB"),
    ],
)
def test_sizes_are_in_a_unit_that_fits(count: int, words: str) -> None:
    assert size_in_words(count) == words
