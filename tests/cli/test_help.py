"""Help pages and shell completion."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.conftest import Run
from voiceover.cli import voiceover as root
from voiceover.cli.help import OTHER, GroupedCommand, group_of


def commands(group: click.Group, *names: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *names, name)
        else:
            yield (*names, name), command


def test_every_command_has_an_example() -> None:
    assert [names for names, command in commands(root) if not getattr(command, "examples", ())] == []


GROUPED = [(names, command) for names, command in commands(root) if isinstance(command, GroupedCommand)]


@pytest.mark.parametrize(("names", "command"), GROUPED, ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_every_example_is_a_command_line_that_is_accepted(names: tuple[str, ...], command: GroupedCommand) -> None:
    assert command.examples
    for example in command.examples:
        words = shlex.split(example.rpartition("| ")[2])
        assert tuple(words[: 1 + len(names)]) == ("voiceover", *names)
        command.make_context(names[-1], words[1 + len(names) :])


def test_options_are_in_groups_and_examples_are_not_wrapped(voiceover: Run) -> None:
    page = voiceover("render", "--help", COLUMNS="60").stdout
    headings = [line.removesuffix(":") for line in page.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert headings == ["What to make", "How it sounds", "Engine", "Where", "When", "Output", OTHER, "Examples"]
    assert "  voiceover render ep01.md --lines 40-60 -o preview.mp3\n" in page
    assert page.index("--engine TEXT") > page.index("Engine:") > page.index("--voice TEXT") > page.index("How it sounds:")


def test_options_that_must_be_given_come_first(voiceover: Run) -> None:
    page = voiceover("config", "server", "add", "--help").stdout
    assert page.index("Required:") < page.index("--url") < page.index("--model") < page.index("Other:")


def test_the_main_commands_have_no_option_outside_the_groups() -> None:
    names = {"render", "batch", "plan", "check", "say", "schedule"}
    stray = [
        parameter.name
        for (name, *_), command in GROUPED
        if name in names
        for parameter in command.params
        if isinstance(parameter, click.Option) and group_of(parameter) == OTHER
    ]
    assert stray == []


@pytest.mark.parametrize("group", [(), ("takes",), ("voices",), ("models",)])
def test_summaries_of_commands_are_never_cut(group: tuple[str, ...], voiceover: Run) -> None:
    page = voiceover(*group, "--help", COLUMNS="70").stdout
    assert "..." not in page.partition("Commands:")[2]


def completed(folder: Path, *words: str) -> list[str]:
    """Return what a shell would offer for the last of ``words``."""
    program = "import sys; sys.argv[0] = 'voiceover'; from voiceover.cli import main; main()"
    shell = {"_VOICEOVER_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=folder, env={**os.environ, **shell}, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


def test_shell_completion_knows_voices_engines_formats_and_loudness(tmp_path: Path) -> None:
    (tmp_path / "show" / "voices" / "adele").mkdir(parents=True)
    (tmp_path / "show" / "voices" / "adele" / "voice.yaml").write_text("licence: CC0-1.0\n", "utf-8")
    assert completed(tmp_path, "voiceover", "say", "--voice", "a") == ["ada"]
    assert completed(tmp_path, "voiceover", "render", "show/ep.md", "--voice", "A") == ["ada", "adele"]
    assert "draft" in completed(tmp_path, "voiceover", "render", "--engine", "d")
    assert completed(tmp_path, "voiceover", "batch", "--format", "m") == ["mp3", "m4a", "m4b"]
    assert completed(tmp_path, "voiceover", "check", "--loudness", "s") == ["spotify"]
    assert completed(tmp_path, "voiceover", "say", "--model", "") == []


def test_shell_completion_is_silent_if_something_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "voiceover.yaml").write_bytes(b"\xff\xfe not yaml: [")
    assert "ada" in completed(tmp_path, "voiceover", "say", "--voice", "")
    assert completed(tmp_path, "voiceover", "plan", "no/such\x01file.md", "--voice", "zzz") == []
