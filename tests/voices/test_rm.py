"""voices rm: what it removes, and what it leaves alone."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_parts import run
from voiceover.voices import shipped_folder


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    room = tmp_path / "project"
    room.mkdir()
    monkeypatch.chdir(room)
    monkeypatch.setenv("VOICEOVER_DATA", str(tmp_path / "data"))
    return room


def voice(folder: Path) -> Path:
    shutil.copytree(shipped_folder() / "ada", folder)
    return folder


def test_a_voice_of_the_project_is_removed_with_its_clips(here: Path) -> None:
    folder = voice(here / "voices" / "me")
    voice(here / "voices" / "you")
    code, told = run("voices", "rm", "ME", "--yes")
    assert code == 0
    assert f"removed {Path('voices/me')}" in told and " files, " in told
    assert "can no longer be rendered" in told
    assert not folder.exists()
    assert [path.name for path in (here / "voices").iterdir()] == ["you"]
    code, told = run("voices", "rm", "me", "--yes")
    assert (code, 'unknown voice "me"' in told) == (2, True)


def test_the_nearer_of_two_is_removed_and_the_other_is_named(here: Path, tmp_path: Path) -> None:
    own = voice(tmp_path / "data" / "voices" / "ada")
    near = voice(here / "voices" / "ada")
    assert f"now find {own}" in run("voices", "rm", "ada", "--yes")[1]
    assert not near.exists() and own.exists()
    assert f"now find {shipped_folder() / 'ada'}" in run("voices", "rm", "ada", "--yes")[1]
    code, told = run("voices", "rm", "ada", "--yes")
    assert (code, "comes with voiceover and cannot be removed" in told) == (2, True)
    assert (shipped_folder() / "ada" / "voice.yaml").is_file()


def test_without_an_answer_nothing_is_removed(here: Path) -> None:
    folder = voice(here / "voices" / "me")
    code, told = run("voices", "rm", "me")
    assert (code, "use --yes" in told, "voices/me" in told) == (2, True, True)
    assert (folder / "voice.yaml").is_file()


@pytest.mark.parametrize(("answer", "is_there"), [("n", True), ("", True), ("y", False)])
def test_on_a_terminal_it_asks(answer: str, is_there: bool, here: Path) -> None:
    folder = voice(here / "voices" / "me")
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    try:
        command = [sys.executable, "-m", "voiceover", "voices", "rm", "me"]
        done = subprocess.run(command, stdin=theirs, capture_output=True, text=True, timeout=60)
    finally:
        os.close(ours)
        os.close(theirs)
    assert "Remove voices/me (" in done.stderr + done.stdout
    assert (done.returncode != 0, (folder / "voice.yaml").is_file()) == (is_there, is_there)


@pytest.mark.parametrize("name", ["../victim", "/etc", "..", ".", "", ".hidden", "a/../../victim", "~", "voices/me", "x\0y"])
def test_a_name_that_leads_elsewhere_is_none(name: str, here: Path) -> None:
    victim = voice(here.parent / "victim")
    voice(here / "voices" / "me")
    voice(here / "voices" / ".hidden")
    code, told = run("voices", "rm", "--yes", "--", name)
    assert code == 2
    assert "is not the name of a voice" in told or "unknown voice" in told
    assert (victim / "voice.yaml").is_file() and (here / "voices" / "me").is_dir() and (here / "voices" / ".hidden").is_dir()


def test_of_a_link_only_the_link_is_removed(here: Path) -> None:
    outside = voice(here.parent / "outside")
    (here / "voices").mkdir()
    (here / "voices" / "me").symlink_to(outside)
    code, told = run("voices", "rm", "me", "--yes")
    assert (code, "only the link is removed" in told) == (0, True)
    assert (outside / "voice.yaml").is_file()
    assert list((here / "voices").iterdir()) == []


def test_links_within_a_voice_are_not_followed(here: Path) -> None:
    kept = here.parent / "kept"
    kept.mkdir()
    (kept / "file").write_text("mine")
    folder = voice(here / "voices" / "me")
    (folder / "more").symlink_to(kept)
    (folder / "one.wav").symlink_to(kept / "file")
    assert run("voices", "rm", "me", "--yes")[0] == 0
    assert (kept / "file").read_text() == "mine"


def test_a_folder_of_voices_that_is_a_link_is_told_by_its_real_place(here: Path) -> None:
    real = voice(here.parent / "elsewhere" / "me").parent
    (here / "voices").symlink_to(real)
    code, told = run("voices", "rm", "me")
    assert (code, f"really {real / 'me'}" in told) == (2, True)
    (here / "voices").unlink()
    (here / "voices").symlink_to(shipped_folder())
    assert run("voices", "rm", "ada", "--yes")[0] == 2


def test_a_damaged_voice_can_be_removed(here: Path) -> None:
    (here / "voices" / "bad").mkdir(parents=True)
    (here / "voices" / "bad" / "voice.yaml").write_bytes(b"\xff{")
    code, told = run("voices", "rm", "bad", "--yes", "--json")
    assert (code, json.loads(told)["removed"]) == (0, True)
    assert not (here / "voices" / "bad").exists()


def test_nothing_is_half_removed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = voice(here / "voices" / "me")
    before = {path.name for path in folder.iterdir()}

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "no", str(self))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        code, told = run("voices", "rm", "me", "--yes")
    assert (code, "cannot remove the voice: permission denied" in told) == (2, True)
    assert {path.name for path in folder.iterdir()} == before
    # What is deleted is deleted under a hidden name, which no script finds.
    with monkeypatch.context() as patch:
        patch.setattr("voiceover.voices.remove.discard", lambda path: (path / "voice.yaml").unlink())
        code, told = run("voices", "rm", "me", "--yes")
    assert (code, "not all of it could be deleted" in told) == (0, True)
    assert run("voices", "show", "me")[0] == 2
