"""A site of scripts, an engine for the night with all its accidents, and a batch in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from voiceover.batch import BatchReport, BatchRequest, run_batch
from voiceover.batch.state import OutputState
from voiceover.types import Settings

TONE = Path(__file__).parents[1] / "tone_engine.py"
NIGHT = '''
import multiprocessing, os, time
import tone_engine
from dataclasses import replace
from voiceover.errors import EngineError


class NightEngine(tone_engine.ToneEngine):
    """What it is to say is what happens to it."""

    def __init__(self):
        if os.path.exists("late"):
            time.sleep(3)
        if os.path.exists("broken") and multiprocessing.parent_process():
            raise EngineError("the night engine is broken")
        with open("opened", "a") as file:
            file.write(f"{os.getpid()}\\n")

    @property
    def info(self):
        return replace(super().info, name="night", fingerprint="night r1")

    def speak(self, utterance, voice):
        said = utterance.spoken
        with open("said", "a") as file:
            file.write(said + "\\n")
        while "slowly" in said and not os.path.exists("quickly"):
            time.sleep(0.02)
        if "sleepily" in said:
            time.sleep(0.3)
        if "hangs" in said:
            open("hanging", "w").close()
            time.sleep(1000)
        if "fails" in said:
            raise EngineError("cannot say that")
        if "breaks" in said:
            raise ZeroDivisionError("a bug")
        return super().speak(utterance, voice)


def make(context):
    return NightEngine()
'''

STATE = OutputState.of(Path(".voiceover"), Path("out"))
"""The state of the batches that the fixture ``batch`` runs in the current folder."""
Site = Callable[[Mapping[str, str]], Path]
Batch = Callable[..., BatchReport]


@pytest.fixture(autouse=True)
def night(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine ``night``, installed for this process and for those that it starts."""
    place = tmp_path_factory.mktemp("engines")
    (place / "tone_engine.py").write_text(TONE.read_text("utf-8"), "utf-8")
    (place / "night_engine.py").write_text(NIGHT, "utf-8")
    info = place / "voiceover_night-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: voiceover_night\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[voiceover.engines]\nnight = night_engine:make\n", "utf-8")
    monkeypatch.syspath_prepend(place)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(place), os.environ.get("PYTHONPATH", "")))))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Write files; the current folder is the one they are in."""
    monkeypatch.chdir(tmp_path)

    def write(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return tmp_path

    return write


@pytest.fixture
def batch() -> Batch:
    """Run a batch of ``content`` into ``out`` with the engine ``night``, and give its report."""

    def run(*paths: str, engine: str | None = "night", output: str = "out", flags: Settings | None = None, **more: object) -> BatchReport:
        reports: list[BatchReport] = []
        given = paths or (() if "listed" in more else ("content",))
        wanted = BatchRequest(given, Path(output), flags=flags or Settings(engine=engine), **more)  # type: ignore[arg-type]
        run_batch(wanted, reports.append)
        assert len(reports) == 1
        return reports[0]

    return run


def page(text: str, **front: object) -> str:
    """An article with front matter."""
    lines = [f"{key}: {str(value).lower() if isinstance(value, bool) else value}" for key, value in {"title": "A page", **front}.items()]
    return "---\n" + "\n".join(lines) + f"\n---\n\n{text}\n"


def endings(report: BatchReport) -> dict[str, str]:
    """How it went, by the name of the episode."""
    return {outcome.found.name: outcome.status.value for outcome in report.outcomes}


def reason(report: BatchReport, name: str) -> str:
    return next(outcome.reason for outcome in report.outcomes if outcome.found.name == name)
