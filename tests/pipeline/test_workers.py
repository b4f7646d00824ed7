"""How many processes record, if nobody says so."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.plan.parts import DRAFT
from tests.takes.parts import line
from voiceover.pipeline.job import OpenableEngine
from voiceover.pipeline.workers import UNKNOWN_MEGABYTES, most_workers, workers_for
from voiceover.system.cpu import SHARE_VARIABLE
from voiceover.types import EngineInfo

SLOW = replace(DRAFT, name="slow", realtime_factor=5.0)
ONE = replace(SLOW, name="one", worker_threads=1, worker_megabytes=500)
TWO = replace(ONE, name="two", worker_threads=2)
FAST = replace(ONE, name="fast", realtime_factor=0.001)
PLENTY = 10**12


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SHARE_VARIABLE, "8")


@pytest.mark.parametrize(
    ("infos", "free", "workers"),
    [
        ([ONE], PLENTY, 8),
        ([TWO], PLENTY, 4),
        ([SLOW], PLENTY, 1),  # all cores serve one worker best
        ([FAST], PLENTY, 1),
        ([ONE, TWO], PLENTY, 4),
        ([ONE, SLOW], PLENTY, 1),
        ([ONE, FAST], PLENTY, 8),
        ([replace(ONE, worker_threads=16)], PLENTY, 1),
        ([ONE], 1_000_000_000, 2),
        ([ONE], 100_000_000, 1),
        ([ONE, TWO], 2_000_000_000, 2),
        ([replace(ONE, worker_megabytes=None)], 3 * UNKNOWN_MEGABYTES * 1_000_000, 3),
        ([], PLENTY, 1),
    ],
)
def test_cores_and_memory_decide(infos: list[EngineInfo], free: int, workers: int) -> None:
    assert most_workers(infos, free) == workers


@pytest.mark.parametrize(("lines", "seconds", "workers"), [(0, 1, 1), (1, 100, 1), (5, 100, 5), (20, 100, 8), (20, 0.01, 1), (20, 0.1, 4)])
def test_no_more_than_there_is_work_for(monkeypatch: pytest.MonkeyPatch, lines: int, seconds: float, workers: int) -> None:
    """At 5 s of work per second of speech, 3 s of work pay for another process."""
    monkeypatch.setattr("voiceover.pipeline.workers.available_bytes", lambda: PLENTY)
    to_record = [line(f"line {n}", n + 1, engine="one", estimate_seconds=seconds) for n in range(lines)]
    assert workers_for({"one": OpenableEngine(ONE, {}, lambda: None)}, to_record) == workers  # type: ignore[arg-type,return-value]


def test_one_line_starts_no_process(voiceover: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr("voiceover.takes.workers.record_in_workers", refuse)
    (tmp_path / "one.md").write_text("Hello there, it is late.\n", "utf-8")
    event = json.loads(voiceover("render", "one.md", "--json").stdout.splitlines()[-1])
    assert event["recorded"] == 1
