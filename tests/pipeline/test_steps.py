"""The list of steps that render and batch share."""

from __future__ import annotations

from pathlib import Path

import pytest

from voiceover import Job, render
from voiceover.batch import BatchReport, BatchRequest, run_batch
from voiceover.errors import RunError
from voiceover.pipeline import steps
from voiceover.pipeline.context import EpisodeContext
from voiceover.types import Settings

DRAFT = Settings(engine="draft", formats=("wav",))


def batch(folder: Path) -> BatchReport:
    return run_batch(BatchRequest((str(folder / "one.md"),), folder / "night", flags=DRAFT, allow_draft=True), lambda report: None)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "one.md"
    path.write_text("Hello there.\n\nThis is a second line.\n", "utf-8")
    return path


def insert(monkeypatch: pytest.MonkeyPatch, step: steps.Step) -> None:
    """Add a step between recording and mixing."""
    at = steps.STEPS.index(steps.RECORD) + 1
    monkeypatch.setattr(steps, "STEPS", [*steps.STEPS[:at], step, *steps.STEPS[at:]])


def test_a_step_added_to_the_list_is_run_by_render_and_by_batch(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Path, int, bool]] = []

    def look(context: EpisodeContext) -> None:
        files = [take.path.is_file() for take in context.takes.values()]
        seen.append((context.plan.place.folder, len(context.takes), all(files) and context.finished is None))

    insert(monkeypatch, steps.Step("look", look))
    rendered = render(Job(script, DRAFT, script.parent / "day"))
    assert rendered.made
    report = batch(script.parent)
    assert report.outcomes[0].status == "made"
    assert seen == [(script.parent / "day", 2, True), (script.parent / "night", 2, True)]


def test_a_step_is_skipped_if_the_episode_is_up_to_date(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job(script, DRAFT, script.parent / "day")
    render(job)
    seen: list[str] = []
    insert(monkeypatch, steps.Step("look", lambda context: seen.append("look")))
    insert(monkeypatch, steps.Step("note", lambda context: seen.append("note"), if_up_to_date=True))
    assert not render(job).made
    assert seen == ["note"]


def test_a_step_that_fails_leaves_no_files(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(context: EpisodeContext) -> None:
        raise RunError("a take sounds wrong")

    insert(monkeypatch, steps.Step("refuse", refuse))
    with pytest.raises(RunError, match="sounds wrong"):
        render(Job(script, DRAFT, script.parent / "day"))
    assert list((script.parent / "day").iterdir()) == []
    report = batch(script.parent)
    assert [(outcome.status, outcome.reason) for outcome in report.outcomes] == [("failed", "a take sounds wrong")]
