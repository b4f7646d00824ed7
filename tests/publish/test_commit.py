"""Runs that are killed: every visible file is whole, and the next run completes the set or drops what was not complete."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.publish.killing import ROOT, kill_before_every_step, killed, outcomes, shown, visible
from tests.publish.test_episode import publish
from voiceover.errors import PublishError
from voiceover.publish import complete_pending
from voiceover.publish.commit import RECORD, commit_stage, drop_stage, open_stage, stage_folder

OLD = ("mp3", "wav")
NEW = ("mp3", "flac")


def publish_old(folder: Path) -> None:
    publish(folder, OLD, "Old cheese")


def publish_new(folder: Path) -> None:
    publish(folder, NEW, "New cheese", stems=True)


@pytest.fixture(scope="module")
def killed_publishes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crashed")
    kill_before_every_step(__name__, folder)
    return folder


@pytest.fixture
def crashed(killed_publishes: Path, tmp_path: Path) -> Path:
    """A copy, since each test completes and replaces what the crashes left."""
    return Path(shutil.copytree(killed_publishes, tmp_path / "crashed"))


def test_killed_before_every_step(crashed: Path) -> None:
    found = outcomes(crashed)
    assert len(found) >= 12
    assert found.count("completed") >= len(shown(crashed / "new"))


def test_a_render_after_a_crash_is_as_any_other(crashed: Path) -> None:
    for folder in random.Random(5).sample(killed(crashed), 3):
        publish(folder, ("wav",), "Third cheese")
        publish(crashed / "third", ("wav",), "Third cheese")
        assert visible(folder) == visible(crashed / "third")


LOOP = """
import sys
from pathlib import Path
from tests.publish.test_commit import publish_new, publish_old
print("ready", flush=True)
while True:
    publish_old(Path(sys.argv[1]))
    publish_new(Path(sys.argv[1]))
"""


def test_killed_at_random_moments(tmp_path: Path) -> None:
    """``VOICEOVER_KILLS`` times (3), seeded by ``VOICEOVER_KILL_SEED``."""
    publish_old(tmp_path / "old")
    publish_new(tmp_path / "new")
    old, new = shown(tmp_path / "old"), shown(tmp_path / "new")
    chance = random.Random(int(os.environ.get("VOICEOVER_KILL_SEED", "1")))
    work = tmp_path / "work"
    work.mkdir()
    for _ in range(int(os.environ.get("VOICEOVER_KILLS", "3"))):
        with subprocess.Popen([sys.executable, "-c", LOOP, str(work)], cwd=ROOT, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(chance.uniform(0.0, 0.6))
            child.send_signal(signal.SIGKILL)
        for name, data in shown(work).items():
            assert data in (old.get(name), new.get(name)), f"{name} is half a file"
        complete_pending(work, "town")
        assert visible(work) in ({}, old, new)


def staged(folder: Path) -> Path:
    stage = open_stage(folder, "town")
    (stage / "town.mp3").write_bytes(b"new sound")
    (stage / "town.manifest.json").write_bytes(b"{}")
    return stage


def test_an_incomplete_stage_is_dropped(tmp_path: Path) -> None:
    staged(tmp_path)
    assert not complete_pending(tmp_path, "town")
    assert visible(tmp_path) == {}


def test_a_failed_run_takes_its_stage_away(tmp_path: Path) -> None:
    staged(tmp_path)
    drop_stage(tmp_path, "town")
    assert visible(tmp_path) == {}


def complete(folder: Path, **changes: object) -> None:
    stage = staged(folder)
    record = {"schema": 1, "place": [["town.mp3", 9], ["town.manifest.json", 2]], "remove": [], **changes}
    (stage / RECORD).write_text(json.dumps(record))


def test_a_failed_run_leaves_a_complete_stage_to_the_next(tmp_path: Path) -> None:
    complete(tmp_path)
    drop_stage(tmp_path, "town")
    assert complete_pending(tmp_path, "town")
    assert visible(tmp_path) == {"town.mp3": b"new sound", "town.manifest.json": b"{}"}


@pytest.mark.parametrize(
    "changes",
    [
        {"place": [["../town.mp3", 9]]},
        {"remove": [["../precious", "0" * 64]]},
        {"place": [["/etc/passwd", 9]]},
        {"place": [["stems/town.mp3", 9]]},
        {"place": [["town.stems/../../town.mp3", 9]]},
        {"remove": [["../town.stems/precious", "0" * 64]]},
        {"schema": 2},
        {"place": 7},
        {"place": [["town.mp3", 10_000]]},
    ],
)
def test_a_record_that_is_not_ours_does_nothing(tmp_path: Path, changes: dict[str, object], caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "precious").write_text("mine")
    folder = tmp_path / "out"
    folder.mkdir()
    complete(folder, **changes)
    assert not complete_pending(folder, "town")
    assert visible(folder) == {}
    assert (tmp_path / "precious").read_text() == "mine"
    assert not (tmp_path / "town.mp3").exists()
    (warned,) = [entry.getMessage() for entry in caplog.records if entry.levelname == "WARNING"]
    at_fault = "town.mp3" if changes == {"place": [["town.mp3", 10_000]]} else RECORD
    assert warned.startswith(f"{stage_folder(folder, 'town') / at_fault}: ")


def test_a_stage_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "precious").write_text("mine")
    stage_folder(tmp_path, "town").symlink_to(other)
    assert not complete_pending(tmp_path, "town")
    with pytest.raises(PublishError):
        open_stage(tmp_path, "town")
    assert (other / "precious").read_text() == "mine"


def test_old_files_outside_the_folder_are_never_removed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("")
    folder = tmp_path / "out"
    folder.mkdir()
    staged(folder)
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    commit_stage(folder, "town", ["town.mp3", "town.manifest.json"], {"../precious": empty, str(precious): empty})
    assert precious.exists()
    assert set(visible(folder)) == {"town.mp3", "town.manifest.json"}
    (folder / "town.stems").symlink_to(tmp_path)
    complete(folder, remove=[["town.stems/precious", empty]])
    with pytest.raises(PublishError, match=r"town\.stems: is not a folder"):
        complete_pending(folder, "town")
    assert precious.exists()
