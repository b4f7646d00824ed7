"""Where speech is: edges never inside it, whatever surrounds it."""

from __future__ import annotations

from math import inf
from pathlib import Path

import numpy as np
import pytest

from tests.audio.ebu_signals import speech_like, tones
from voiceover.audio.files import read_audio
from voiceover.audio.speech_detection import find_pauses, find_speech
from voiceover.types import FloatArray

RATE = 24_000
VOICES = Path(__file__).parents[2] / "voices"


def tone(*steps: tuple[float, float]) -> FloatArray:
    return tones(list(steps), RATE, 1, 300.0)[:, 0]


def hiss(seconds: float, level: float, seed: int = 0) -> FloatArray:
    return (np.random.default_rng(seed).standard_normal(round(seconds * RATE)) * 10 ** (level / 20)).astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 22_050, 24_000, 48_000])
def test_edges_lie_close_outside_the_sound(rate: int) -> None:
    sound = tones([(0.5, -inf), (1.0, -20.0), (0.7, -inf)], rate, 1, 300.0)[:, 0]
    found = find_speech(sound, rate)
    assert 0 <= 0.5 * rate - found.start <= 0.011 * rate
    assert 0 <= found.end - 1.5 * rate <= 0.011 * rate
    assert found.intervals == ((found.start, found.end),)


def test_longer_silences_split_and_shorter_ones_do_not() -> None:
    found = find_speech(tone((0.5, -20.0), (0.12, -inf), (0.5, -20.0), (0.5, -inf), (0.3, -20.0)), RATE)
    (first, second) = found.intervals
    assert first[1] == pytest.approx(1.12 * RATE, abs=0.011 * RATE)
    assert second[0] == pytest.approx(1.62 * RATE, abs=0.011 * RATE)
    assert found.frames == (first[1] - first[0]) + (second[1] - second[0])


def test_a_soft_hiss_at_an_edge_is_speech() -> None:
    """An "s" 40 dB under the vowel."""
    soft = hiss(0.08, -60.0)
    soft = np.diff(soft, prepend=0).astype(np.float32)
    sound = np.concatenate([np.zeros(RATE, np.float32), soft, tone((0.5, -15.0)), soft, np.zeros(RATE, np.float32)])
    found = find_speech(sound, RATE)
    assert found.start <= RATE
    assert found.end >= len(sound) - RATE


@pytest.mark.parametrize("noise", [-90.0, -70.0, -60.0])
def test_steady_noise_is_not_speech(noise: float) -> None:
    speech = speech_like(4, RATE)[:, 0]
    sound = np.pad(speech, RATE)
    quiet = find_speech(sound, RATE)
    found = find_speech(sound + hiss(len(sound) / RATE, noise), RATE)
    assert found.start == pytest.approx(quiet.start, abs=0.03 * RATE)
    assert found.end == pytest.approx(quiet.end, abs=0.1 * RATE)


def test_in_loud_noise_all_is_speech() -> None:
    sound = np.pad(speech_like(2, RATE)[:, 0], RATE) + hiss(4, -35.0)
    found = find_speech(sound, RATE)
    assert found.start <= 0.02 * RATE
    assert found.end >= 3.98 * RATE


def test_speech_without_any_silence_is_kept_whole() -> None:
    sound = tone((0.3, -15.0), (0.3, -40.0), (0.3, -15.0))
    assert (find_speech(sound, RATE).start, find_speech(sound, RATE).end) == (0, len(sound))


def test_a_click_alone_is_not_speech() -> None:
    sound = np.concatenate([np.zeros(RATE, np.float32), tone((1.0, -20.0)), np.zeros(RATE, np.float32)])
    sound[RATE // 4] = 0.2
    found = find_speech(sound, RATE)
    assert found.start > 0.9 * RATE


@pytest.mark.parametrize("level", [-10.0, -25.0, -40.0])
def test_the_level_makes_no_difference(level: float) -> None:
    sound = np.pad(speech_like(3, RATE)[:, 0], RATE // 2)
    gain = np.float32(10 ** (level / 20))
    assert find_speech(sound * gain, RATE).start == pytest.approx(find_speech(sound, RATE).start, abs=0.006 * RATE)


@pytest.mark.parametrize("frames", [0, 1, 5, 50_000])
def test_silence_has_none(frames: int) -> None:
    found = find_speech(np.zeros(frames, np.float32), RATE)
    assert (found.start, found.end, found.intervals, found.frames) == (0, 0, (), 0)


@pytest.mark.parametrize("frames", [1, 7, 119, 121, 1_000])
def test_edges_stay_within_a_short_take(frames: int) -> None:
    found = find_speech(np.full(frames, 0.5, np.float32) * np.resize([1, -1], frames).astype(np.float32), RATE)
    assert (found.start, found.end) == (0, frames)


@pytest.mark.parametrize("level", [-inf, -90.0, -80.0, -75.0])
def test_a_pause_may_be_louder_than_the_silence_between_the_words(level: float) -> None:
    words = read_audio(VOICES / "ada" / "plain.flac").samples[: 6 * RATE]
    assert find_pauses(words, RATE) == ()
    cut = int(2.5 * RATE)
    noise = hiss(3.0, level) if level > -inf else np.zeros(3 * RATE, np.float32)
    ((start, end),) = find_pauses(np.concatenate([words[:cut], noise, words[cut:]]), RATE)
    assert start == pytest.approx(cut, abs=0.1 * RATE)
    assert end == pytest.approx(cut + 3 * RATE, abs=0.1 * RATE)
