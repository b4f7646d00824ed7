"""The sounds of the examples: what their program makes, small, and with their licence."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import EXAMPLES
from voiceover.pipeline.check import check_script

SOUNDS = EXAMPLES / "sounds"


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_sounds", Path(__file__).parents[2] / "scripts" / "make_sounds.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "make_sounds", module)  # where dataclasses look
    spec.loader.exec_module(module)
    return module


def test_the_music_is_what_its_program_makes(program: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    made = program.music()
    assert program.make(made, check=True) == 0, capsys.readouterr().out
    assert set(made) == {"theme", "bed", "sting"}
    other = {"bed": made["bed"][::-1]}
    assert program.make(other, check=True) == 1


def test_the_sounds_are_small_and_licensed(program: ModuleType) -> None:
    files = [path for path in SOUNDS.iterdir() if path.suffix != ".txt"]
    assert sum(path.stat().st_size for path in files) < 300_000
    terms = (SOUNDS / "LICENCE.txt").read_text("utf-8")
    assert all(path.name in terms for path in files)
    sounds = check_script(EXAMPLES / "harbour_radio.md").settings.sounds or {}
    assert {Path(sound.path) for sound in sounds.values()} == {path for path in files if path.name != "keeper.ogg"}
    assert all(sound.licence and sound.credit for sound in sounds.values())
    words = " ".join(program.GUEST.split())
    assert words in " ".join((EXAMPLES / "harbour_radio.md").read_text("utf-8").split())
