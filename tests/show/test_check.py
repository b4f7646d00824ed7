"""Checks of a feed: what directories and namespaces require, each fault by the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_parts import run
from tests.show.parts import FEED, write_episode, write_png, write_show


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a show with one episode and nothing wrong."""
    monkeypatch.chdir(tmp_path)
    write_show(tmp_path)
    write_episode(tmp_path, "one")
    return tmp_path


def test_a_good_show_has_no_faults_and_nothing_is_written(show: Path) -> None:
    assert run("feed", "show.yaml", "--check") == (0, "show.yaml: 0 faults, 0 warnings\n")
    assert not (show / "feed.xml").exists() and not (show / "feed.lock").exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  title: The town\n", "", "fault: show: title is missing"),
        ("  description: News of a small town.\n", "", "fault: show: description is missing"),
        ("News of a small town.", "x" * 4001, "fault: show: its description has 4001 bytes; Apple takes 4000"),
        ("  language: en\n", "", "fault: show: language is missing"),
        ("  image: cover.png\n", "", "fault: show: image is missing"),
        (
            "category: [Technology, Society & Culture > Documentary]",
            "category: Tecnology",
            'no category "Tecnology"; did you mean "Technology"?',
        ),
        ("Culture > Documentary", "Culture > Documentry", '"Society & Culture > Documentry"; did you mean "Documentary"?'),
        ("  category: [Technology, Society & Culture > Documentary]\n", "", "fault: show: category is missing"),
        ("https://cast.town/audio/", "http://cast.town/audio/", "want https://, not http://"),
        ("cast.town/audio/", "example.com/audio/", "is a placeholder"),
        ("  episodes:", "  type: serial\n  episodes:", "fault: one: Apple wants a number for each episode of a serial show"),
        ("  owner: {name: Ann, email: ann@cast.town}\n", "  locked: yes\n", "fault: show: locked needs owner"),
    ],
)
def test_faults_of_a_show(show: Path, old: str, new: str, said: str) -> None:
    assert old in FEED
    write_show(show, FEED.replace(old, new))
    code, told = run("feed", "show.yaml", "--check")
    assert code == 2 and said in told and "Traceback" not in told


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": "x" * 5000}, "fault: one: its title has 5000 characters; Apple takes 255"),
        ({"front": "description: none"}, "fault: one: it has no date"),
        ({"front": f"date: 2026-11-20\ndescription: {'ä' * 2001}"}, "fault: one: its description has 4002 bytes"),
        ({"audio": b""}, "fault: one: its audio file is empty"),
    ],
)
def test_faults_of_an_episode(show: Path, changes: dict[str, str], said: str) -> None:
    write_episode(show, "one", **changes)
    code, told = run("feed", "show.yaml", "--check")
    assert code == 2 and said in told


@pytest.mark.parametrize(
    ("said", "is_told"), [("It was a sunny day.", True), ("", True), ("This is an A.I. voice.", False), ("Eine künstliche Stimme.", False)]
)
def test_speech_that_does_not_say_that_it_is_synthetic_is_a_warning(show: Path, said: str, is_told: bool) -> None:
    write_episode(show, "one", said=said)
    code, told = run("feed", "show.yaml", "--check")
    assert code == 0 and ("warning: one: its speech is synthetic and it does not say so" in told) == is_told


def test_episodes_that_share_a_number_or_a_moment_are_warnings(show: Path) -> None:
    for name in ("one", "two"):
        write_episode(show, name, front="date: 2026-11-20\nepisode: 3")
    code, told = run("feed", "show.yaml", "--check")
    assert code == 0 and "it is episode 3, as two is" in told and "it has the date of two" in told


def png(width: int, height: int) -> bytes:
    path = Path("made.png")
    write_png(path, width, height)
    return path.read_bytes()


def jpeg(parts: int) -> bytes:
    """The frame header of a JPEG of 1400 x 1400 pixels with so many components."""
    frame = bytes([8]) + (1400).to_bytes(2, "big") * 2 + bytes([parts]) + bytes(3 * parts)
    return b"\xff\xd8\xff\xc0" + (2 + len(frame)).to_bytes(2, "big") + frame + b"\xff\xd9"


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.png", lambda: b"%PDF-1.7 and more", "must be a JPEG or PNG picture"),
        ("a.jpg", lambda: jpeg(4), "is a CMYK picture"),
        ("a.png", lambda: png(20_000, 20_000), "has 20000 x 20000 pixels; the limit is 10000"),
        ("a.png", lambda: png(1399, 1399), "has 1399 x 1399 pixels"),
        ("a.png", lambda: png(1400, 3000), "want a square"),
        ("a.png", lambda: b"\x89PNG\r\n\x1a\n", "damaged or truncated"),
    ],
)
def test_artwork_that_directories_refuse(show: Path, name: str, data, said: str) -> None:
    (show / name).write_bytes(data())
    write_show(show, FEED.replace("cover.png", name))
    code, told = run("feed", "show.yaml", "--check")
    assert code == 2 and said in told and told.count("fault:") == 1


def test_a_jpeg_in_rgb_is_good(show: Path) -> None:
    (show / "a.jpg").write_bytes(jpeg(3))
    write_show(show, FEED.replace("cover.png", "a.jpg"))
    assert run("feed", "show.yaml", "--check")[0] == 0
