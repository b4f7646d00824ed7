"""A run of lines by an engine that behaves, and by some that do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.engines.f5.benchmark.parts import LINES as ALL
from voiceover.audio.files import read_audio
from voiceover.engines.f5.benchmark.checks import frames_of
from voiceover.engines.f5.benchmark.rates import MatrixRates
from voiceover.engines.f5.benchmark.result import ReportRun
from voiceover.engines.f5.benchmark.runs import REPEATED, RunSetup, speak_all
from voiceover.engines.f5.choices import PRESETS
from voiceover.engines.f5.configs import BASE
from voiceover.engines.f5.reference import Reference, prepare_reference
from voiceover.errors import EngineError
from voiceover.pipeline.voices import find_voice
from voiceover.takes import checked_audio
from voiceover.types import Audio, EngineContext, EngineInfo, Utterance, Voice

TINY = replace(BASE, dim=32, depth=2, heads=2, dim_head=16, ff_dim=64, text_dim=16, text_rows=50, conv_layers=1, conv_dim=32)
LINES = ALL[:6]


class Parrot:
    """Says the end of its reference clip for as long as F5 would speak; what it calls ``before`` may get in its way."""

    info = EngineInfo("f5", 1, "f5 r1 parrot", 24_000, 22.0, True)

    def __init__(self, reference: Reference, before: Callable[[int, Utterance], float]) -> None:
        self.reference = reference
        self.before = before
        self.calls = 0
        self.closed = False

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        gain = self.before(self.calls, utterance)
        self.calls += 1
        count = frames_of(self.reference, utterance.spoken, PRESETS["base"])[1]
        assert count is not None
        return Audio(np.resize(self.reference.samples * np.float32(gain), count), 24_000)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def run(tmp_path: Path) -> Callable[[Callable[[int, Utterance], float]], ReportRun]:
    voice = find_voice("ada", None)
    clip = voice.styles[""].clip
    assert clip is not None
    reference = prepare_reference(read_audio(clip.path), clip.text, "ada")

    def speak(before: Callable[[int, Utterance], float]) -> ReportRun:
        engine = Parrot(reference, before)
        said: list[tuple[int, str]] = []
        setting = RunSetup(
            voice,
            reference,
            LINES,
            EngineContext(tmp_path),
            lambda context: engine,
            checked_audio,
            MatrixRates(TINY),
            tmp_path,
            lambda text: text.replace(str(tmp_path), "…"),
            None,
            "not compared",
            lambda done, what: said.append((done, what)),
        )
        found = speak_all(setting, "fp32", "base")
        assert engine.closed
        assert said[0] == (0, "fp32, base: loading")
        return found

    return speak


def test_every_line_is_spoken_measured_and_written(run: Callable[..., ReportRun], tmp_path: Path) -> None:
    found = run(lambda call, utterance: 0.5)
    assert found.refused is None
    assert found.faults == 0
    assert [one.line for one in found.spoken] == list(range(len(LINES)))
    assert len(list((tmp_path / "audio" / "fp32-base").glob("*.flac"))) == len(LINES)
    for one in found.spoken:
        assert one.audio is not None
        assert one.figures is not None
        assert soundfile.info(tmp_path / one.audio).duration == pytest.approx(one.figures.seconds)
    assert found.rate is not None
    assert found.rate.gflops > 0
    assert found.gflops
    assert found.not_compared == "not compared"


def test_the_same_line_must_be_the_same_samples(run: Callable[..., ReportRun]) -> None:
    found = run(lambda call, utterance: 0.5 if call else 0.4)
    assert [finding.code for finding in found.findings] == ["not-the-same"]
    assert found.faults == 1


def test_what_the_machine_cannot_run_is_left_out(run: Callable[..., ReportRun], tmp_path: Path) -> None:
    def breaks(call: int, utterance: Utterance) -> float:
        raise RuntimeError(f"[metal] no bfloat16 in {tmp_path}")

    found = run(breaks)
    assert found.refused == "RuntimeError: [metal] no bfloat16 in …"
    assert found.spoken == ()


def test_a_line_that_fails_costs_only_itself(run: Callable[..., ReportRun]) -> None:
    def one_fails(call: int, utterance: Utterance) -> float:
        if utterance.source.line == 2:
            raise EngineError(f"{utterance.source}: no numbers for sound")
        if utterance.source.line == 3:
            raise RuntimeError("the device is lost")
        return float("nan") if utterance.source.line == 5 else 0.5

    found = run(one_fails)
    told = {one.line + 1: finding.message for one in found.spoken for finding in one.findings if finding.code == "not-spoken"}
    assert set(told) == {2, 3, 5}
    assert told[2] == "no numbers for sound"
    assert told[3] == "RuntimeError: the device is lost"
    assert "contains NaN or infinity" in told[5]
    assert sum(one.figures is not None for one in found.spoken) == len(LINES) - 3


def test_where_every_line_fails_all_are_told(run: Callable[..., ReportRun]) -> None:
    def fails(call: int, utterance: Utterance) -> float:
        raise EngineError(f"{utterance.source}: no numbers for sound")

    found = run(fails)
    assert found.refused is None
    assert found.faults == len(LINES)
    assert found.gflops is None


def test_a_louder_line_than_full_scale_is_lowered_in_its_file_alone(run: Callable[..., ReportRun], tmp_path: Path) -> None:
    found = run(lambda call, utterance: 3.0)
    one = found.spoken[REPEATED]
    assert one.audio is not None
    assert "peak" in {finding.code for finding in one.findings}
    samples = soundfile.read(tmp_path / one.audio)[0]
    assert np.abs(samples).max() == pytest.approx(1.0, abs=1e-4)
    assert (np.abs(samples) > 0.999).mean() < 0.001
