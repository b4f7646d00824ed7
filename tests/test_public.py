"""The public face: complete, documented, and the same as what the documents say."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import voiceover
from voiceover.cli import voiceover as command

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text("utf-8")


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, found in group.commands.items():
        if isinstance(found, click.Group):
            yield from commands(found, (*path, name))
        else:
            yield (*path, name), found


def test_all_public_names_are_there_and_on_the_page() -> None:
    page = (REPOSITORY / "docs" / "api.md").read_text("utf-8")
    assert voiceover.__all__ == sorted(voiceover.__all__)
    for name in voiceover.__all__:
        assert getattr(voiceover, name).__doc__
        assert re.search(rf"\b{name}\b", page), f"{name} is not on docs/api.md"
    with pytest.raises(AttributeError):
        _ = voiceover.nosuch


@pytest.mark.parametrize(("path", "found"), list(commands(command)), ids=lambda part: " ".join(part) if isinstance(part, tuple) else "")
def test_every_command_has_help_and_stands_in_the_readme(path: tuple[str, ...], found: click.Command) -> None:
    assert found.help
    assert f"voiceover {' '.join(path)}" in README
    for parameter in found.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{' '.join(path)} {parameter.name}"


def test_the_readme_names_no_option_that_is_not_there() -> None:
    options = {
        name for _, found in commands(command) for parameter in found.params for name in (*parameter.opts, *parameter.secondary_opts)
    }
    text = re.sub(r"```yaml.*?```", "", README, flags=re.DOTALL)
    for line in re.findall(r"^    voiceover (.*)$", text, re.MULTILINE):
        for option in re.findall(r"(?<!\S)(--?[a-z][a-z-]*)", line.split("#")[0]):
            assert option in options, line


def test_the_library_renders(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("Hello there, this is an article.\n", "utf-8")
    program = (
        "from pathlib import Path\nimport voiceover\n"
        "rendered = voiceover.render(voiceover.Job(Path('one.md'), output=Path('out')))\n"
        "print(rendered.made, rendered.recorded, rendered.episode.files[0].path)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "1", "out/one.draft.mp3"]
