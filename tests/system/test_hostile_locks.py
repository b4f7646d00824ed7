"""Lock files that a stranger put there first, and file systems without locks, through the commands."""

from __future__ import annotations

import errno
import os
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import Run
from voiceover.batch.state import STATE_FOLDER
from voiceover.cli import voiceover as command
from voiceover.errors import OutputError

SCRIPT = "---\ntitle: An episode\n---\n\nHello.\n"
KEPT = "This is the user's own file."

TRAPS: dict[str, Callable[[Path, Path], object]] = {
    "a link to a file": lambda lock, diary: lock.symlink_to(diary),
    "a relative link": lambda lock, diary: lock.symlink_to(os.path.relpath(diary, lock.parent)),
    "a link to nothing": lambda lock, diary: lock.symlink_to(diary.with_name("new.txt")),
    "a link to a link": lambda lock, diary: (lock.with_name("between").symlink_to(diary), lock.symlink_to("between")),
    "a link to itself": lambda lock, diary: lock.symlink_to(lock.name),
    "a hard link": lambda lock, diary: lock.hardlink_to(diary),
    "a link to a device": lambda lock, diary: lock.symlink_to("/dev/null"),
    "a pipe": lambda lock, diary: os.mkfifo(lock),
    "a folder": lambda lock, diary: lock.mkdir(),
}


@pytest.fixture
def diary(tmp_path: Path) -> Path:
    path = tmp_path / "home" / "diary.txt"
    path.parent.mkdir()
    path.write_text(KEPT)
    return path


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "ep.md").write_text(SCRIPT)
    monkeypatch.chdir(folder)
    return folder


def drafts(arguments: tuple[str, ...]) -> list[str]:
    return ["--allow-draft"] if arguments[0] == "batch" else []


def files(folder: Path) -> list[Path]:
    """What is in ``folder``, except the state of batches."""
    return sorted(path for path in folder.rglob("*") if STATE_FOLDER not in path.parts)


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize(
    ("arguments", "name"), [(("render", "ep.md"), ".ep.lock"), (("batch", ".", "-o", "."), ".voiceover-batch")], ids=["render", "batch"]
)
def test_a_lock_file_is_never_followed_elsewhere(arguments: tuple[str, ...], name: str, trap: str, theirs: Path, diary: Path) -> None:
    TRAPS[trap](theirs / name, diary)
    before = files(theirs.parent)
    done = CliRunner().invoke(command, [*arguments, "--engine", "draft", *drafts(arguments)])
    error = done.exception  # one of ours reaches the command's top, which prints it, or has been printed
    (line,) = (str(error) if isinstance(error, OutputError) else done.stderr.strip()).splitlines()
    assert f"{name}: refused: the lock file is" in line
    assert getattr(error, "exit_code", done.exit_code) == 2
    assert diary.read_text() == KEPT
    assert files(theirs.parent) == before


@pytest.mark.parametrize(
    ("arguments", "name"), [(("render", "ep.md"), ".ep.lock"), (("batch", ".", "-o", "."), ".ep.lock")], ids=["render", "batch"]
)
def test_the_command_ends_with_2_and_one_line_about_it(
    arguments: tuple[str, ...], name: str, theirs: Path, diary: Path, voiceover_process: Run
) -> None:
    """A batch goes on with its other episodes."""
    (theirs / name).symlink_to(diary.with_name("new.txt"))
    done = voiceover_process(*arguments, "--engine", "draft", *drafts(arguments), cwd=theirs, check=2)
    (line,) = [line for line in done.stderr.splitlines() if "refused" in line]
    assert "the lock file is a link; remove it" in line
    assert [path.name for path in diary.parent.iterdir()] == ["diary.txt"]


WITHOUT_LOCKS = """
    import fcntl, os

    def flock(descriptor, operation):
        if not operation & fcntl.LOCK_UN:
            raise OSError({number}, os.strerror({number}))

    fcntl.flock = flock
"""


@pytest.mark.parametrize(
    ("number", "arguments"),
    [
        (errno.ENOSYS, ("render", "ep.md")),
        (errno.EOPNOTSUPP, ("render", "ep.md", "--no-wait")),
        (errno.ENOLCK, ("batch", ".", "-o", "out")),
    ],
)
def test_a_file_system_without_locks_is_one_error(number: int, arguments: tuple[str, ...], tmp_path: Path, voiceover_process: Run) -> None:
    """The call fails in the process as it does there, since no such file system can be mounted here."""
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(textwrap.dedent(WITHOUT_LOCKS.format(number=number)))
    (tmp_path / "ep.md").write_text(SCRIPT)
    path = os.pathsep.join([str(tmp_path / "hook"), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = voiceover_process(*arguments, "--engine", "draft", check=2, PYTHONPATH=path)
    (line,) = done.stderr.splitlines()
    assert "does not support file locks (flock); choose a folder on a local disk" in line
    assert "another" not in line
    assert not list(tmp_path.rglob("*.mp3"))
