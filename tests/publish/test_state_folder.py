"""Episodes whose manifest and unfinished files are in a state folder: the public one has none of them, whenever a run is killed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from tests.publish.killing import ROOT, visible
from tests.publish.test_episode import publish
from voiceover.errors import LockHeldError
from voiceover.publish import complete_pending, find_manifest, intact_episode, read_manifest, take_over_episode
from voiceover.publish.commit import RECORD, stage_folder
from voiceover.system.locks import episode_lock

OLD, NEW = ("flac", "wav"), ("flac",)

CRASH = """
import os, shutil, signal, sys
from pathlib import Path
from tests.publish.test_episode import publish
from tests.publish.test_state_folder import NEW, OLD
from voiceover.publish.manifest import make_manifest

public, states = map(Path, sys.argv[1:])
for name, formats in (("old", OLD), ("new", NEW)):
    (states / name).mkdir()
    publish(public / name, formats, f"{name} cheese", state=states / name)
step = 0
while True:
    step += 1
    work, state = public / f"{step:04}", states / f"{step:04}"
    shutil.copytree(public / "old", work)
    shutil.copytree(states / "old", state)
    child = os.fork()
    if not child:
        left = step
        def count(event, arguments):
            global left
            is_step = event in {"os.rename", "os.remove", "os.mkdir", "os.rmdir"} or (event == "open" and "x" in str(arguments[1]))
            if is_step and any(str(place) in str(arguments[0]) for place in (work, state)):
                left -= 1
                if not left:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(count)
        publish(work, NEW, "new cheese", state=state)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
"""
"""As in ``killing``, with a state folder; the copies that are begun count as steps, too."""


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or not os.access(memory, os.W_OK) or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    folder = memory / f"voiceover-test-{os.getpid()}-{tmp_path.name}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_the_public_folder_has_what_a_listener_needs_and_nothing_else(tmp_path: Path) -> None:
    public, state = tmp_path / "public", tmp_path / "state"
    state.mkdir()
    episode = publish(public, OLD, state=state)
    assert set(visible(state)) == {"town.manifest.json"}
    assert {f"town.{name}" for name in ("flac", "wav", "vtt", "chapters.json")} <= set(visible(public))
    assert not any("manifest" in name or name.startswith(".") for name in visible(public))
    manifest = read_manifest(state / "town.manifest.json")
    assert manifest is not None and episode.files[-1].path == state / "town.manifest.json"
    assert intact_episode(manifest, public, "town", state) == episode
    beside = tmp_path / "beside"
    publish(beside, OLD)
    assert visible(beside) == visible(public) | visible(state)
    # What only the old episode had goes.
    publish(public, NEW, state=state)
    assert "town.wav" not in visible(public) and "town.flac" in visible(public)


@pytest.mark.slow
@pytest.mark.parametrize("other_disk", [False, True])
def test_killed_before_every_step(other_disk: bool, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    public, states = tmp_path / "public", tmp_path / "states"
    states = request.getfixturevalue("elsewhere") if other_disk else states
    for folder in (public, states):
        folder.mkdir(exist_ok=True)
    command = [sys.executable, "-W", "ignore", "-c", CRASH, str(public), str(states)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=100)
    old, new = (visible(public / name) | visible(states / name) for name in ("old", "new"))
    outcomes = []
    for folder in sorted(path for path in public.iterdir() if path.name.isdigit()):
        state = states / folder.name
        shown = {name: data for name, data in visible(folder).items() if not name.startswith(".")}
        for name, data in shown.items():
            assert data in (old.get(name), new.get(name)), f"{folder.name}: {name} is half a file"
        hidden = {name for name in visible(folder) if name.startswith(".")}
        assert all(name == ".town.lock" or (other_disk and name.endswith(".part")) for name in hidden), hidden
        staged = (stage_folder(folder, "town", state) / RECORD).exists()
        assert complete_pending(folder, "town", state) == staged
        take_over_episode(folder, "town", state)
        now = visible(folder) | visible(state)
        assert now in (old, new), f"{folder.name}: {sorted(now)}"
        outcomes.append("old" if now == old else "completed" if staged else "new")
    assert outcomes == sorted(outcomes, key=["old", "completed", "new"].index)
    assert outcomes.count("completed") >= len(new)
    assert outcomes[0] == "old" and outcomes[-1] == "new"


def test_a_disk_that_is_full_leaves_no_copies(elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    public = tmp_path / "public"
    publish(public, OLD, "old cheese", state=elsewhere)
    before = visible(public)

    def full(source: IO[bytes], target: IO[bytes], *_: int) -> None:
        if str(public) in str(target.name):
            raise OSError(28, "No space left on device")
        target.write(source.read())

    with monkeypatch.context() as patch:
        patch.setattr("voiceover.publish.commit.shutil.copyfileobj", full)
        with pytest.raises(Exception, match="cannot put the finished files in place: the disk is full"):
            publish(public, NEW, "new cheese", state=elsewhere)
    assert visible(public) == before
    assert complete_pending(public, "town", elsewhere)
    assert "town.wav" not in visible(public) and not any(name.startswith(".") for name in visible(public))


def test_a_manifest_that_stands_beside_is_the_newer_one(tmp_path: Path) -> None:
    public, state = tmp_path / "public", tmp_path / "state"
    state.mkdir()
    publish(public, OLD, "old cheese", state=state)
    publish(public, NEW, "new cheese")
    assert find_manifest(public, "town", state) == public / "town.manifest.json"
    newer = (public / "town.manifest.json").read_bytes()
    take_over_episode(public, "town", state)
    assert find_manifest(public, "town", state) == state / "town.manifest.json"
    assert (state / "town.manifest.json").read_bytes() == newer and "town.manifest.json" not in visible(public)
    # A file of that name which is no manifest stays where it is.
    (public / "town.manifest.json").write_text("{}")
    take_over_episode(public, "town", state)
    assert (public / "town.manifest.json").read_text() == "{}" and (state / "town.manifest.json").read_bytes() == newer


def test_files_are_put_in_place_only_while_nobody_else_renders_the_episode(tmp_path: Path) -> None:
    public, state = tmp_path / "public", tmp_path / "state"
    state.mkdir()
    publish(public, OLD, "old cheese", state=state)
    before = visible(public)
    with episode_lock(public, "town"), pytest.raises(LockHeldError):
        publish(public, NEW, "new cheese", state=state)
    assert visible(public) == before and set(visible(state)) == {"town.manifest.json"}


def test_what_a_stranger_put_into_the_stage_is_no_episode(tmp_path: Path) -> None:
    """A link in the place of a finished file would publish what it leads to."""
    public, state, secret = tmp_path / "public", tmp_path / "state", tmp_path / "secret"
    for folder in (public, stage_folder(public, "town", state)):
        folder.mkdir(parents=True)
    secret.write_bytes(b"my key")
    stage = stage_folder(public, "town", state)
    (stage / "town.mp3").symlink_to(secret)
    size = len(str((stage / "town.mp3").readlink()))
    (stage / RECORD).write_text(f'{{"schema": 1, "place": [["town.mp3", {size}]], "remove": []}}')
    assert not complete_pending(public, "town", state)
    assert visible(public) == {} and secret.read_bytes() == b"my key"
