"""The tutorial of docs/engines.md, done as it says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import typing
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.engine_packages import install
from voiceover.engines import registry

PAGE = (Path(__file__).parents[2] / "docs" / "engines.md").read_text("utf-8")
FILES = {match[1]: match[0] for match in re.finditer(r"(?<=\n)# (\S+\.\w+)\n.*?(?=```)", PAGE, re.DOTALL)}
COMMANDS = [line.strip() for line in PAGE.splitlines() if line.startswith("    voiceover ")]


@pytest.fixture
def morse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the tutorial, with its engine installed."""
    home = tmp_path / "morse"
    home.mkdir()
    for name, text in FILES.items():
        (home / name).write_text(text, "utf-8")
    install(home, home / "morse_engine.py", "morse", monkeypatch)
    return home


def test_the_engine_of_the_tutorial_passes_its_own_test(morse: Path) -> None:
    assert set(FILES) == {"pyproject.toml", "morse_engine.py", "test_morse_engine.py"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "test_morse_engine.py"]
    done = subprocess.run(command, cwd=morse, env={**os.environ, "PYTEST_ADDOPTS": ""}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_commands_of_the_tutorial_run(morse: Path, tmp_path: Path, voiceover: Run) -> None:
    (tmp_path / "episode.md").write_text("# Ships\n\nThis is a short line.\n", "utf-8")
    done = [voiceover(*shlex.split(command)[1:]) for command in COMMANDS]
    assert len(done) == 3
    assert "sparks       en     A ship's radio. Engine: morse." in done[0].stdout
    assert (tmp_path / "say.wav").is_file()
    assert (tmp_path / "episode.mp3").is_file()
    section = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert section is not None
    (tmp_path / "voices" / "own").mkdir(parents=True)
    (tmp_path / "voices" / "own" / "voice.yaml").write_text(section[1], "utf-8")
    voiceover("say", "Not that late", "--engine", "morse", "--voice", "own", "--style", "urgent")


def test_the_page_describes_everything_that_an_engine_can_offer() -> None:
    for name in ("make", *typing.get_args(registry.OfferName)):
        assert re.search(rf"^\| `{name}\b", PAGE, re.MULTILINE), name
        assert re.search(rf"^    {name}\b", registry.__doc__ or "", re.MULTILINE) or name == "make"
