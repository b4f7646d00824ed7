"""What a render says it will cost before it starts, and what ``plan`` says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run
from voiceover.cli.estimate_words import cost_in_words
from voiceover.engines import outline
from voiceover.engines.f5.choices import PRESETS, Architecture
from voiceover.engines.f5.engine import describe
from voiceover.pipeline.estimate import FINISH_RATE, Estimate
from voiceover.pipeline.rates import FINISH, MeasuredRates, engine_key
from voiceover.types import EngineContext, EngineInfo

LINES = " ".join(f"Mouse {n} went to town with her friend, and both of them were glad of the long walk." for n in range(1, 7))


def slow(cache: Path) -> None:
    """Let the draft voice have been measured at half a minute per second of speech."""
    engine = outline("draft", EngineContext(cache))
    assert engine is not None
    rates = MeasuredRates(cache)
    rates.add(engine_key(engine.fingerprint, 1), 3000, 100)
    rates.add(FINISH, 5, 100)
    rates.save()


def test_a_render_says_beforehand_what_it_will_cost_if_that_is_much(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "ep.md").write_text(LINES)
    slow(tmp_path / "cache")
    render = ("render", "ep.md", "--engine", "draft", "--cache-dir", "cache", "-o")
    assert "about" not in voiceover(*render, "quiet", "-q").stderr
    done = voiceover(*render, "again", "--seed", "2")
    cost, recording = done.stderr.index("ep.md: about "), done.stderr.index("recording ")
    assert cost < recording and " min\n" in done.stderr[cost:recording]
    assert "about" not in voiceover(*render, "again", "--seed", "2").stderr  # up to date
    told = voiceover(*render, "json", "--seed", "3", "--json").stdout
    assert all(json.loads(line)["event"] for line in told.splitlines()) and "about" not in told
    assert "about" not in voiceover(*render, "other", "--seed", "3", "--language", "de", "--cache-dir", "fresh").stderr  # a quick one


def test_a_plan_counts_finishing_at_the_measured_rate_and_takes_at_their_length(voiceover: Run, tmp_path: Path) -> None:
    (tmp_path / "ep.md").write_text(LINES)
    slow(tmp_path / "cache")
    plan = ("plan", "ep.md", "--engine", "draft", "--cache-dir", "cache", "-o")
    before = json.loads(voiceover(*plan, "out", "--json").stdout)
    assert before["rates"] == "measured"
    assert before["work_seconds"] == pytest.approx(30.05 * before["speech_seconds"], rel=0.02)
    assert "at the rates measured on this machine" in voiceover(*plan, "out").stdout
    episode = json.loads(voiceover("render", *plan[1:], "out", "--json").stdout.splitlines()[-1])
    after = json.loads(voiceover(*plan, "elsewhere", "--json").stdout)
    assert after["record_seconds"] == 0
    assert after["speech_seconds"] == pytest.approx(episode["seconds"], abs=3) != before["speech_seconds"]
    assert after["work_seconds"] == after["finish_seconds"] == pytest.approx(0.05 * after["speech_seconds"], abs=1.5)
    there = json.loads(voiceover(*plan, "out", "--json").stdout)
    assert (there["stands"], there["work_seconds"]) == (True, 0)
    rates = MeasuredRates(tmp_path / "cache")
    assert rates.measured(FINISH) != pytest.approx(0.05)  # the render was measured, too
    guessed = json.loads(voiceover(*plan[:4], "-o", "x", "--cache-dir", "fresh", "--json").stdout)
    assert guessed["rates"] == "guessed"
    assert guessed["finish_seconds"] == pytest.approx(FINISH_RATE * guessed["speech_seconds"], abs=0.1)


def test_an_engine_says_its_effort_and_what_would_be_faster() -> None:
    def info(preset: str) -> EngineInfo:
        return describe("model", "0" * 64, architecture=Architecture.V1, backend="", precision="", preset=PRESETS[preset])

    assert (info("base").effort, info("base").faster) == ("32 steps", ("--preset fast", 32 / 7))
    assert info("fast").faster is info("distilled").faster is None
    hours = Estimate(3600, 3600, 11_400, 72, True, "32 steps", "--preset fast", 2_494 + 72)
    assert cost_in_words(hours) == "about 3 h 10 min at 32 steps; --preset fast: about 43 min"
    assert cost_in_words(Estimate(60, 60, 150, 1, False)) == "about 3 min (guessed; measured while it runs)"
    assert cost_in_words(Estimate(60, 60, 118, 1, True)) is None
