"""Names and places that mislead: line feeds and marks of direction in names, folders that are gone, two names for one file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.conftest import Run
from voiceover.cli import voiceover as command
from voiceover.errors import VoiceoverError

SCRIPT = "---\ntitle: {title}\ncast: {{Ann: ada}}\n---\n\nAnn: Hello there.\n"
FORGED = "made         0:03       1 + 0   -16.0    0.100  forged.md"
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


def said(*arguments: str | Path) -> tuple[int, str]:
    """Exit code and all that a command prints."""
    done = CliRunner().invoke(command, [str(argument) for argument in arguments])
    error = done.exception
    if isinstance(error, VoiceoverError):
        return error.exit_code, done.output + str(error)
    assert error is None or isinstance(error, SystemExit), error
    return done.exit_code, done.output


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("arguments", [("render",), ("check",), ("plan",), ("batch", "-o", "out")])
@pytest.mark.parametrize("content", ["title: x\nsegments: [a]\n", SCRIPT.format(title="x") + "\nBo: [pause 1q]\n", "\0"])
def test_a_file_name_cannot_forge_a_line_of_a_log(arguments: tuple[str, ...], content: str, here: Path) -> None:
    for name in (f"a\n{FORGED}", f"b\r\n{FORGED}", f"c\u2028{FORGED}", f"d\x85{FORGED}"):
        Path(name).write_text(content)
        _, output = said(arguments[0], name, *arguments[1:], "--engine", "draft")
        assert output
        assert not any(line.startswith(FORGED) for line in output.splitlines())


def test_a_name_within_a_file_cannot_forge_one_either(here: Path, voiceover: Run) -> None:
    Path("ep.yaml").write_text(json.dumps({"title": "x", "cover": f"a\n{FORGED}", "cast": {f"Ann\n{FORGED}": "ada"}, "segments": []}))
    Path("night").mkdir()
    (Path("night") / f"a\n{FORGED}.md").write_text(SCRIPT.format(title=f"x\\n{FORGED}") + "Zed: [pause 1q] what?")
    for done in (
        voiceover("check", "ep.yaml", check=2),
        voiceover("batch", "night", "-o", "out", "--engine", "draft", "--allow-draft", check=None),
        voiceover("batch", "night", "-o", "out", "--engine", "draft", "--allow-draft", "--explain", "--quiet", check=None),
    ):
        lines = (done.stderr + done.stdout).splitlines()
        assert lines
        assert not any(line.strip().startswith(FORGED) for line in lines)


@pytest.mark.parametrize("mark", BIDI)
def test_marks_of_direction_do_not_reach_the_terminal(mark: str, here: Path) -> None:
    name = f"ep{mark}gpj.md"
    Path(name).write_text(SCRIPT.format(title=f"A {mark}title") + f"\nAnn{mark}: Hello. {{{mark}}}\n", "utf-8")
    for arguments in (("check", name), ("check", name, "--json"), ("plan", name, "--engine", "draft"), ("takes", "list", name)):
        code, output = said(*arguments)
        assert code in (0, 2)
        assert mark not in output
        assert f"\\u{ord(mark):04x}" in output
    found = json.loads(CliRunner().invoke(command, ["check", name, "--json"]).stdout)
    assert name in json.dumps(found, ensure_ascii=False)


def test_a_title_in_hebrew_or_arabic_is_shown_as_it_is(here: Path) -> None:
    Path("ep.md").write_text(SCRIPT.format(title="שלום مرحبا"), "utf-8")
    assert "שלום مرحبا" in said("check", "ep.md")[1]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize("name", ["back\\", "two\\\\", "space ", "100%h", "$HOME", "'it' \"is\"", "a\\nb", "-x", "~y", "#z;"])
def test_a_folder_of_any_name_makes_a_unit_that_systemd_takes(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / name
    (folder / "content").mkdir(parents=True)
    monkeypatch.chdir(folder)
    assert said("schedule", "--systemd", "--into", tmp_path / "units", "content", "-o", "out")[0] == 0
    units = sorted((tmp_path / "units").iterdir())
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", *map(str, units)], capture_output=True, text=True, timeout=60, env=environment
    )
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = [line for line in units[0].read_text("utf-8").splitlines() if line.startswith("WorkingDirectory=")]
    assert Path(line.partition("=")[2].replace("%%", "%")) == folder
    assert not line.endswith(("\\", " "))


def test_what_no_unit_can_hold_is_one_error(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "give another --log" in said("schedule", "--systemd", "--log", "log\\", "content", "-o", "out")[1]
    for name in ("a\nExecStart=x", "b\u202ex", os.fsdecode(b"c\xff")):
        (here / name).mkdir()
        monkeypatch.chdir(here / name)
        for kind in ("--systemd", "--launchd", "--cron"):
            code, output = said("schedule", kind, "content", "-o", "out")
            assert (code, len(output.splitlines())) == (2, 1)
            assert "cannot be used in a scheduler's file" in output


@pytest.mark.parametrize("variable", ["VOICEOVER_CACHE", "VOICEOVER_DATA"])
def test_a_home_that_nobody_has_is_one_error(variable: str, here: Path, monkeypatch: pytest.MonkeyPatch, voiceover: Run) -> None:
    Path("ep.md").write_text(SCRIPT.format(title="x"))
    value = "~no-such-user-here/x"
    why = "this user has no home folder; give a path that does not begin with ~"
    for option in ("--cache-dir", "--store"):
        assert said("render", "ep.md", option, value) == (2, f"{value}: {why}\n")
    monkeypatch.setenv(variable, value)
    assert voiceover("render", "ep.md", check=2).stderr == f"{variable}={value}: {why}\n"
    for arguments in (
        ("check", "ep.md"),
        ("plan", "ep.md"),
        ("voices", "list"),
        ("models", "list"),
        ("takes", "list", "ep.md"),
        ("doctor",),
    ):
        code, output = said(*arguments)
        assert code == 0 or (code, output.strip()) == (2, f"{variable}={value}: {why}")
    assert [path.name for path in here.iterdir()] == ["ep.md"]


def test_a_current_folder_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    text = 'rmdir ../gone; exec "$@"'
    start = "import sys; from voiceover.cli import main; main()"
    for arguments in (["render", "ep.md"], ["batch", ".", "-o", "out"], ["voices", "list"]):
        (tmp_path / "gone").mkdir(exist_ok=True)
        done = subprocess.run(
            ["sh", "-c", text, "sh", sys.executable, "-c", start, *arguments],
            cwd=tmp_path / "gone",
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 2
        assert done.stderr == "the current folder cannot be used: there is no such file or folder; change to another one (cd)\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize(
    "arguments", [("check", "ep.md"), ("check", "ep.md", "--json"), ("--help",), ("voices", "list"), ("render", "ep.md", "--json")]
)
def test_a_standard_output_that_is_full(arguments: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "ep.md").write_text(SCRIPT.format(title="x"))
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "voiceover", *arguments], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert (done.returncode, done.stderr) == (1, "standard output: cannot be written: the disk is full\n")


def paths_of(parent: click.Group) -> list[tuple[list[str], click.Parameter]]:
    found: list[tuple[list[str], click.Parameter]] = []
    for name, each in parent.commands.items():
        if isinstance(each, click.Group):
            found += [([name, *names], parameter) for names, parameter in paths_of(each)]
        found += [([name], parameter) for parameter in each.params if isinstance(parameter.type, click.Path)]
    return found


def test_an_empty_path_is_an_error_in_every_command(here: Path) -> None:
    Path("ep.md").write_text(SCRIPT.format(title="x"))
    found = paths_of(command)
    assert len(found) > 20
    for names, parameter in found:
        given = [parameter.opts[-1], ""] if isinstance(parameter, click.Option) else [""]
        code, output = said(*names, *given)
        assert code == 2
        assert "the path is empty" in output, (names, given)
    for arguments in (("render", "ep.md", "-o", ""), ("render", ""), ("batch", ".", "-o", ""), ("batch", "", "-o", "out")):
        code, output = said(*arguments)
        assert code == 2
        assert "empty" in output
    assert [path.name for path in here.iterdir()] == ["ep.md"]


@pytest.mark.parametrize("other", [unicodedata.normalize("NFD", "Café"), "CAFÉ", unicodedata.normalize("NFD", "cAFÉ")])
def test_names_that_are_one_file_elsewhere_collide(other: str, here: Path) -> None:
    first = unicodedata.normalize("NFC", "Café")
    for name in (first, other):
        Path(f"{name}.md").write_text(SCRIPT.format(title="x"), "utf-8")
    for arguments in (("render", f"{first}.md", f"{other}.md", "-o", "out"), ("batch", ".", "-o", "out")):
        code, output = said(*arguments, "--engine", "draft")
        assert code == 2
        assert "would both be written to" in output
        is_case = unicodedata.normalize("NFC", other) != first
        assert f"(the names differ only by {'case' if is_case else 'Unicode normalization'})" in output
    assert not list(here.rglob("*.mp3"))


def test_a_second_script_of_the_name_does_not_replace_the_first(here: Path) -> None:
    Path("a.md").write_text(SCRIPT.format(title="The first"))
    Path("a.yaml").write_text(json.dumps({"title": "The second", "cast": {"Ann": "ada"}, "segments": [{"speaker": "Ann", "text": "Bye."}]}))
    draft = ("--engine", "draft")
    assert said("render", "a.md", "-o", "out", *draft)[0] == 0
    before = {path: path.read_bytes() for path in Path("out").iterdir()}
    code, output = said("render", "a.yaml", "-o", "out", *draft)
    assert code == 2
    assert "a.draft.*: made from a.md, and a.yaml would replace it; choose another output folder (-o), or rename one of the two" in output
    assert {path: path.read_bytes() for path in Path("out").iterdir()} == before
    # The same script, changed, is the same episode's; elsewhere, or as a file that is named, there is nothing in the way.
    Path("a.md").write_text(SCRIPT.format(title="The first, again"))
    assert said("render", "a.md", "-o", "out", *draft)[0] == 0
    assert said("render", "a.yaml", "-o", "other", *draft)[0] == 0
    assert said("render", "a.yaml", "-o", "out/b.mp3", *draft)[0] == 0
    # One of the same name in another folder may be a copy of the project, so that is only said.
    Path("sub").mkdir()
    Path("sub/a.md").write_text(SCRIPT.format(title="Another"))
    code, output = said("render", "sub/a.md", "-o", "out", *draft)
    assert code == 0
    assert f"a.draft.*: replaces the episode made from {here / 'a.md'}" in output
    assert "replaces" not in said("render", "sub/a.md", "-o", "out", "--seed", "2", *draft)[1]
    # A script that was renamed leaves its files to the new name.
    Path("a.md").unlink()
    assert said("render", "a.yaml", "-o", "out", *draft)[0] == 0
    assert json.loads(Path("out/a.draft.manifest.json").read_bytes())["script"] == "a.yaml"
