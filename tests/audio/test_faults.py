"""Faults of a recording, each made of real speech by the draft voice; a good recording has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.takes_parts.defects import faster
from tests.draft_parts import utterance_of, voice_of
from voiceover.audio.faults.recording import recording_faults
from voiceover.audio.measures import expected_seconds
from voiceover.audio.speech_detection import find_speech
from voiceover.engines.draft import DraftEngine
from voiceover.types import Audio, Finding, Mark

TEXT = "The farmer sold his last cow in the autumn, and nobody in the village asked him why."
Samples = NDArray[np.float32]


@pytest.fixture(scope="module")
def spoken() -> Audio:
    """The line as the draft voice speaks it, with half a second of silence around it."""
    engine = DraftEngine()
    audio = engine.speak(utterance_of(TEXT), voice_of())
    engine.close()
    margin = audio.sample_rate // 2
    marks = tuple(Mark(mark.position, mark.frame + margin) for mark in audio.marks)
    return Audio(np.pad(audio.samples, margin), audio.sample_rate, marks)


def faults(audio: Audio, text: str = TEXT) -> tuple[Finding, ...]:
    return recording_faults(audio, text, expected_seconds(text))


def names(audio: Audio, text: str = TEXT) -> set[str]:
    return {finding.check for finding in faults(audio, text)}


def changed(audio: Audio, change: Callable[[Samples, int], Samples]) -> Audio:
    """The recording without marks, its samples changed; ``change`` gets the sample rate too."""
    return Audio(np.ascontiguousarray(change(audio.samples, audio.sample_rate), np.float32), audio.sample_rate)


def middle(samples: Samples, rate: int) -> int:
    """A quiet place near the middle of the speech."""
    at, size = len(samples) // 2, rate // 100
    return at + size * int(np.argmin([np.abs(samples[at + n * size : at + (n + 1) * size]).max() for n in range(40)])) + size // 2


def noise(count: int) -> Samples:
    return np.random.default_rng(1).standard_normal(count).astype(np.float32)


def test_a_good_recording_has_no_fault(spoken: Audio) -> None:
    assert len(spoken.marks) > 10
    assert faults(spoken) == faults(Audio(spoken.samples, spoken.sample_rate)) == ()


@pytest.mark.parametrize(
    ("check", "change"),
    [
        ("not-finite", lambda samples, rate: np.where(np.arange(len(samples)) == 99, np.nan, samples)),
        ("silent", lambda samples, rate: samples * 1e-6),
        ("silent", lambda samples, rate: samples[:0]),
        ("clipped", lambda samples, rate: np.clip(samples * 4 / np.abs(samples).max(), -1, 1)),
        ("offset", lambda samples, rate: samples + 0.05),
        ("start-cut", lambda samples, rate: samples[rate:]),
        ("end-cut", lambda samples, rate: samples[: -rate * 3 // 2]),
        ("short", lambda samples, rate: faster(samples, rate, 2.8)),
        ("long", lambda samples, rate: np.tile(samples, 4)),
        ("silence", lambda samples, rate: np.insert(samples, middle(samples, rate), np.zeros(rate * 3 // 2))),
        ("noise", lambda samples, rate: np.concatenate([samples[: -rate // 2], noise(rate) * 0.01])),
    ],
)
def test_each_fault_is_found(spoken: Audio, check: str, change: Callable[[Samples, int], Samples]) -> None:
    assert check in names(changed(spoken, change))


@pytest.mark.parametrize("rate", [80, 450])
def test_the_pace_of_a_voice_is_no_fault(rate: int) -> None:
    engine = DraftEngine()
    audio = engine.speak(utterance_of(TEXT), voice_of(rate=rate))
    engine.close()
    assert faults(audio) == ()
    assert names(Audio(audio.samples, audio.sample_rate)) <= {"short", "long"}


def test_a_finding_says_where(spoken: Audio) -> None:
    at, rate = middle(spoken.samples, spoken.sample_rate), spoken.sample_rate
    (found,) = faults(changed(spoken, lambda samples, rate: np.insert(samples, at, np.zeros(2 * rate))))
    assert (found.check, found.begin_seconds) == ("silence", pytest.approx(at / rate, abs=0.2))
    assert found.end_seconds == pytest.approx(found.begin_seconds + 2, abs=0.3)  # type: ignore[operator]


def test_an_ellipsis_or_a_long_dash_explains_one_silence(spoken: Audio) -> None:
    def paused(seconds: float) -> Audio:
        return changed(spoken, lambda samples, rate: np.insert(samples, middle(samples, rate), np.zeros(round(seconds * rate))))

    for text in (TEXT.replace(",", "..."), TEXT.replace(", ", " — "), TEXT.replace(",", "…")):
        assert names(paused(1.8), text) == set()
        assert names(paused(3.5), text) == {"silence"}
    assert names(paused(1.8), TEXT.replace("last", "last-ditch")) == {"silence"}


def test_the_marks_tell_a_jump_in_pace(spoken: Audio) -> None:
    half, rate = spoken.marks[len(spoken.marks) // 2].frame, spoken.sample_rate
    samples = np.concatenate([spoken.samples[:half], faster(spoken.samples[half:], rate, 3.5)])
    marks = tuple(Mark(mark.position, min(mark.frame, half + round((mark.frame - half) / 3.5))) for mark in spoken.marks)
    marks = tuple(new if old.frame > half else old for old, new in zip(spoken.marks, marks, strict=True))
    (found,) = faults(Audio(samples, rate, marks))
    assert found.check == "rate"
    assert found.message.endswith("fast")
    assert found.begin_seconds == pytest.approx(half / rate, abs=0.6)


def test_the_marks_tell_a_missing_last_word_and_speech_beyond_it(spoken: Audio) -> None:
    rate = spoken.sample_rate
    quiet = spoken.samples.copy()
    quiet[spoken.marks[-1].frame + rate // 100 :] = 0
    assert [finding.check for finding in faults(replace(spoken, samples=quiet))] == ["end-cut"]
    more = np.concatenate([spoken.samples[: -rate // 2], spoken.samples[: rate * 5 // 2]])
    found = faults(replace(spoken, samples=more))
    assert [finding.check for finding in found] == ["end-cut", "long"]
    assert found[1].begin_seconds == pytest.approx(spoken.marks[-1].frame / rate, abs=0.01)


def test_a_surplus_that_fits_the_end_of_the_clip_is_a_leak(spoken: Audio) -> None:
    clip = "She had nothing to say, and when the boat was ready we all went down to the river."
    seconds = find_speech(spoken.samples, spoken.sample_rate).frames / spoken.sample_rate
    for words, pace in ((5, 1.0), (10, 0.9)):
        end = " ".join(clip.split()[-words:])
        usual = seconds - pace * expected_seconds(end)
        found = recording_faults(Audio(spoken.samples, spoken.sample_rate), TEXT, usual, (clip, pace * expected_seconds(clip)))
        assert {finding.check for finding in found} <= {"reference", "long"}
        assert f'"{end}"' in found[-1].message
    for usual in (seconds, seconds - 0.4, seconds / 1.2):
        assert recording_faults(Audio(spoken.samples, spoken.sample_rate), TEXT, usual, (clip, expected_seconds(clip))) == ()
    assert recording_faults(Audio(spoken.samples, spoken.sample_rate), TEXT, seconds / 2, ("Yes.", 0.3)) == ()


def test_a_recording_of_one_sample_can_be_checked() -> None:
    assert names(Audio(np.full(1, 0.5, np.float32), 24_000)) <= {"silent", "short", "start-cut", "end-cut", "offset"}
    assert find_speech(np.zeros(1, np.float32), 24_000).frames == 0
