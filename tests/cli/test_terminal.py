"""What strangers wrote does not steer the terminal that shows it."""

from __future__ import annotations

import ast
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run
from voiceover.cli.terminal import plain

CLI = Path(__file__).parents[2] / "voiceover" / "cli"
TITLE = "\x1b]0;owned\x07\x1b[2J\x9b31m\rgone"
YAML_TITLE = r'"\e]0;owned\a\e[2J\x9b31m\rgone"'
STEERING = {*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))} - {"\n", "\t"}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "stranger\x1b[31m.md"
    path.write_text(
        f"---\ntitle: {YAML_TITLE}\ncast: {{Ada: ada, {YAML_TITLE}: nobody}}\n---\n\nAda: Hello\x1b]0;owned\x07 there.\n\n"
        "Ada (\x1b[31mred): Bye. [pause \x1b[5m9y]\n",
        "utf-8",
    )
    return path


def steering(said: str) -> set[str]:
    return STEERING & set(said)


@pytest.mark.parametrize("command", [("render", "--engine", "draft"), ("check", "--json")])
def test_a_script_does_not_steer_the_terminal(command: tuple[str, ...], script: Path, voiceover: Run) -> None:
    done = voiceover(command[0], script, *command[1:], check=2)
    assert steering(done.stdout + done.stderr) == set()
    assert "stranger\\u001b[31m.md" in done.stdout + done.stderr
    if "--json" in command:
        assert "\x1b" in json.loads(done.stdout)["scripts"][0]["problems"][0]["path"]


def test_neither_does_an_argument(voiceover: Run) -> None:
    done = voiceover("render", "a.md", "--jobs", "\x1b[31m", check=2)
    assert "\\u001b[31m" in done.stderr or "\\x1b[31m" in done.stderr
    assert steering(done.stderr) == set()


def test_nor_what_the_library_logs(tmp_path: Path, voiceover: Run) -> None:
    folder = tmp_path / "voices" / "a\x1b[31m"
    folder.mkdir(parents=True)
    (folder / "voice.yaml").write_text("licence: CC0-1.0\nspeed: fast\n")
    done = voiceover("voices", "list")
    assert "left out: " in done.stderr
    assert steering(done.stderr) == set()


@pytest.mark.slow
def test_nor_the_bar_on_a_terminal(tmp_path: Path) -> None:
    """On a real pseudo terminal, where there are escape sequences of our own besides."""
    text = "---\ntitle: a\ncast: {Ada: ada}\n---\n\nAda: Hello\x1b]0;owned\x07 there.\n\nAda: B\x9b31mye.\n"
    (tmp_path / "a\x1b]0;owned\x07.md").write_text(text)
    main, side = pty.openpty()
    command = [
        sys.executable,
        "-m",
        "voiceover",
        "batch",
        str(tmp_path),
        "-o",
        str(tmp_path / "out"),
        "--engine",
        "draft",
        "--allow-draft",
        "--explain",
    ]
    with subprocess.Popen(command, cwd=tmp_path, stdin=side, stdout=side, stderr=side, env={**os.environ, "TERM": "xterm"}) as process:
        os.close(side)
        said = b""
        while True:
            try:
                part = os.read(main, 65536)
            except OSError:  # what Linux says at the end
                break
            if not part:
                break
            said += part
    os.close(main)
    assert process.returncode == 0
    assert b"\x1b[" in said  # ours
    assert b"\x1b]" not in said
    assert b"\x07" not in said
    assert b"\xc2\x9b" not in said
    assert b"\\u001b]0;owned" in said


def test_ordinary_text_is_left_alone() -> None:
    text = "Grüße, 世界\n\tשלום \U0001f600 100 %"
    assert plain(text, lines=True) == text
    assert plain(text) == text.replace("\n", "\\u000a")


def test_everything_is_said_by_one_function() -> None:
    loud = [
        f"{path.name}:{node.lineno}"
        for path in sorted(CLI.glob("*.py"))
        if path.name != "terminal.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in ("echo", "secho", "print", "write")
        and ast.unparse(node.value) in {"click", "sys.stdout", "sys.stderr"}
    ]
    assert loud == []
