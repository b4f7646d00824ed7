"""The limiter by itself."""

from __future__ import annotations

import numpy as np
import pytest

from tests.audio.ebu_signals import Samples, music_like, peak_burst, speech_like, tones
from tests.sound_parts import ArrayStream
from voiceover.audio.chunks import worker_threads
from voiceover.audio.loudness import measure
from voiceover.master.limiter import _AHEAD, _CHUNK_HOPS, ATTACK_HOPS, RELEASE_DB_PER_SECOND, Depth, Limiter, _Release

RATE = 24_000


def limited(samples: Samples, gain_db: float, ceiling_db: float, rate: int = RATE, block: int = 50_000) -> Samples:
    limiter = Limiter(rate, samples.shape[1], gain_db, ceiling_db)
    out = np.concatenate(list(limiter.blocks(ArrayStream(samples, rate, block).blocks())))
    assert out.shape == samples.shape
    assert out.dtype == np.float32
    return out


def burst(level: float = 0.0, seconds: float = 3.0, at: float = 1.5) -> Samples:
    """A quiet tone of 1 kHz, with one loud millisecond."""
    samples = tones([(seconds, -30.0)], RATE, 1)
    start = round(at * RATE)
    samples[start : start + 24] *= np.float32(10 ** ((level + 30) / 20))
    return samples


def test_below_the_ceiling_nothing_but_the_gain_is_applied() -> None:
    samples = speech_like(3, RATE)
    assert np.array_equal(limited(samples, 3.0, -1.0), samples * np.float32(10 ** (3 / 20)))


@pytest.mark.parametrize("rate", [22_050, 48_000])
@pytest.mark.parametrize("push", [3.0, 12.0])
def test_no_true_peak_passes_the_ceiling(rate: int, push: float) -> None:
    for samples in (speech_like(9, rate), music_like(4, rate), np.tile(peak_burst(2, rate), (4, 1))):
        peak = measure(ArrayStream(samples, rate)).true_peak_dbtp
        out = limited(samples, push - 1.0 - peak, -1.0, rate)
        assert measure(ArrayStream(out, rate)).true_peak_dbtp == pytest.approx(-1.0, abs=0.05)


def test_the_gain_falls_before_a_peak_and_comes_back_after_it() -> None:
    samples = burst()
    depth = Depth()
    limiter = Limiter(RATE, 1, 0.0, -6.0)
    out = np.concatenate(list(limiter.blocks([samples], depth=depth)))
    assert depth.db == pytest.approx(6.0, abs=0.1)
    # The tone's own peaks show the gain: one a millisecond.
    gain = 20 * np.log10(np.abs(out).reshape(-1, 24).max(axis=1) / np.abs(samples).reshape(-1, 24).max(axis=1))
    peak = 1500
    reach = 2 * ATTACK_HOPS + 2
    assert gain[peak] == pytest.approx(-6.0, abs=0.1)
    assert gain[: peak - reach] == pytest.approx(0, abs=1e-4)
    assert (np.diff(gain[peak - reach : peak]) <= 1e-4).all()
    back = peak + reach + round(6 / RELEASE_DB_PER_SECOND * 1000)
    assert (np.diff(gain[peak + 1 : back]) >= -1e-4).all()
    assert gain[back:] == pytest.approx(0, abs=1e-4)
    half_way = peak + reach // 2 + round(3 / RELEASE_DB_PER_SECOND * 1000)
    assert gain[half_way] == pytest.approx(-3.0, abs=0.5)


@pytest.mark.parametrize("at", [0.0, 0.003, 8.190, 8.191, 8.192, 8.193, 8.2, 8.25, 9.996, 9.999])
def test_peaks_at_the_borders_of_chunks_and_at_the_ends(at: float) -> None:
    samples = burst(seconds=10.0, at=at)
    out = limited(samples, 0.0, -6.0)
    assert measure(ArrayStream(out, RATE)).true_peak_dbtp <= -5.95
    shifted = np.concatenate([np.zeros((5_000, 1), np.float32), samples])
    # A hop of 24 frames lies otherwise, a chunk too: the sound is the same but for that.
    assert np.abs(limited(shifted, 0.0, -6.0)[5_000:] - out).max() < 0.012


def test_the_release_goes_on_across_chunks() -> None:
    samples = burst(level=20.0, seconds=10.0, at=8.15)
    out = limited(samples, 0.0, 0.0)
    gain = 20 * np.log10(np.abs(out).reshape(-1, 24).max(axis=1) / np.abs(samples).reshape(-1, 24).max(axis=1))
    after = gain[8_165:8_330]
    assert np.diff(after) == pytest.approx(RELEASE_DB_PER_SECOND / 1000, abs=0.02)


@pytest.mark.parametrize("block", [999, 196_608, 1_000_000])
def test_block_sizes_and_threads_make_no_difference(block: int) -> None:
    samples = music_like(20, RATE)
    expected = limited(samples, 9.0, -1.0)
    assert np.array_equal(limited(samples, 9.0, -1.0, block=block), expected)
    with worker_threads(3) as pool:
        threaded = Limiter(RATE, 2, 9.0, -1.0).blocks(ArrayStream(samples, RATE, block).blocks(), pool)
        assert np.array_equal(np.concatenate(list(threaded)), expected)


@pytest.mark.parametrize("at", [None, 0, 100, _AHEAD, _CHUNK_HOPS // 2, _CHUNK_HOPS + _AHEAD, _CHUNK_HOPS + 2 * _AHEAD])
def test_there_is_a_reduction_for_each_hop_of_a_chunk_and_its_end(at: int | None) -> None:
    excess = np.zeros(_CHUNK_HOPS + 2 * _AHEAD + 1)
    if at is not None:
        excess[at] = 6.0
    release = _Release(RELEASE_DB_PER_SECOND / 1000)
    for _ in range(2):
        assert release.follow(excess).shape == (_CHUNK_HOPS + 1,)


def test_the_reduction_falls_along_a_raised_cosine_that_is_even_on_both_sides() -> None:
    excess = np.zeros(_CHUNK_HOPS + 2 * _AHEAD + 1)
    excess[1000 + _AHEAD] = 6.0
    reduction = _Release(0.0).follow(excess)  # without a release it never comes back
    fall = reduction[1000 - 2 * ATTACK_HOPS - 2 : 1002]
    assert fall[0] == 0.0
    assert fall[-1] == reduction[1000] == pytest.approx(6.0)
    steps = np.diff(fall)
    rise = steps[steps > 1e-9]
    assert len(rise) == 2 * ATTACK_HOPS + 1
    assert rise == pytest.approx(rise[::-1])
    cosine = 1 + np.cos(np.pi * np.arange(-ATTACK_HOPS, ATTACK_HOPS + 1) / (ATTACK_HOPS + 1))
    assert rise == pytest.approx(6.0 * cosine / cosine.sum())


def test_channels_share_one_gain() -> None:
    left = burst()[:, 0]
    samples = np.stack([left, tones([(3.0, -30.0)], RATE, 1)[:, 0]], axis=1)
    out = limited(samples, 0.0, -6.0)
    quiet = np.abs(samples[:, 1]) > 0.001
    assert np.allclose(out[quiet, 0] / samples[quiet, 0], out[quiet, 1] / samples[quiet, 1], atol=1e-5)


def test_nothing_in_nothing_out() -> None:
    assert list(Limiter(RATE, 1, 6.0, -1.0).blocks([])) == []
