"""The ways into the command line: spellings, a script without a command, mistyped commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.conftest import Run
from voiceover.cli import voiceover as command
from voiceover.cli.listing import SUMMARIES


def commands(group: click.Group, path: str = "voiceover") -> Iterator[tuple[str, click.Command]]:
    for name, each in group.commands.items():
        yield f"{path} {name}", each
        if isinstance(each, click.Group):
            yield from commands(each, f"{path} {name}")


def test_an_option_with_licence_takes_license_too() -> None:
    found = {}
    for path, each in commands(command):
        for option in each.params:
            british = [name for name in option.opts if "licence" in name]
            if british:
                found[path] = british
                assert {name.replace("licence", "license") for name in british} <= set(option.opts), path
    assert set(found) == {"voiceover config server add", "voiceover voices add", "voiceover models import", "voiceover models pull"}


def test_the_summaries_of_commands_are_the_first_sentences_of_their_help() -> None:
    assert {name: each.get_short_help_str(limit=1000) for name, each in command.commands.items()} == SUMMARIES
    assert sorted(SUMMARIES) == list(SUMMARIES)


def refused(*arguments: str) -> str:
    """What a command line that cannot be run says."""
    error = CliRunner().invoke(command, arguments, standalone_mode=False).exception
    assert isinstance(error, click.UsageError)
    assert error.exit_code == 2
    return error.format_message()


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["episode.md"], "render episode.md"),
        (["gone.md"], "render gone.md"),
        (["my episode.md", "-o", "out"], "render 'my episode.md' -o out"),
        (["notes"], "render notes"),
        (["content"], "batch content -o OUT"),
        (["content/", "-o", "public"], "batch content/ -o public"),
        (["."], "batch . -o OUT"),
        (["-"], "render -"),
        (["redner", "episode.md"], "render episode.md"),
        (["chek"], "check"),
        (["Batch", "x"], "batch x"),
        (["voices", "lst"], "voices list"),
        (["models", "improt", "x"], "models import x"),
        (["takes", "gcc"], "takes gc"),
    ],
)
def test_what_was_meant_is_suggested(arguments: list[str], meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "content").mkdir()
    for name in ("episode.md", "my episode.md", "notes"):
        (tmp_path / name).write_text("Hello there.\n")
    told = refused(*arguments)
    assert told.endswith(f"; did you mean voiceover {meant}?")


def test_where_nothing_is_near_the_commands_are_listed() -> None:
    for word in ("frobnicate", "x" * 5000, ""):
        told = refused(word)
        assert "did you mean" not in told
        assert {*told.rpartition(" are ")[2].split(", ")} == {*command.list_commands(click.Context(command))}
    assert "the commands are" in refused("voices", "frobnicate")


def test_a_bare_script_ends_with_exit_code_2_and_writes_nothing(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "episode.md").write_text("Hello there.\n")
    done = voiceover("episode.md", check=2)
    assert "did you mean voiceover render episode.md?" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["episode.md"]
