from __future__ import annotations

from pathlib import Path

import pytest

from voiceover.system.folders import cache_folder, data_folder


@pytest.mark.parametrize(("folder", "variable"), [(cache_folder, "VOICEOVER_CACHE"), (data_folder, "VOICEOVER_DATA")])
def test_argument_before_environment_before_system(folder: object, variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert callable(folder)
    monkeypatch.setenv(variable, str(tmp_path / "from-environment"))
    assert folder(tmp_path / "given") == tmp_path / "given"
    assert folder() == tmp_path / "from-environment"
    monkeypatch.setenv(variable, "")
    system = folder()
    monkeypatch.delenv(variable)
    assert folder() == system
    assert system.is_absolute()
    assert "voiceover" in system.parts
    assert not (tmp_path / "given").exists()


def test_relative_and_home_paths_become_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder(Path("here")) == tmp_path / "here"
    monkeypatch.setenv("VOICEOVER_CACHE", "~/there")
    assert cache_folder() == tmp_path / "home" / "there"


def test_cache_and_data_are_two_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VOICEOVER_CACHE", raising=False)
    monkeypatch.delenv("VOICEOVER_DATA", raising=False)
    assert cache_folder() != data_folder()
