"""``voiceover init`` starts a show that renders at once, and never changes a file that is there."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.command_parts import run
from tests.show.parts import items
from voiceover.settings.show import read_show

FILES = {"voiceover.yaml", "show.yaml", "episodes/01-hello.md", "voices/README.txt", ".gitignore"}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def below(folder: str) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file()}


def test_the_printed_commands_end_with_a_feed_of_one_episode(here: Path) -> None:
    code, said = run("init", "my show")
    assert code == 0 and below("my show") == FILES
    commands = [shlex.split(line) for line in said.splitlines() if line.startswith("voiceover ")]
    assert [command[1] for command in commands] == ["batch", "feed"]
    assert "engine: draft" in Path("my show/voiceover.yaml").read_text()  # the tests hide the weights of human voices
    assert commands[1][-1] == "--allow-draft"
    for command in commands:
        code, said = run(*command[1:])
        assert code == 0, said
    (item,) = items(Path("my show/feed.xml"))
    assert (item.findtext("title"), item.findtext("pubDate")) == ("Hello", "Thu, 01 Jan 2026 00:00:00 GMT")
    assert "00:00:00 Welcome" in Path("my show/public/01-hello.draft.notes.md").read_text("utf-8")
    code, said = run("feed", "my show/show.yaml", "--check", "--allow-draft")
    assert code == 2 and "base_url: https://example.com/audio/ is a placeholder" in said and "does not say so" not in said


def test_a_file_that_is_there_is_never_changed(here: Path) -> None:
    (here / "show").mkdir()
    (here / "show" / "voiceover.yaml").write_text("engine: f5\n")
    code, said = run("init", "show")
    assert code == 0 and "show/voiceover.yaml is there already; it was not changed" in said
    before = {name: (here / "show" / name).read_text() for name in FILES}
    assert before["voiceover.yaml"] == "engine: f5\n"
    run("init", "show")
    assert {name: (here / "show" / name).read_text() for name in FILES} == before


@pytest.mark.parametrize("name", ["the-town", 'a "quoted": {x}', "a\nb # c", "\u202eabc", "ü" * 80, "'"])
def test_the_name_of_a_folder_is_a_title_whatever_it_holds(here: Path, name: str) -> None:
    assert run("init", name)[0] == 0
    title = read_show(here / name / "show.yaml").title
    assert title and "\n" not in title and "\u202e" not in title
    assert run("check", str(Path(name) / "episodes" / "01-hello.md"))[0] == 0
    assert name != "the-town" or title == "The town"


def test_what_stands_in_the_way_is_one_line(here: Path) -> None:
    (here / "file").write_text("kept")
    (here / "elsewhere").mkdir()
    (here / "linked").mkdir()
    (here / "linked" / "episodes").symlink_to(here / "elsewhere")
    for name in ("file", "linked"):
        code, said = run("init", name)
        assert code == 2 and "a show needs a folder here" in said
    assert (here / "file").read_text() == "kept" and not list((here / "elsewhere").iterdir())
    code, said = run("init", "file/below")
    assert code == 2 and "file" in said


def test_with_human_voices_the_feed_needs_no_flag(here: Path, kokoro_data: Path) -> None:
    code, said = run("init", "show")
    assert code == 0 and "engine: kokoro" in Path("show/voiceover.yaml").read_text() and "--allow-draft" not in said
