"""Calls joined to one take: the silence between them, no clicks, and words where they are heard."""

from __future__ import annotations

import numpy as np

from voiceover.engines.kokoro.joining import LEAD_FRAMES, SpokenCall, joined
from voiceover.types import Mark

FRAME, RATE = 600, 24_000
LEAD = LEAD_FRAMES * FRAME


def call(positions: list[int], ends: str) -> SpokenCall:
    """One word of a second at full level for each position, after half a second of silence and before as much."""
    durations = np.array([20, *(40 for _ in positions), 20])
    silence, word = np.zeros(20 * FRAME, np.float32), np.ones(40 * FRAME, np.float32)
    return SpokenCall(np.concatenate([silence, *(word for _ in positions), silence]), durations, tuple(enumerate(positions)), ends)


def test_a_single_call_is_left_as_it_is() -> None:
    one = call([0, 4], ".")
    samples, marks = joined([one])
    np.testing.assert_array_equal(samples, one.samples)
    assert samples is not one.samples
    assert marks == (Mark(0, RATE // 2 - LEAD), Mark(4, RATE * 3 // 2 - LEAD))


def test_the_silence_between_two_calls_is_what_the_mark_calls_for() -> None:
    for ends, expected in ((".", 0.35), (",", 0.2), ("", 0.05)):
        samples, marks = joined([call([0], ends), call([5], ".")])
        sounding = np.flatnonzero(samples)
        gaps = np.diff(sounding)
        assert abs(gaps.max() / RATE - expected) < 0.001
        assert len(samples) / RATE == 3 + expected
        heard = sounding[np.argmax(gaps) + 1]
        assert marks[1].frame == heard - min(LEAD, round(expected / 2 * RATE))


def test_a_cut_within_sound_is_faded() -> None:
    loud = SpokenCall(np.ones(RATE, np.float32), np.array([0, 40, 0]), ((0, 0),), "")
    samples, _ = joined([loud, loud])
    assert samples[0] == samples[-1] == 1
    assert samples[RATE - 1] < 0.02
    assert samples[RATE] == 0
    assert np.abs(np.diff(samples)).max() < 0.02


def test_the_marks_of_a_word_in_two_calls_are_one() -> None:
    _, marks = joined([call([0, 7], ""), call([7, 9], ".")])
    assert [mark.position for mark in marks] == [0, 7, 9]
    assert [mark.frame for mark in marks] == sorted(mark.frame for mark in marks)
