"""The samples of the mix."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.mix.parts import engine, pause, plan, recorded, said
from voiceover.errors import StoreError
from voiceover.mix import Mix, mix_takes
from voiceover.mix.mixdown import BLOCK_FRAMES
from voiceover.types import FloatArray, Gaps, Take

RATE = 8000
EDGE = 480
FADE = 40


def whole(mix: Mix) -> FloatArray:
    blocks = list(mix.blocks())
    assert all(block.shape[1] == 1 and len(block) for block in blocks)
    samples = np.concatenate(blocks)[:, 0]
    assert samples.dtype == np.float32
    assert len(samples) == mix.frames
    return samples


def noise(frames: int, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, frames).astype(np.float32)


@pytest.fixture
def takes(tmp_path: Path) -> dict[str, Take]:
    return {name: recorded(tmp_path, name, noise(4000, seed), (1000, 3000), RATE) for seed, name in enumerate("abc")}


def test_speech_lies_untouched_where_the_timeline_says(takes: dict[str, Take]) -> None:
    mix = mix_takes(plan(said("a"), pause(0.5), said("b"), rate=RATE), takes, Gaps())
    samples = whole(mix)
    assert len(samples) == 2 * (2000 + 2 * EDGE) + 4000
    for seed, placed in enumerate(mix.timeline.placed):
        speech = samples[placed.speech_start_frame : placed.speech_end_frame]
        assert np.array_equal(speech, noise(4000, seed)[1000:3000])
    first, second = mix.timeline.placed
    assert not samples[first.end_frame : second.start_frame].any()


def test_edges_fade_over_5_ms_outside_the_speech(takes: dict[str, Take]) -> None:
    samples = whole(mix_takes(plan(said("a"), rate=RATE), takes, Gaps()))
    kept = noise(4000)[1000 - EDGE : 3000 + EDGE]
    assert np.array_equal(samples[FADE:-FADE], kept[FADE:-FADE])
    ratio = samples[:FADE] / kept[:FADE]
    assert (np.diff(ratio) > 0).all()
    assert 0 < ratio[0] < 0.01
    assert 0.99 < ratio[-1] < 1
    assert samples[-FADE:] / kept[-FADE:] == pytest.approx(ratio[::-1], abs=1e-5)


@pytest.mark.parametrize(("before", "after"), [(0, 0), (1, 3), (15, 39), (40, 200)])
def test_a_fade_never_reaches_into_speech(tmp_path: Path, before: int, after: int) -> None:
    raw = noise(2000 + before + after)
    known = {"a": recorded(tmp_path, "a", raw, (before, before + 2000), RATE)}
    samples = whole(mix_takes(plan(said("a"), rate=RATE), known, Gaps()))
    assert np.array_equal(samples[before : before + 2000], raw[before : before + 2000])
    assert (samples[:before][:FADE] != raw[:before][:FADE]).all()


def test_a_take_without_speech_is_kept_and_faded(tmp_path: Path) -> None:
    known = {"a": recorded(tmp_path, "a", noise(1000), (0, 0), RATE)}
    samples = whole(mix_takes(plan(said("a"), rate=RATE), known, Gaps()))
    assert len(samples) == 1000
    assert np.array_equal(samples[FADE:-FADE], noise(1000)[FADE:-FADE])
    assert abs(samples[0]) < 0.001 > abs(samples[-1])


def test_the_writers_gain_is_applied(takes: dict[str, Take]) -> None:
    samples = whole(mix_takes(plan(said("a", gain_db=-6.0), rate=RATE), takes, Gaps()))
    assert samples[EDGE:-EDGE] == pytest.approx(noise(4000)[1000:3000] * 10 ** (-6 / 20), rel=1e-5)


def test_long_silence_and_takes_across_blocks(tmp_path: Path) -> None:
    long = noise(2 * BLOCK_FRAMES + 777, 9)
    known = {"a": recorded(tmp_path, "a", long, (0, len(long)), RATE), "b": recorded(tmp_path, "b", noise(50), (0, 50), RATE)}
    mix = mix_takes(plan(pause(30), said("a"), pause(20), said("b"), said("b"), pause(9), rate=RATE), known, Gaps(sentence=0))
    samples = whole(mix)
    # A piece ends in the pause, which grows to let the next one begin with an MP3 frame.
    grown = mix.timeline.placed[1].start_frame - 30 * RATE - len(long)
    assert len(mix.borders) == 2 and 20 * RATE <= grown < 20.027 * RATE
    expected = np.concatenate([np.zeros(30 * RATE), long, np.zeros(grown), noise(50), noise(50), np.zeros(9 * RATE)])
    assert np.array_equal(samples, expected.astype(np.float32))
    assert max(len(block) for block in mix.blocks()) == BLOCK_FRAMES
    assert np.array_equal(whole(mix), samples)  # a second reading


def test_only_silence_and_nothing(takes: dict[str, Take]) -> None:
    assert not whole(mix_takes(plan(pause(1.0), rate=RATE), takes, Gaps())).any()
    assert list(mix_takes(plan(rate=RATE), takes, Gaps()).blocks()) == []


def test_a_take_that_is_gone_or_damaged(tmp_path: Path, takes: dict[str, Take]) -> None:
    mix = mix_takes(plan(said("a"), said("b"), rate=RATE), takes, Gaps())
    (tmp_path / "b.wav").unlink()
    with pytest.raises(StoreError, match=r"episode.md:1:1"):
        whole(mix)
    recorded(tmp_path, "b", noise(2000), (0, 2000), RATE)
    with pytest.raises(StoreError, match="damaged"):
        whole(mix)


def test_a_take_that_is_damaged_between_two_readings_is_not_heard(tmp_path: Path, takes: dict[str, Take]) -> None:
    mix = mix_takes(plan(said("a"), said("b"), rate=RATE), takes, Gaps())
    whole(mix)
    data = bytearray((tmp_path / "b.wav").read_bytes())
    data[-8000] ^= 1
    (tmp_path / "b.wav").write_bytes(data)
    with pytest.raises(StoreError, match=r"episode.md:1:1: the take of this line has been damaged"):
        whole(mix)


def test_two_readings_at_once(takes: dict[str, Take]) -> None:
    mix = mix_takes(plan(*(said(name) for name in "abcabcabc"), rate=RATE), takes, Gaps(sentence=3000))
    for one, two in zip(mix.blocks(), mix.blocks(), strict=True):
        assert np.array_equal(one, two)


def test_takes_of_another_rate_are_resampled_and_the_others_left_as_they_are(tmp_path: Path) -> None:
    """A tone of 300 Hz at 8 kHz beside noise at 20 kHz: it keeps its frequency, level and length, and has no image above 4 kHz."""
    fast = 20_000
    tone = (0.25 * np.sin(2 * np.pi * 300 * np.arange(8000) / RATE)).astype(np.float32)
    known = {
        "a": recorded(tmp_path, "a", tone, (1000, 7000), RATE),
        "b": recorded(tmp_path, "b", noise(8000, 3), (2000, 6000), fast),
    }
    slow_line, fast_line = said("a"), said("b")
    fast_line = replace(fast_line, utterance=replace(fast_line.utterance, engine="fast"))
    built = plan(slow_line, fast_line, rate=RATE)
    built = replace(built, engines={**built.engines, "fast": engine(fast)})
    mix = mix_takes(built, known, Gaps())
    assert mix.sample_rate == fast
    samples = whole(mix)
    first, second = mix.timeline.placed
    assert (first.end_frame, second.end_frame) == (round((6000 + 2 * EDGE) * 2.5), mix.frames)
    speech = samples[second.speech_start_frame : second.speech_end_frame]
    assert np.array_equal(speech, noise(8000, 3)[2000:6000])
    middle = samples[first.speech_start_frame : first.speech_end_frame].astype(np.float64)
    time = np.arange(len(middle)) / fast
    wanted = 0.25 * np.sin(2 * np.pi * 300 * (time + 1000 / RATE))
    assert np.abs(middle - wanted).max() < 1e-3
    assert np.array_equal(samples, whole(mix_takes(built, known, Gaps())))
