"""The meter against the signals of EBU Tech 3341 and 3342, within the tolerances that they give."""

from __future__ import annotations

import numpy as np
import pytest

from tests.audio import ebu_signals as ebu
from voiceover.audio.loudness import Meter
from voiceover.types import Loudness

RATES = [48000, 44100, 24000, 22050]
LONG = [48000, 22050]
"""For the signals of a minute and more."""


def read(samples: ebu.Samples, rate: int) -> Meter:
    meter = Meter(rate, samples.shape[1])
    meter.add(samples)
    meter.finish()
    return meter


def loudness(samples: ebu.Samples, rate: int) -> Loudness:
    return read(samples, rate).loudness()


@pytest.mark.parametrize("rate", LONG)
@pytest.mark.parametrize("signal", ebu.INTEGRATED)
def test_3341_integrated(signal: int, rate: int) -> None:
    steps, expected = ebu.INTEGRATED[signal]
    assert loudness(ebu.tones(steps, rate), rate).integrated_lufs == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("signal", [1, 2])
def test_3341_momentary_and_short_term_agree_on_a_steady_tone(signal: int, rate: int) -> None:
    steps, expected = ebu.INTEGRATED[signal]
    meter = read(ebu.tones(steps, rate), rate)
    assert meter.momentary_lufs() == pytest.approx(expected, abs=0.1)
    assert meter.short_term_lufs() == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("rate", LONG)
def test_3341_signal_6_weighs_surround_channels(rate: int) -> None:
    five = ebu.surround(rate)
    assert loudness(five, rate).integrated_lufs == pytest.approx(-23.0, abs=0.1)
    lfe = np.full((len(five), 1), 0.25, np.float32) * np.sin(np.arange(len(five)) / 9, dtype=np.float32)[:, None]
    six = np.concatenate([five[:, :3], lfe, five[:, 3:]], axis=1)
    assert loudness(six, rate).integrated_lufs == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("rate", RATES)
def test_3341_signal_9_short_term_is_constant_after_3_s(rate: int) -> None:
    assert read(ebu.tones(ebu.SHORT_TERM_STEADY, rate), rate).short_term_lufs() == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("rate", RATES)
def test_3341_signal_12_momentary_is_constant_after_1_s(rate: int) -> None:
    assert read(ebu.tones(ebu.MOMENTARY_STEADY, rate), rate).momentary_lufs()[6:] == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("i", range(20))
def test_3341_signals_10_and_13_maximum_wherever_the_tone_begins(i: int) -> None:
    for rate in (48000, 22050):
        assert loudness(ebu.tones(ebu.short_term_file(i), rate), rate).max_short_term_lufs == pytest.approx(-23.0, abs=0.1)
        assert loudness(ebu.tones(ebu.momentary_file(i), rate), rate).max_momentary_lufs == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("rate", [24000])
def test_3341_signals_11_and_14_maximum_rises_with_each_tone(rate: int) -> None:
    # Each tone is the loudest so far, so the maximum up to its end is its own.
    for step, name in ((ebu.short_term_live, "max_short_term_lufs"), (ebu.momentary_live, "max_momentary_lufs")):
        steps: list[tuple[float, float]] = []
        for i in range(20):
            steps += step(i)
            if i % 6 == 1:
                assert getattr(loudness(ebu.tones(steps, rate), rate), name) == pytest.approx(-38.0 + i, abs=0.1)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("signal", ebu.TRUE_PEAK)
def test_3341_true_peak_of_tones(signal: int, rate: int) -> None:
    divisor, amplitude, phase, expected = ebu.TRUE_PEAK[signal]
    assert -0.4 <= loudness(ebu.peak_tone(divisor, amplitude, phase, rate), rate).true_peak_dbtp - expected <= 0.2


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("offset", range(4))
def test_3341_signals_20_to_23_true_peak_of_a_single_period(offset: int, rate: int) -> None:
    assert -0.4 <= loudness(ebu.peak_burst(offset, rate), rate).true_peak_dbtp <= 0.2


@pytest.mark.parametrize("rate", LONG)
@pytest.mark.parametrize("signal", ebu.RANGE)
def test_3342_loudness_range(signal: int, rate: int) -> None:
    steps, expected = ebu.RANGE[signal]
    assert loudness(ebu.tones(steps, rate), rate).range_lu == pytest.approx(expected, abs=1.0)
