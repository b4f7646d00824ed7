"""Where a mix is brought to, and what is said of one that was not."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from voiceover.master.aim import Aim, choose_aim
from voiceover.settings.layers import PRESETS
from voiceover.types import Loudness

MIX = Loudness(-22.0, -6.0, 4.0, -18.0, -20.0, -6.5, -25.0, -80.0)
DONE = Loudness(-16.0, -1.2, 4.0, -12.0, -14.0, -1.5, -19.0, -72.0)
PODCAST, ACX = PRESETS["podcast"], PRESETS["acx"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"integrated_lufs": -16.1, "true_peak_dbtp": -1.0}, ""),
        ({"integrated_lufs": -15.9}, ""),
        ({"integrated_lufs": -16.2}, "-16.2 LUFS -16.0 limiting -1 dB"),
        ({"integrated_lufs": -15.8}, "-15.8 LUFS -16.0"),
        ({"true_peak_dbtp": -0.5}, "peak -0.50 dB ceiling -1 dB"),
        ({"integrated_lufs": -20.0, "true_peak_dbtp": 0.25}, "-20.0 LUFS -16.0 ; peak 0.25 dB ceiling -1 dB"),
        ({"sample_peak_dbfs": 1.0, "noise_floor_dbfs": -10.0}, ""),  # nothing that a podcast is measured by
    ],
)
def test_what_a_podcast_is_judged_by(changes: dict[str, float], words: str) -> None:
    reached, note = Aim(PODCAST, -16.0, 6.0).judge(replace(DONE, **changes))
    assert reached == (not words)
    assert bool(note) == bool(words)
    assert all(word in note for word in words.split()), note


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rms_dbfs": -20.0, "sample_peak_dbfs": -3.0}, ""),
        ({"rms_dbfs": -23.0, "sample_peak_dbfs": -3.5, "true_peak_dbtp": 0.5}, ""),
        ({"rms_dbfs": -18.0, "sample_peak_dbfs": -3.5}, ""),
        ({"rms_dbfs": -23.1, "sample_peak_dbfs": -3.5}, "-23.1 dBFS RMS"),
        ({"rms_dbfs": -17.9, "sample_peak_dbfs": -3.5}, "-17.9 dBFS RMS"),
        ({"rms_dbfs": -20.0, "sample_peak_dbfs": -2.9}, "peak -2.90 dB ceiling -3 dB"),
        ({"rms_dbfs": -20.0, "sample_peak_dbfs": -3.5, "noise_floor_dbfs": -60.0}, "noise floor -60.0 dBFS -60"),
    ],
)
def test_what_an_audiobook_is_judged_by(changes: dict[str, float], words: str) -> None:
    reached, note = Aim(ACX, -20.0, 6.0).judge(replace(DONE, **changes))
    assert reached == (not words)
    assert all(word in note for word in words.split()), note


def test_an_excuse_is_said_and_the_level_is_not() -> None:
    aim = Aim(PODCAST, -16.0, 0.0, "the episode is silent")
    assert aim.judge(replace(DONE, integrated_lufs=-60.0)) == (False, "the episode is silent")
    assert aim.short(replace(DONE, integrated_lufs=-60.0)) == 0.0
    assert Aim(PODCAST, -16.0, 0.0).short(replace(DONE, integrated_lufs=-17.5)) == 1.5


def test_where_a_mix_is_brought_to() -> None:
    assert choose_aim(MIX, PODCAST, 1) == Aim(PODCAST, -16.0, 6.0)
    playback = replace(PODCAST, mono_reference="playback")
    assert [choose_aim(MIX, playback, channels).gain_db for channels in (1, 2)] == [3.0, 6.0]
    assert choose_aim(replace(MIX, integrated_lufs=-6.0), PODCAST, 1).gain_db == -10.0
    assert choose_aim(MIX, ACX, 1) == Aim(ACX, -20.0, 5.0)
    assert choose_aim(replace(MIX, noise_floor_dbfs=-64.0), ACX, 1).level == pytest.approx(-21.5)
    assert choose_aim(replace(MIX, noise_floor_dbfs=-40.0), ACX, 1).level == pytest.approx(-22.5)


@pytest.mark.parametrize(
    ("now", "gain_db", "is_said"), [(-56.0, 40.0, False), (-56.1, 40.0, True), (24.0, -40.0, False), (25.0, -40.0, True)]
)
def test_no_more_than_40_db_up_or_down(now: float, gain_db: float, is_said: bool) -> None:
    aim = choose_aim(replace(MIX, integrated_lufs=now), PODCAST, 1)
    assert aim.gain_db == gain_db
    assert ("40 dB" in aim.excuse) == bool(aim.excuse) == is_said


def test_silence_and_what_has_no_loudness_keep_their_level() -> None:
    silent = choose_aim(replace(MIX, sample_peak_dbfs=-inf, integrated_lufs=-inf), PODCAST, 1)
    assert (silent.gain_db, "silent" in silent.excuse) == (0.0, True)
    short = choose_aim(replace(MIX, integrated_lufs=-inf), PODCAST, 1)
    assert (short.gain_db, "too short" in short.excuse) == (0.0, True)
