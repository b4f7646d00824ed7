"""What work depends on, and results that are computed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from voiceover.system.dependencies import add_dependency, once, recorded_dependencies, unchanged_files


def test_dependencies_are_recorded_within_the_block_only(tmp_path: Path) -> None:
    add_dependency(tmp_path / "before")
    with recorded_dependencies() as paths:
        add_dependency(tmp_path / "a")
    add_dependency(tmp_path / "after")
    assert paths == {str(tmp_path / "a")}


def test_a_result_is_computed_every_time_by_default() -> None:
    calls: list[int] = []
    for _ in range(2):
        once("key", lambda: calls.append(1))
    assert len(calls) == 2


def test_a_result_is_computed_once_while_files_are_unchanged(tmp_path: Path) -> None:
    calls: list[str] = []

    def compute() -> str:
        calls.append("call")
        add_dependency(tmp_path / "voice.yaml")
        return f"result {len(calls)}"

    with unchanged_files():
        assert once("a", compute) == "result 1"
        with recorded_dependencies() as paths:
            assert once("a", compute) == "result 1"
        assert paths == {str(tmp_path / "voice.yaml")}
        assert once("b", compute) == "result 2"
    with unchanged_files():
        assert once("a", compute) == "result 3"


def test_an_error_is_not_remembered() -> None:
    with unchanged_files():
        with pytest.raises(ZeroDivisionError):
            once("a", lambda: 1 // 0)
        assert once("a", lambda: 1) == 1
