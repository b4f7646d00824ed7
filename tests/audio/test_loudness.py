"""The meter beyond the EBU's signals: against the standard's own filters, against ffmpeg, and in all the ways it is fed."""

from __future__ import annotations

from math import inf, log10

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.audio.ebu_signals import Samples, music_like, peak_burst, speech_like, tones
from tests.sound_parts import ArrayStream, ffmpeg_loudness
from voiceover.audio.chunks import worker_threads
from voiceover.audio.files import resample
from voiceover.audio.kweighting import fast_length, k_weight
from voiceover.audio.loudness import Meter, integrated_power, loudness_range, measure, speech_power, to_lufs
from voiceover.audio.true_peak import context_frames, hop_peaks, interpolator
from voiceover.types import Loudness


def read(samples: Samples, rate: int) -> Loudness:
    return measure(ArrayStream(samples, rate))


def itu_filters(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Both stages of BS.1770-4 at 48 kHz, sample by sample, from its tables 1 and 2."""
    for b, a in (
        ((1.53512485958697, -2.69169618940638, 1.19839281085285), (-1.69065929318241, 0.73248077421585)),
        ((1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621)),
    ):
        out = np.zeros(len(samples))
        for n in range(len(samples)):
            past = samples[max(n - 2, 0) : n + 1][::-1]
            out[n] = sum(c * x for c, x in zip(b, past, strict=False))
            out[n] -= sum(c * out[n - 1 - i] for i, c in enumerate(a) if n > i)
        samples = out
    return samples


def test_k_weighting_has_the_power_of_the_standard_filters() -> None:
    noise = np.random.default_rng(3).standard_normal(24_000)
    noise[:2400] = noise[-4800:] = 0
    expected = np.mean(itu_filters(noise) ** 2)
    assert np.mean(k_weight(noise.astype(np.float32), 48_000) ** 2) == pytest.approx(expected, rel=1e-4)


def tenths(*stretches: tuple[int, float]) -> NDArray[np.float64]:
    """K-weighted powers of so many tenths of a second."""
    return np.concatenate([np.full(count, power) for count, power in stretches])


def test_the_relative_gate_is_10_lu_below_the_mean() -> None:
    """BS.1770-4, equations 5 to 7. What is quieter than a tenth of the mean power does not count; what is louder does."""
    assert integrated_power(tenths((400, 1.0), (400, 0.0498))) == pytest.approx(1.0, rel=0.01)
    assert integrated_power(tenths((400, 1.0), (400, 0.0560))) == pytest.approx(0.528, rel=0.01)


def test_the_absolute_gate_is_at_70_lufs() -> None:
    at = 10 ** ((-70 + 0.691) / 10)
    assert integrated_power(tenths((100, 0.99 * at))) == 0.0
    assert integrated_power(tenths((100, 1.01 * at))) == pytest.approx(1.01 * at)
    # What is below it has no part in the mean that the relative gate goes by.
    assert integrated_power(tenths((100, 12 * at), (9900, 0.99 * at))) == pytest.approx(12 * at, rel=0.05)


def test_less_than_400_ms_has_no_loudness_and_less_than_3_s_no_range() -> None:
    assert integrated_power(tenths((3, 1.0))) == 0.0
    assert integrated_power(tenths((4, 1.0))) == pytest.approx(1.0)
    assert loudness_range(tenths((29, 1.0))) == loudness_range(tenths((100, 1e-12))) == 0.0


def test_the_range_leaves_out_what_is_20_lu_below_the_mean() -> None:
    """Tech 3342: from the 10th to the 95th percentile of what is left."""
    assert loudness_range(tenths((600, 1.0), (600, 0.0049))) == pytest.approx(0.0, abs=0.5)
    assert loudness_range(tenths((600, 1.0), (600, 0.0056))) == pytest.approx(22.5, abs=0.5)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000])
def test_calibration_tone(rate: int) -> None:
    """BS.1770-4: 997 Hz at 0 dBFS in one channel reads -3.01 LKFS."""
    assert read(tones([(2.0, 0.0)], rate, 1, 997.0), rate).integrated_lufs == pytest.approx(-3.01, abs=0.01)


@pytest.mark.parametrize("rate", [22_050, 24_000, 44_100])
def test_the_same_sound_reads_the_same_at_every_rate(rate: int) -> None:
    low = speech_like(8, rate) + 0.05 * tones([(8.0, 0.0)], rate, 1, 7000.0)
    high = resample(low, rate, 48_000)
    assert read(low, rate).integrated_lufs == pytest.approx(read(high, 48_000).integrated_lufs, abs=0.005)


@pytest.mark.parametrize("rate", [24_000, 44_100, 48_000])
@pytest.mark.parametrize("material", [speech_like, music_like])
def test_agrees_with_ffmpeg(material: object, rate: int) -> None:
    samples = speech_like(15, rate) if material is speech_like else music_like(15, rate)
    ours, theirs = read(samples, rate), ffmpeg_loudness(samples, rate)
    # ffmpeg carries the filters over to other rates by the bilinear transform, which reads high below 44.1 kHz.
    assert ours.integrated_lufs == pytest.approx(theirs.integrated_lufs, abs=0.02 if rate >= 44_100 else 0.1)
    assert ours.range_lu == pytest.approx(theirs.range_lu, abs=0.3)
    assert ours.true_peak_dbtp == pytest.approx(theirs.true_peak_dbtp, abs=0.1)


@pytest.mark.parametrize("blocks", [1_000, 4_801, 240_000, 10_000_000])
def test_block_sizes_make_no_difference(blocks: int) -> None:
    samples = music_like(13, 24_000)
    meter = Meter(24_000, 2)
    for start in range(0, len(samples), blocks):
        meter.add(samples[start : start + blocks])
    meter.finish()
    with worker_threads() as pool:
        assert meter.loudness() == measure(ArrayStream(samples, 24_000, 77_777), pool)


def test_gates_leave_out_silence_and_what_is_quiet() -> None:
    loud = [(5.0, -20.0)]
    alone = read(tones(loud, 24_000), 24_000).integrated_lufs
    beside = read(tones([*loud, (20.0, -45.0), (20.0, -inf)], 24_000), 24_000).integrated_lufs
    # Blocks across the edge still count: 300 ms of them.
    assert beside == pytest.approx(alone, abs=0.15)
    assert read(tones([(5.0, -75.0)], 24_000), 24_000).integrated_lufs == -inf


def test_amplified_reading_is_the_reading_of_the_amplified() -> None:
    samples = speech_like(6, 24_000)
    meter = Meter(24_000)
    meter.add(samples)
    meter.finish()
    expected = read(samples * np.float32(2), 24_000)
    found = meter.loudness(20 * log10(2))
    for field in Loudness.__dataclass_fields__:
        assert getattr(found, field) == pytest.approx(getattr(expected, field), abs=1e-3), field


@pytest.mark.parametrize("frames", [0, 1, 100, 9_599])
def test_too_short_for_a_loudness(frames: int) -> None:
    found = read(tones([(1.0, -10.0)], 24_000, 1)[:frames], 24_000)
    assert found.integrated_lufs == -inf
    assert found.range_lu == 0
    assert (found.sample_peak_dbfs > -inf) == (frames > 1)


def test_silence() -> None:
    found = read(np.zeros((48_000, 1), np.float32), 24_000)
    assert {found.integrated_lufs, found.true_peak_dbtp, found.rms_dbfs, found.noise_floor_dbfs, found.max_momentary_lufs} == {-inf}


def test_rms_and_noise_floor() -> None:
    rng = np.random.default_rng(4)
    samples = rng.standard_normal((24_000 * 12, 1)).astype(np.float32) * np.float32(0.1)
    samples[int(9.7 * 24_000) : int(10.3 * 24_000)] *= np.float32(0.01)  # across the border of two chunks
    found = read(samples, 24_000)
    assert found.rms_dbfs == pytest.approx(-20 + 10 * log10(11.4 / 12), abs=0.05)
    assert found.noise_floor_dbfs == pytest.approx(-60, abs=0.1)


def test_true_peak_against_ideal_interpolation() -> None:
    rng = np.random.default_rng(5)
    spectrum = np.zeros(4097, np.complex128)
    spectrum[1:3277] = rng.standard_normal(3276) + 1j * rng.standard_normal(3276)  # up to 0.4 of the sample rate
    period = np.fft.irfft(spectrum)
    ideal = np.abs(np.fft.irfft(np.concatenate([spectrum[:-1], np.zeros(8192 * 31 // 2 + 1)]), 8192 * 16) * 16).max()
    samples = np.tile(period / ideal, 3)[:, None].astype(np.float32)
    assert read(samples, 24_000).true_peak_dbtp == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("rate", [22_050, 48_000])
def test_the_bound_misses_no_peak(rate: int) -> None:
    rng = np.random.default_rng(6)
    loud = np.concatenate([rng.standard_normal(rate // 2), speech_like(1, rate)[:, 0] * 4, peak_burst(1, rate)[:, 0] * 3])
    context = context_frames(rate)
    padded = np.pad(loud.astype(np.float32), context)[None]
    everywhere = hop_peaks(padded, len(loud), context, rate, 0.0)
    for floor in (0.3, 1.0, 2.0):
        found = hop_peaks(padded, len(loud), context, rate, floor)
        assert found[everywhere > floor] == pytest.approx(everywhere[everywhere > floor], rel=1e-6)
        assert (found <= everywhere * 1.000001).all()
    assert len(everywhere) == -(-len(loud) // interpolator(rate).hop)


def test_speech_power_leaves_out_the_silences() -> None:
    rate = 24_000
    speech = tones([(0.5, -20.0), (1.0, -inf), (1.0, -20.0)], rate, 1, 997.0)[:, 0]
    power, seconds = speech_power(np.pad(speech, rate), rate)
    assert to_lufs(power) == pytest.approx(-23.01, abs=0.15)
    assert seconds == pytest.approx(1.5, abs=0.05)
    louder = speech_power(np.pad(speech, rate) * np.float32(0.5), rate)
    assert louder == (pytest.approx(power / 4, rel=1e-4), seconds)


def test_no_speech_has_no_power() -> None:
    assert speech_power(np.zeros(24_000, np.float32), 24_000) == (0.0, 0.0)
    assert speech_power(np.zeros(0, np.float32), 24_000) == (0.0, 0.0)


def test_fast_lengths() -> None:
    smooth = sorted(2**a * 3**b * 5**c for a in range(15) for b in range(10) for c in range(7))
    for frames in (1, 2, 7, 97, 1000, 13_229, 14_400):
        assert fast_length(frames) == next(length for length in smooth if length >= frames)
