"""From any mix to its target, by our own meter and by ffmpeg's."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from tests.audio.ebu_signals import INTEGRATED, RANGE, TRUE_PEAK, Samples, music_like, peak_burst, peak_tone, speech_like, surround, tones
from tests.sound_parts import ArrayStream, ffmpeg_loudness
from voiceover.audio.loudness import measure
from voiceover.errors import RunError
from voiceover.master import Master, master_mix
from voiceover.settings.layers import PRESETS
from voiceover.types import AudioStream, LoudnessTarget, Progress


def whole(master: Master) -> Samples:
    samples = np.concatenate([*master.blocks(), np.zeros((0, master.channels), np.float32)])
    assert samples.shape == (master.frames, master.channels)
    return samples


def mastered(samples: Samples, rate: int, preset: str = "podcast", **more: object) -> Master:
    return master_mix(ArrayStream(samples, rate), PRESETS[preset], **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("preset", "rate"), [("podcast", 22_050), ("podcast", 44_100), ("spotify", 24_000), ("ebu", 22_050)])
def test_speech_and_music_reach_their_target(preset: str, rate: int) -> None:
    target = PRESETS[preset]
    for samples in (speech_like(20, rate), music_like(6, rate)):
        master = mastered(samples, rate, preset)
        assert master.report.reached, master.report.note
        assert master.report.note == ""
        out = whole(master)
        theirs = ffmpeg_loudness(out, rate)
        # At these rates ffmpeg's filters read up to 0.05 LU high (see test_loudness).
        assert theirs.integrated_lufs == pytest.approx(target.integrated_lufs, abs=0.1)
        assert theirs.true_peak_dbtp <= target.ceiling_db + 0.005
        again = measure(ArrayStream(out, rate))
        for name in ("integrated_lufs", "true_peak_dbtp", "range_lu", "rms_dbfs", "max_momentary_lufs", "noise_floor_dbfs"):
            assert getattr(again, name) == pytest.approx(getattr(master.report.after, name), abs=1e-3), name


SIGNALS = {f"3341-{number}": steps for number, (steps, _) in INTEGRATED.items()}
SIGNALS |= {f"3342-{number}": steps for number, (steps, _) in RANGE.items()}


@pytest.mark.parametrize("name", SIGNALS)
def test_ebu_tones_reach_their_target(name: str) -> None:
    master = mastered(tones(SIGNALS[name], 22_050, 1), 22_050)
    assert master.report.reached, master.report.note
    after = measure(master)
    assert after.integrated_lufs == pytest.approx(-16.0, abs=0.05)
    assert after.true_peak_dbtp <= -1.0


def test_ebu_peaks_and_surround_reach_their_target() -> None:
    peaks = [peak_tone(*TRUE_PEAK[number][:3], 48_000) for number in TRUE_PEAK] + [peak_burst(offset, 48_000) for offset in range(4)]
    for samples in (*(np.tile(peak, (4, 1)) for peak in peaks), surround(48_000)[: 48_000 * 3]):
        for target in (PRESETS["podcast"], LoudnessTarget("loud", -9.0, -1.0)):
            master = master_mix(ArrayStream(samples, 48_000), target)
            after = measure(master)
            assert after.true_peak_dbtp <= -1.0
            assert ffmpeg_loudness(whole(master), 48_000).true_peak_dbtp <= -0.99
            if master.report.reached:
                assert after.integrated_lufs == pytest.approx(target.integrated_lufs, abs=0.1)


def test_headroom_lowers_the_peaks_and_not_the_loudness() -> None:
    samples = speech_like(20, 24_000)
    close, far = mastered(samples, 24_000, "spotify"), mastered(samples, 24_000, "spotify", headroom_db=1.0)
    assert close.report.after.true_peak_dbtp == pytest.approx(-1.08, abs=0.05)
    assert far.report.after.true_peak_dbtp == pytest.approx(-2.08, abs=0.05)
    assert far.report.after.integrated_lufs == pytest.approx(close.report.after.integrated_lufs, abs=0.1)
    assert far.report.reached


@pytest.mark.parametrize(("preset", "level"), [("podcast", -16.0), ("spotify", -14.0)])
def test_a_limited_programme_meets_its_target_to_some_hundredths(preset: str, level: float) -> None:
    """Gains are in steps of 0.05 dB, so that an edit of one line seldom moves them; what comes out measures what is said of it."""
    for seed in (1, 2, 3):
        master = mastered(speech_like(15, 22_050, seed), 22_050, preset)
        assert master.report.limited_db > 0
        assert measure(master).integrated_lufs == pytest.approx(level, abs=0.04)
        assert master.report.gain_db * 20 == pytest.approx(round(master.report.gain_db * 20))
        assert measure(master).true_peak_dbtp == pytest.approx(master.report.after.true_peak_dbtp, abs=1e-3)
        assert master.report.after.true_peak_dbtp <= -1.04


def test_one_gain_and_no_limiter_where_none_is_needed() -> None:
    samples = speech_like(10, 24_000)
    master = mastered(samples, 24_000, "ebu")
    assert master.report.limited_db == 0
    assert np.array_equal(whole(master), samples * np.float32(10 ** (master.report.gain_db / 20)))
    assert master.report.gain_db == pytest.approx(-23 - master.report.before.integrated_lufs, abs=0.026)


def test_what_cannot_be_had_is_said() -> None:
    """Sparse clicks: all peak, no loudness."""
    samples = np.zeros((24_000 * 6, 1), np.float32)
    samples[::2_400] = 0.9
    master = mastered(samples, 24_000)
    report = master.report
    assert not report.reached
    assert "LUFS instead of -16.0" in report.note
    assert measure(master).true_peak_dbtp <= -1.0
    assert report.after.integrated_lufs == pytest.approx(measure(master).integrated_lufs, abs=0.001)


@pytest.mark.parametrize("preset", ["podcast", "acx"])
def test_silence_stays_silence(preset: str) -> None:
    master = mastered(np.zeros((48_000, 1), np.float32), 24_000, preset)
    assert (master.report.gain_db, master.report.reached) == (0.0, False)
    assert "silent" in master.report.note
    assert not whole(master).any()
    assert not mastered(np.zeros((0, 1), np.float32), 24_000, preset).report.reached


@pytest.mark.parametrize("frames", [1, 500, 9_000])
def test_too_short_for_a_loudness_keeps_its_level(frames: int) -> None:
    samples = tones([(1.0, -20.0)], 24_000, 1)[:frames]
    samples[0] = 0.01
    master = mastered(samples, 24_000)
    assert master.report.gain_db == 0
    assert "too short" in master.report.note
    assert np.array_equal(whole(master), samples)


def test_too_short_and_too_loud_is_limited_all_the_same() -> None:
    master = mastered(tones([(0.3, 6.0)], 24_000, 1), 24_000)
    assert measure(master).true_peak_dbtp <= -1.0


def test_no_more_than_40_db() -> None:
    master = mastered(tones([(3.0, -65.0)], 24_000, 1), 24_000)
    assert master.report.gain_db == 40.0
    assert not master.report.reached
    assert "40 dB" in master.report.note
    assert master.report.after.integrated_lufs == pytest.approx(-28.0, abs=0.1)


@pytest.mark.parametrize(
    ("kind", "level", "rounds"),
    [
        ("speech", -16.0, 1),  # the forecast is right
        ("music", -9.0, 2),  # a round comes near, and another nearer
        ("speech", -11.0, 2),  # what cannot be had is not tried again and again
        ("clicks", -16.0, 1),
        ("speech", -30.0, 0),  # level alone
    ],
)
def test_there_are_as_many_rounds_as_bring_it_nearer(kind: str, level: float, rounds: int) -> None:
    samples = {"speech": speech_like(10, 24_000), "music": music_like(6, 24_000), "clicks": np.zeros((24_000 * 6, 1), np.float32)}[kind]
    if kind == "clicks":
        samples[::2_400] = 0.9
    seen: list[Progress] = []
    master_mix(ArrayStream(samples, 24_000), LoudnessTarget("x", level, -1.0), on_progress=seen.append)
    assert len({progress.detail for progress in seen if "round" in progress.detail}) == rounds


def test_playback_reference_is_for_mono() -> None:
    playback = LoudnessTarget("podcast", -16.0, -1.0, mono_reference="playback")
    mono = master_mix(ArrayStream(speech_like(10, 24_000), 24_000), playback)
    stereo = master_mix(ArrayStream(music_like(5, 24_000), 24_000), playback)
    assert (mono.report.reached, stereo.report.reached) == (True, True)
    assert mono.report.after.integrated_lufs == pytest.approx(-19.0, abs=0.05)
    assert stereo.report.after.integrated_lufs == pytest.approx(-16.0, abs=0.05)


def test_acx() -> None:
    master = mastered(speech_like(20, 44_100), 44_100, "acx")
    out = whole(master)
    assert master.report.reached, master.report.note
    rms = 10 * np.log10(np.mean(out.astype(np.float64) ** 2))
    assert rms == pytest.approx(-20.0, abs=0.3)
    assert 20 * np.log10(np.abs(out).max()) <= -3.0


def noisy(seconds: float, noise_db: float) -> Samples:
    """Speech 20 dBFS RMS over steady noise."""
    samples = np.pad(speech_like(seconds, 24_000), ((24_000, 24_000), (0, 0)))
    samples *= np.float32(0.1 / np.sqrt(np.mean(samples**2)))
    return samples + (np.random.default_rng(1).standard_normal(samples.shape) * 10 ** (noise_db / 20)).astype(np.float32)


def test_acx_goes_lower_within_its_window_for_the_noise_and_says_when_that_is_not_enough() -> None:
    quiet = mastered(noisy(10, -61.0), 24_000, "acx").report
    assert quiet.reached, quiet.note
    assert quiet.after.rms_dbfs == pytest.approx(-20.0, abs=0.3)
    some = mastered(noisy(10, -58.0), 24_000, "acx").report
    assert some.reached, some.note
    assert -23.0 <= some.after.rms_dbfs < -22.0
    loud = mastered(noisy(10, -50.0), 24_000, "acx").report
    assert not loud.reached
    assert "noise floor" in loud.note


def test_samples_that_are_not_numbers_are_refused() -> None:
    samples = speech_like(2, 24_000)
    samples[1000] = np.nan
    with pytest.raises(RunError, match="contains NaN or infinity"):
        mastered(samples, 24_000)


def test_progress_rises_to_its_end() -> None:
    seen: list[Progress] = []
    mastered(speech_like(12, 24_000), 24_000, "spotify", on_progress=seen.append)
    done = [progress.done for progress in seen]
    assert done == sorted(done)
    assert done[-1] == seen[-1].total
    assert {progress.stage for progress in seen} == {"master"}


def test_two_masters_are_the_same_on_any_number_of_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = speech_like(40, 24_000)
    found = []
    for cores in (1, 2, 4):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        master = mastered(samples, 24_000, "spotify")
        found.append((master.report, whole(master).tobytes()))
    assert found[0] == found[1] == found[2]


def test_reads_any_audio_stream() -> None:
    """A master is a stream itself; to master it again changes next to nothing."""
    once: AudioStream = mastered(speech_like(10, 24_000), 24_000)
    twice = master_mix(once, PRESETS["podcast"])
    assert abs(twice.report.gain_db) < 0.05
    assert twice.report.before.true_peak_dbtp != -inf
