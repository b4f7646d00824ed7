from __future__ import annotations

import numpy as np
import pytest

from tests.takes.parts import RATE, line, tones
from voiceover.errors import EngineError
from voiceover.takes.check import checked_audio
from voiceover.types import Audio

SPEECH = tones("one two three").samples
UTTERANCE = line("one two three", 12)


def spoiled(value: float) -> np.ndarray:
    samples = SPEECH.copy()
    samples[100] = value
    return samples


@pytest.mark.parametrize(
    ("samples", "why"),
    [
        (np.zeros(0, np.float32), "an empty recording"),
        (spoiled(np.nan), "contains NaN or infinity"),
        (spoiled(-np.inf), "contains NaN or infinity"),
        (spoiled(-32768.0), "up to 32768; full scale is 1"),
        ((SPEECH * 32767).astype(np.int16), "type int16"),
        (np.stack([SPEECH, SPEECH], axis=1), r"shape \(9600, 2\)"),
        (SPEECH[: RATE // 50], "0.020 s"),
        (SPEECH[: round(0.055 * RATE)], r"0.055 s of audio; about 0.6 s were expected"),
        (np.zeros(RATE, np.float32), "only silence"),
    ],
)
def test_what_is_no_recording_is_refused(samples: np.ndarray, why: str) -> None:
    with pytest.raises(EngineError, match=rf'^play\.md:12:1: the engine cannot speak "one two three": .*{why}'):
        checked_audio(Audio(samples, RATE), UTTERANCE, RATE)


def test_another_rate_than_the_engines_is_refused() -> None:
    with pytest.raises(EngineError, match=r"at 22050 Hz.*16000 Hz"):
        checked_audio(Audio(SPEECH, 22050), UTTERANCE, RATE)


def test_a_little_past_full_scale_is_kept_as_it_is() -> None:
    loud = SPEECH * 4
    assert 1 < loud.max() < 1.3
    assert np.array_equal(checked_audio(Audio(loud, RATE), UTTERANCE, RATE).samples, loud)


def test_doubles_become_floats() -> None:
    checked = checked_audio(Audio(SPEECH.astype(np.float64), RATE), UTTERANCE, RATE)  # type: ignore[arg-type]
    assert checked.samples.dtype == np.float32
    assert np.array_equal(checked.samples, SPEECH)


def test_a_long_line_is_told_shortened() -> None:
    text = "word " * 1000
    with pytest.raises(EngineError) as caught:
        checked_audio(Audio(np.zeros(0, np.float32), RATE), line(text), RATE)
    assert len(str(caught.value)) < 250
