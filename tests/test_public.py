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
from voiceover.settings.keys import PROJECT_READERS, READERS
from voiceover.settings.layers import OPTION_KEYS
from voiceover.settings.reader import PAGE_KEYS

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text("utf-8")
DOCS = {path.name: path.read_text("utf-8") for path in sorted((REPOSITORY / "docs").glob("*.md"))}


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
def test_every_command_has_help_and_is_documented(path: tuple[str, ...], found: click.Command) -> None:
    assert found.help
    assert any(f"voiceover {' '.join(path)}" in text for text in (README, *DOCS.values()))
    for parameter in found.get_params(click.Context(found)):
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{' '.join(path)} {parameter.name}"


def test_the_documentation_names_no_option_that_is_not_there() -> None:
    options = {
        name
        for _, found in commands(command)
        for parameter in found.get_params(click.Context(found))
        for name in (*parameter.opts, *parameter.secondary_opts)
    }
    text = re.sub(r"```yaml.*?```", "", "\n".join((README, *DOCS.values())), flags=re.DOTALL)
    for line in re.findall(r"^    voiceover (.*)$", text, re.MULTILINE):
        for option in re.findall(r"(?<!\S)(--?[a-z][a-z-]*)", line.split("#")[0]):
            assert option in options, line


def test_the_readme_is_short_and_names_every_page() -> None:
    assert len(README.split()) < 900
    for name in DOCS:
        assert f"docs/{name}" in README


def test_links_between_the_pages_lead_somewhere() -> None:
    pages = {"README.md": README, **{f"docs/{name}": text for name, text in DOCS.items()}}
    for page, text in pages.items():
        for target, _, anchor in (link.partition("#") for link in re.findall(r"\]\(([^():]+)\)", text)):
            path = (REPOSITORY / page).parent / target if target else REPOSITORY / page
            assert path.is_file(), f"{page}: {target}"
            lines = path.read_text("utf-8").splitlines() if path.suffix == ".md" else []
            headings = {re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-") for line in lines}
            assert not anchor or anchor in headings, f"{page}: {target}#{anchor}"


def test_every_setting_is_documented() -> None:
    for key in (*READERS, *PROJECT_READERS, *OPTION_KEYS, *PAGE_KEYS):
        assert f"`{key}`" in DOCS["script.md"], f"{key} is not in docs/script.md"


@pytest.mark.parametrize(("kind", "suffix"), [("markdown", "md"), ("yaml", "yaml")])
def test_the_examples_of_the_script_format_are_scripts(kind: str, suffix: str, tmp_path: Path) -> None:
    example = re.search(rf"```{kind}\n(.*?)```", DOCS["script.md"], re.DOTALL)
    assert example is not None
    (tmp_path / f"example.{suffix}").write_text(example[1], "utf-8")
    checked = voiceover.check_script(tmp_path / f"example.{suffix}")
    assert checked.errors == ()
    assert checked.script is not None
    assert {segment.speaker for segment in checked.script.segments} >= {"Narrator", "Town"}


def test_the_library_renders(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("Hello there, this is an article.\n", "utf-8")
    program = (
        "import voiceover\n"
        "rendered = voiceover.render(voiceover.Job(script='one.md', output='out', cache_folder='cache'))\n"
        "print(rendered.made, rendered.recorded, rendered.episode.files[0].path)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "1", "out/one.draft.mp3"]
    assert (tmp_path / "cache").is_dir()


def test_paths_may_be_strings(tmp_path: Path) -> None:
    script = tmp_path / "one.md"
    script.write_text("Hello there, this is an article.\n", "utf-8")
    given = voiceover.Job(str(script), output=str(tmp_path / "out"), cache_folder=str(tmp_path / "cache"), beside=str(script))
    assert given == voiceover.Job(script, output=tmp_path / "out", cache_folder=tmp_path / "cache", beside=script)
    assert voiceover.Job("one.md").output is None
    assert voiceover.check_script(str(script)).problems == ()
    assert voiceover.open_store(str(tmp_path / "cache")).folder.is_relative_to(tmp_path / "cache")


PROGRAMS = re.findall(r"```python\n(.*?)```", (REPOSITORY / "docs" / "api.md").read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_the_programs_of_the_api_page_run(number: int, tmp_path: Path) -> None:
    assert len(PROGRAMS) == 2
    (tmp_path / "episode.md").write_text("# Mice\n\nThis is a line.\n", "utf-8")
    (tmp_path / "program.py").write_text(PROGRAMS[number].replace("workers=4", "workers=1"), "utf-8")
    done = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    if "episode.planned" in PROGRAMS[number]:
        assert "Narrator This is a line. new text new text\n" in done.stdout
        assert "'episode.lines-1-3.draft.mp3'" in done.stdout
