"""Reference clips: level, ends, rate, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from voiceover.engines.f5.mel import log_mel
from voiceover.engines.f5.reference import prepare_reference
from voiceover.errors import VoiceError
from voiceover.types import Audio, FloatArray

RATE = 24_000


def speech(seconds: float, *, rate: int = RATE, level: float = 0.2) -> FloatArray:
    """Syllables: noise at 4 Hz, never silent for long, of RMS ``level``."""
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(1).standard_normal(len(time)) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * time))
    return (noise * level / np.sqrt(np.mean(noise**2))).astype(np.float32)


def silence(seconds: float) -> FloatArray:
    return np.zeros(round(seconds * RATE), np.float32)


def rms(samples: FloatArray) -> float:
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))


def test_a_quiet_clip_is_raised_and_a_loud_one_left() -> None:
    quiet = prepare_reference(Audio(speech(3, level=0.02), RATE), "Words.", "clip")
    assert rms(quiet.samples) == pytest.approx(0.1, rel=1e-4)
    assert quiet.gain == pytest.approx(5, rel=0.02)
    loud = prepare_reference(Audio(speech(3, level=0.25), RATE), "Words.", "clip")
    assert loud.gain == 1
    np.testing.assert_array_equal(loud.samples, speech(3, level=0.25)[: len(loud.samples)])


def test_a_second_of_silence_follows_and_is_not_in_the_pace() -> None:
    found = prepare_reference(Audio(speech(3), RATE), "Words.", "clip")
    assert found.pace_frames == len(found.samples) // 256
    assert abs(len(found.samples) - 3 * RATE) < 0.02 * RATE
    assert len(found.mel) == 1 + (len(found.samples) + RATE) // 256
    assert found.mel[-80:].max() == pytest.approx(np.log(1e-5))
    np.testing.assert_array_equal(found.mel[:200], log_mel(found.samples)[:200])


def test_silence_at_the_edges_does_not_slow_the_pace() -> None:
    bare = prepare_reference(Audio(speech(3), RATE), "Words.", "clip")
    padded = prepare_reference(Audio(np.concatenate((silence(1.5), speech(3), silence(2))), RATE), "Words.", "clip")
    assert abs(padded.pace_frames - bare.pace_frames) <= 12
    long = np.concatenate((silence(5), speech(5), silence(5)))
    assert prepare_reference(Audio(long, RATE), "Words.", "clip").pace_frames < 500


def test_other_rates_are_resampled() -> None:
    found = prepare_reference(Audio(speech(3, rate=44_100), 44_100), "Words.", "clip")
    assert abs(found.pace_frames - 3 * RATE // 256) <= 3


def test_a_long_clip_is_refused_with_its_silences() -> None:
    clip = np.concatenate((speech(6), silence(0.5), speech(5), silence(0.7), speech(4)))
    with pytest.raises(VoiceError, match=r"ben\.wav: 16\.2 s of speech; F5 takes at most 12 s") as refused:
        prepare_reference(Audio(clip, RATE), "Words.", "ben.wav")
    starts = [float(part.split(" to ")[0].split()[-1]) for part in str(refused.value).split("silent at")[1].split(":")[0].split(",")]
    assert starts == pytest.approx([6.0, 11.5], abs=0.03)
    with pytest.raises(VoiceError, match="no silence at which to split it"):
        prepare_reference(Audio(speech(13), RATE), "Words.", "ben.wav")


def test_what_cannot_be_a_reference() -> None:
    with pytest.raises(VoiceError, match="exact words"):
        prepare_reference(Audio(speech(3), RATE), "  ", "clip")
    with pytest.raises(VoiceError, match=r"0\.0 s of speech"):
        prepare_reference(Audio(silence(3), RATE), "Words.", "clip")
    with pytest.raises(VoiceError, match=r"0\.[23] s of speech; F5 needs at least 0\.5 s"):
        prepare_reference(Audio(speech(0.25), RATE), "Words.", "clip")
