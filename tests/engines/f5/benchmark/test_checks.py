"""What can be found out of a line without ears: real clips and hand-made faults."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from voiceover.audio.files import read_audio, resample
from voiceover.engines.f5.benchmark.checks import check, frames_of, leaked, measure, reference_lufs
from voiceover.engines.f5.benchmark.lines import COUNT, lines_for
from voiceover.engines.f5.choices import PRESETS
from voiceover.engines.f5.duration import FRAME_MULTIPLE
from voiceover.engines.f5.mel import HOP_LENGTH
from voiceover.engines.f5.reference import Reference, prepare_reference
from voiceover.pipeline.voices import find_voice
from voiceover.types import Audio, FloatArray

RATE = 24_000
WORDS = "The river is low this morning, and the heron stands where the boats used to lie. I think we shall have rain before noon."


@pytest.fixture(scope="module")
def clip() -> FloatArray:
    """Ada's clip at 24 kHz, with a little silence on both sides."""
    found = find_voice("ada", None).styles[""].clip
    assert found is not None
    audio = read_audio(found.path)
    return np.pad(resample(audio.samples, audio.sample_rate, RATE), 1200)


@pytest.fixture(scope="module")
def reference(clip: FloatArray) -> Reference:
    return prepare_reference(Audio(clip, RATE), WORDS, "ada")


def found(samples: FloatArray, reference: Reference, text: str = WORDS, count: int | None = None) -> dict[str, bool]:
    """Code and certainty of every finding."""
    audio = Audio(np.ascontiguousarray(samples, np.float32), RATE)
    return {
        finding.code: finding.fault for finding in check(audio, text, measure(audio, text, reference_lufs(reference)), reference, count)
    }


def test_good_speech_has_nothing_to_be_said_of_it(clip: FloatArray, reference: Reference) -> None:
    assert found(clip, reference, count=len(clip)) == {}


def noise(clip: FloatArray) -> FloatArray:
    return 0.05 * np.random.default_rng(0).standard_normal(len(clip)).astype(np.float32)


@pytest.mark.parametrize(
    ("damage", "code", "fault"),
    [
        (np.zeros_like, "silent", True),
        (lambda clip: clip[len(clip) // 3 :], "start-cut", False),
        (lambda clip: clip[: len(clip) // 2], "end-cut", False),
        (lambda clip: np.pad(clip, (36_000, 0)), "start-silence", False),
        (lambda clip: np.pad(clip, (0, 36_000)), "end-silence", False),
        (lambda clip: np.insert(clip, len(clip) // 2, np.zeros(72_000)), "silence", False),
        (lambda clip: clip * 0.2, "level", False),
        (lambda clip: clip * 8, "peak", False),
        (lambda clip: np.clip(clip * 20, -0.5, 0.5), "clipped", False),
        (noise, "noise", False),
        (lambda clip: clip[: len(clip) // 5], "short", False),
        (lambda clip: 0.1 * np.sin(np.arange(len(clip)) * 0.1), "tone", False),
    ],
)
def test_every_fault_is_found(
    damage: Callable[[FloatArray], FloatArray], code: str, fault: bool, clip: FloatArray, reference: Reference
) -> None:
    assert found(damage(clip), reference).get(code) is fault


def test_a_frame_of_the_reference_is_told_by_the_length(clip: FloatArray, reference: Reference) -> None:
    assert found(clip, reference, count=len(clip) - HOP_LENGTH) == {"length": True}


def test_the_end_of_the_reference_is_heard_at_the_start(clip: FloatArray, reference: Reference) -> None:
    end = reference.samples[: -1200 - 240] / np.float32(reference.gain)
    assert leaked(np.concatenate((end[-2 * RATE // 10 :], clip)).astype(np.float32), reference)
    assert not leaked(clip[RATE : 3 * RATE], reference)
    assert not leaked(np.zeros(RATE, np.float32), reference)
    assert not leaked(clip[:100], reference)


def test_the_length_of_a_line_is_the_engines_own(reference: Reference) -> None:
    frames, samples = frames_of(reference, "Yes.", PRESETS["base"])
    assert samples == (frames - len(reference.mel) - 1) * HOP_LENGTH
    assert frames % FRAME_MULTIPLE == 0
    assert samples >= RATE
    assert frames_of(reference, "A much longer line than that one, at speed 1.15.", PRESETS["distilled"])[0] > frames


def test_the_lines_are_twenty_and_fit_the_model() -> None:
    for languages in (None, {"en"}, {"en", "zh"}, {"de"}):
        assert len(lines_for(languages)[0]) == COUNT
    assert {line.language for line in lines_for({"en"})[0]} == {"en"}
    assert {line.language for line in lines_for({"en", "zh"})[0]} == {"en", "zh"}
    assert "it lists de" in lines_for({"de"})[1][0]
    kinds = {"short", "numbers", "question", "quotes", "long", "names", "spelling"}
    assert kinds <= {line.kind for line in lines_for({"en", "zh"})[0] if line.language == "en"}
