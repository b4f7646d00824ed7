"""Feeds of episodes whose manifests are in the state folder of a batch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_parts import run
from tests.show.parts import FEED, keep_manifests, titles, write_episode, write_show


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a show with two episodes, one of them in a folder."""
    monkeypatch.chdir(tmp_path)
    write_show(tmp_path)
    write_episode(tmp_path, "one")
    write_episode(tmp_path, "deep/two", front="date: 2026-11-21")
    return tmp_path


EPISODES = ["Title of two", "Title of one"]


def test_the_default_state_folder_is_found_beside_the_show_or_above(show: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("feed", "show.yaml")
    beside = (show / "feed.xml").read_bytes()
    keep_manifests(show, show / ".voiceover")
    assert run("feed", "show.yaml")[0] == 0
    assert titles(show / "feed.xml") == EPISODES and (show / "feed.xml").read_bytes() == beside
    (show / "below").mkdir()
    (show / "show.yaml").rename(show / "below" / "show.yaml")
    for folder in ("public", "episodes", "cover.png"):
        (show / folder).rename(show / "below" / folder)
    assert "no finished episodes" in run("feed", "below/show.yaml")[1]
    (show / ".voiceover").rename(show / "below" / ".voiceover")
    assert run("feed", "below/show.yaml")[0] == 0 and titles(show / "below" / "feed.xml") == EPISODES


def test_another_state_folder_is_named(show: Path) -> None:
    keep_manifests(show, show / "kept")
    code, told = run("feed", "show.yaml")
    assert code == 2 and "if it had --state, give it here, too" in told and not (show / "feed.xml").exists()
    assert run("feed", "show.yaml", "--state", "kept")[0] == 0
    assert titles(show / "feed.xml") == EPISODES
    assert run("feed", "show.yaml", "--state", "kept", "--check")[0] == 0
    code, told = run("feed", "show.yaml", "--state", "nowhere")
    assert code == 2 and "--state nowhere: there is no such folder" in told


def test_manifests_beside_older_outputs_are_read_with_those_of_the_state(show: Path) -> None:
    keep_manifests(show, show / ".voiceover")
    write_episode(show, "three", front="date: 2026-11-22")
    write_episode(show, "one", title="Rendered since", front="date: 2026-11-20")
    assert run("feed", "show.yaml")[0] == 0
    assert titles(show / "feed.xml") == ["Title of three", "Title of two", "Rendered since"]


@pytest.mark.parametrize("pattern", ["public/*", "pub*", "public/deep", "public/**/*.mp3", "public/deep/*.mp3"])
def test_folders_and_globs_below_the_output_folder(pattern: str, show: Path) -> None:
    keep_manifests(show, show / ".voiceover")
    write_show(show, FEED.replace("episodes: public", f"episodes: '{pattern}'"))
    code, told = run("feed", "show.yaml")
    assert code == 0, told
    expected = [title for title in EPISODES if "deep" not in pattern or "two" in title]
    assert titles(show / "feed.xml") == expected


def test_a_state_that_is_not_of_this_folder_is_passed_over(show: Path) -> None:
    """A state folder that was moved by itself, a record that leads elsewhere, and what is no record."""
    state = keep_manifests(show, show / "kept")
    record = state.home / "output.json"
    good = record.read_text()
    for text in (
        "",
        "[",
        '{"schema": 1}',
        '{"schema": 2, "output": "../public"}',
        json.dumps({"schema": 1, "output": "../../.."}),
        "[" * 9999,
    ):
        record.write_text(text)
        code, told = run("feed", "show.yaml", "--state", "kept")
        assert code == 2 and "no finished episodes" in told and "Traceback" not in told
    record.write_text(good)
    (show / "kept").rename(show / "public" / "kept")
    assert run("feed", "show.yaml", "--state", "public/kept")[0] == 2
