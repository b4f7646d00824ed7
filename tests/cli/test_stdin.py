"""A script on standard input: -."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import command_parts
from tests.pipeline.test_again import picture

TALK = "---\ncast: {Ann: ada, Bob: ben}\n---\n\nAnn: Hello there, my friend.\n\nBob: Good morning to you.\n"


def run(text: str | bytes, *arguments: str) -> tuple[int, str]:
    """Exit code and output of a command that is given ``text``."""
    return command_parts.run(*arguments, text=text)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def made() -> set[str]:
    return {path.as_posix() for path in Path().rglob("*.draft.*") if path.suffix in (".mp3", ".wav", ".flac")}


def test_a_script_from_a_pipe_is_an_episode_called_stdin(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "voiceover", "render", "-"], input=TALK, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {
        f"stdin.draft.{end}" for end in ("mp3", "vtt", "srt", "txt", "credits.txt", "transcript.json", "transcript.html", "manifest.json")
    }
    assert json.loads(Path("stdin.draft.manifest.json").read_text())["title"] == "stdin"
    assert done.stderr.splitlines()[-9].startswith("-: 0:0")


@pytest.mark.parametrize(
    ("output", "file"), [("show.flac", "show.draft.flac"), ("out", "out/stdin.draft.mp3"), ("out/x.wav", "out/x.draft.wav")]
)
def test_the_output_names_the_episode(output: str, file: str) -> None:
    assert run(TALK, "render", "-", "-o", output)[0] == 0
    assert made() == {file}


def test_check_and_plan_read_it_too() -> None:
    code, told = run(TALK.replace("\nBob:", "\n**Bot:**"), "check", "-")
    assert (code, '-:7:1: unknown speaker "Bot"; did you mean "Bob"?' in told) == (2, True)
    assert run(TALK, "check", "-")[0] == 0
    code, told = run(TALK, "check", "-", "--json")
    assert json.loads(told)["scripts"][0]["script"] == "-"
    code, told = run(TALK, "plan", "-")
    assert (code, "-:5:6: Ann: Hello there, my friend." in told) == (0, True)
    assert not list(Path().iterdir())


def test_files_are_found_from_the_current_folder() -> None:
    Path("cover.png").write_bytes(picture(3))
    Path("words.yaml").write_text("friend: frend\n")
    Path("voiceover.yaml").write_text("title: Of the project\n")
    text = TALK.replace("cast:", "cover: cover.png\nlexicon: words.yaml\ncast:")
    assert run(text, "render", "-")[0] == 0
    manifest = json.loads(Path("stdin.draft.manifest.json").read_text())
    assert manifest["title"] == "Of the project"
    code, told = run(text.replace("cover.png", "../secret.png"), "check", "-")
    assert (code, "-:2:8: " in told and "outside the folder" in told) == (2, True), told
    assert '-:2:8: there is no file "gone.png"' in run(text.replace("cover.png", "gone.png"), "check", "-")[1]


def test_a_preview_of_some_lines() -> None:
    assert run(TALK, "render", "-", "--lines", "7", "--json")[0] == 0
    assert made() == {"stdin.lines-7-7.draft.mp3"}
    assert run(TALK, "render", "-", "--lines", "90-100")[0] == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "-:1:1: nothing in this script is spoken"),
        (b"Hello \xff there.", "-:1:7: byte 0xFF is not UTF-8 text"),
        ("Hello there.".encode("utf-16"), "-:1:1: this is UTF-16 text"),
        (b"Hello there.\n" * 350_000, "-:1:1: a script is at most 4 MB"),
        (b"---\ntitle: [\n---\n", "-:2:9: "),
    ],
)
def test_input_that_is_no_script(data: bytes, said: str) -> None:
    for name in ("check", "plan", "render"):
        code, told = run(data, name, "-")
        assert (code, said in told) == (2, True), (name, told[:500])
    assert not list(Path().iterdir())


def test_marks_and_line_ends_are_those_of_a_file() -> None:
    code, told = run(b"\xef\xbb\xbf" + TALK.replace("\n", "\r\n").encode(), "check", "-")
    assert (code, "Bob: ben, 1 line" in told) == (0, True), told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["render", "-", "--watch"], "--watch needs a file"),
        (["render", "-", "-", "-o", "out"], "only once"),
        (["check", "-", "-"], "only once"),
        (["render", "-", "stdin.md"], "would both be written to stdin"),
    ],
)
def test_arguments_that_cannot_be(arguments: list[str], said: str) -> None:
    Path("stdin.md").write_text(TALK)
    code, told = run(TALK, *arguments)
    assert (code, said in told) == (2, True), told
    assert [path.name for path in Path().iterdir()] == ["stdin.md"]


def test_a_file_and_standard_input_together() -> None:
    Path("one.md").write_text(TALK)
    assert run(TALK, "render", "one.md", "-", "-o", "out")[0] == 0
    assert made() == {"out/one.draft.mp3", "out/stdin.draft.mp3"}
