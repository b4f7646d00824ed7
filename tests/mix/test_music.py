"""The samples of sounds and music: levels to 0.5 dB, starts and fades to the sample, and how far music stays under speech."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.mix.parts import cue, music, pause, plan, recorded, recording, said, stop, written
from voiceover.audio.loudness import Meter, integrated_power, speech_power, to_lufs
from voiceover.audio.streaming import open_sound
from voiceover.errors import InputError
from voiceover.mix import Mix, mix_takes
from voiceover.mix.sound_stream import CROSSFADE_SECONDS, repeated
from voiceover.types import Bumper, Ducking, FloatArray, Gaps, PlanItem, SoundFile, Soundtrack, Take

RATE = 44_100
LINE_SECONDS = 2


def noise(seconds: float, seed: int, amplitude: float = 0.1, *, channels: int | None = None) -> FloatArray:
    shape = round(seconds * RATE) if channels is None else (round(seconds * RATE), channels)
    return (amplitude * np.random.default_rng(seed).standard_normal(shape)).astype(np.float32)


def tone(seconds: float, frequency: float = 440.0, amplitude: float = 0.25) -> FloatArray:
    return (amplitude * np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


@pytest.fixture
def takes(tmp_path: Path) -> dict[str, Take]:
    """Lines of noise, the third 20 dB softer than the others."""
    known = {}
    for seed, (name, amplitude) in enumerate({"a": 0.1, "b": 0.1, "quiet": 0.01}.items()):
        samples = noise(LINE_SECONDS, seed, amplitude)
        power, seconds = speech_power(samples, RATE)
        known[name] = recorded(tmp_path, name, samples, (0, len(samples)), RATE, speech_power=power, speech_seconds=seconds)
    return known


@pytest.fixture
def bed(tmp_path: Path) -> SoundFile:
    return written(tmp_path, "bed", noise(3, 9, 0.3), RATE)


def mixed(takes: dict[str, Take], *items: PlanItem, rate: int = RATE, **track: object) -> Mix:
    sounds = track.pop("sounds", {})
    return mix_takes(plan(*items, rate=rate, soundtrack=Soundtrack(**{"channels": 1, "sounds": sounds, **track})), takes, Gaps())


def whole(mix: Mix) -> FloatArray:
    samples = np.concatenate(list(mix.blocks()))
    assert samples.shape == (mix.frames, mix.channels)
    assert samples.dtype == np.float32
    return samples


def files_alone(mix: Mix) -> FloatArray:
    """What a mix holds besides its speech."""
    speech = whole(replace(mix, timeline=replace(mix.timeline, sounds=())))
    return whole(mix) - speech


def lufs(samples: FloatArray, start_seconds: float, stop_seconds: float) -> float:
    part = samples[round(start_seconds * RATE) : round(stop_seconds * RATE)]
    meter = Meter(RATE, part.shape[1])
    meter.add(part)
    meter.finish()
    return to_lufs(integrated_power(meter.tenths))


def level(samples: FloatArray) -> float:
    return 10 * float(np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-20))


# ---------------------------------------------------------------- levels


@pytest.mark.parametrize("channels", [1, 2])
def test_a_level_is_the_loudness_against_that_of_the_speech(takes: dict[str, Take], bed: SoundFile, channels: int) -> None:
    mix = mixed(takes, music("bed", level=-18.0), pause(2.0), said("a"), pause(1.5), sounds={"bed": bed}, channels=channels)
    alone = lufs(files_alone(mix), 0.0, 1.8)
    speech = lufs(whole(mix) - files_alone(mix), 2.0, 4.0)
    assert alone - speech == pytest.approx(-18.0, abs=0.1)


def test_music_is_lowered_by_the_depth_while_someone_speaks(takes: dict[str, Take], bed: SoundFile) -> None:
    for depth in (6.0, 12.0, 20.0):
        mix = mixed(
            takes, music("bed", level=-18.0), pause(2.0), said("a"), pause(1.5), sounds={"bed": bed}, ducking=Ducking(depth_db=depth)
        )
        alone = files_alone(mix)
        assert lufs(alone, 2.0, 4.0) - lufs(alone, 0.0, 1.8) == pytest.approx(-depth, abs=0.1)
        assert mix.music is not None
        assert (mix.music.speech_to_bed_lu, mix.music.extra_db) == (pytest.approx(18.0 + depth, abs=0.2), 0.0)


def test_the_times_of_ducking_hold_to_the_sample(takes: dict[str, Take], tmp_path: Path) -> None:
    steady = written(tmp_path, "steady", np.ones(3 * RATE, np.float32) * np.float32(0.5) + noise(3, 4, 1e-4), RATE)
    duck = Ducking(12.0, attack_seconds=0.08, hold_seconds=0.4, release_seconds=0.9, lookahead_seconds=0.15)
    mix = mixed(takes, music("bed", level=-18.0), pause(1.0), said("a"), pause(2.0), sounds={"bed": steady}, ducking=duck)
    ducker = mix.ducker
    assert ducker is not None
    start, end = 1.0, 1.0 + LINE_SECONDS

    def reduction(seconds: float) -> float:
        return float(ducker.reduction_db(np.array([seconds]))[0])

    assert reduction(start - 0.15) == 0.0
    assert reduction(start - 0.15 + 0.04) == pytest.approx(6.0)
    assert reduction(start - 0.07) == pytest.approx(12.0)
    assert reduction(end + 0.4) == pytest.approx(12.0)
    assert reduction(end + 0.4 + 0.45) == pytest.approx(6.0)
    assert reduction(end + 1.3) == pytest.approx(0.0)
    # The samples follow, whatever the blocks.
    times = np.arange(mix.frames) / RATE
    gains = np.ones(mix.frames)
    for begin in range(0, mix.frames, 10_000):
        part = ducker.gains(begin, min(10_000, mix.frames - begin), RATE)
        if part is not None:
            gains[begin : begin + len(part)] = part
    assert np.allclose(gains, 10 ** (ducker.reduction_db(times) / -20), rtol=2e-4)
    unducked = files_alone(replace(mix, ducker=None))
    assert np.allclose(files_alone(mix), unducked * gains[:, None], atol=1e-6)


def test_lines_that_are_close_keep_music_down_between_them(takes: dict[str, Take], bed: SoundFile) -> None:
    mix = mixed(takes, music("bed"), said("a"), pause(1.0), said("b"), sounds={"bed": bed})
    assert mix.ducker is not None
    between = mix.ducker.reduction_db(np.linspace(LINE_SECONDS, LINE_SECONDS + 1.0, 50))
    assert 0 < between.min() < 12.0 == pytest.approx(between.max())
    assert (
        np.abs(np.diff(between)).max() < 12 * np.pi / 2 * 0.02 / 0.08 + 0.1
    )  # no jump where one line's release meets the next one's attack


@pytest.mark.parametrize(
    ("asked", "depth", "extra"), [(6.0, 12.0, 6.0), (0.0, 6.0, 6.0), (0.0, 12.0, 0.0), (-6.0, 3.0, 3.0), (-1.0, 12.0, 0.0)]
)
def test_speech_stays_twelve_above_the_music_whatever_the_script_asks_for(
    takes: dict[str, Take], bed: SoundFile, asked: float, depth: float, extra: float
) -> None:
    mix = mixed(takes, music("bed", level=asked), pause(2.0), said("a"), pause(1.5), sounds={"bed": bed}, ducking=Ducking(depth_db=depth))
    alone = files_alone(mix)
    speech = lufs(whole(mix) - alone, 2.0, 4.0)
    ratio = speech - lufs(alone, 2.0, 4.0)
    assert ratio == pytest.approx(max(12.0, depth - asked), abs=0.2)
    assert ratio >= 11.9
    assert mix.music is not None
    assert mix.music.speech_to_bed_lu == pytest.approx(ratio, abs=0.1)
    assert mix.music.extra_db == pytest.approx(extra, abs=0.3)
    # When nobody speaks, the writer's level holds.
    assert lufs(alone, 0.0, 1.8) - speech == pytest.approx(asked, abs=0.1)


def test_music_is_lowered_further_under_a_quiet_line_alone(takes: dict[str, Take], bed: SoundFile) -> None:
    mix = mixed(takes, music("bed", level=-6.0), said("a"), pause(3.0), said("quiet"), pause(1.5), sounds={"bed": bed})
    alone, first, second = files_alone(mix), *mix.timeline.placed
    assert second.start_frame == (LINE_SECONDS + 3) * RATE
    speech = whole(mix) - alone
    ratios = [lufs(speech, at, at + 2) - lufs(alone, at, at + 2) for at in (0.0, 5.0)]
    assert ratios[1] == pytest.approx(12.0, abs=0.2)
    assert ratios[0] > 15.0
    assert mix.music is not None
    assert mix.music.least_lu == pytest.approx(12.0, abs=0.1)
    assert first.gain_db == second.gain_db == 0.0


def test_music_ducks_under_a_recorded_turn(takes: dict[str, Take], bed: SoundFile) -> None:
    turn = recording("b")
    mix = mixed(takes, music("bed", level=-18.0), pause(2.0), turn, said("a"), sounds={"bed": bed})
    alone = files_alone(mix)
    assert lufs(alone, 2.0, 4.0) - lufs(alone, 0.0, 1.8) == pytest.approx(-12.0, abs=0.1)


def test_a_recorded_turn_is_balanced_with_the_voices(tmp_path: Path, takes: dict[str, Take]) -> None:
    samples = noise(LINE_SECONDS, 7, 0.03)
    power, seconds = speech_power(samples, RATE)
    takes["guest"] = recorded(tmp_path, "guest", samples, (0, len(samples)), RATE, speech_power=power, speech_seconds=seconds)
    mix = mix_takes(plan(said("a"), recording("guest"), rate=RATE), takes, Gaps())
    line, guest = (whole(mix)[each.start_frame : each.end_frame] for each in mix.timeline.placed)
    assert level(line) - level(guest) == pytest.approx(0.0, abs=0.11)  # gains are in steps of 0.1 dB


@pytest.mark.parametrize(("seconds", "asked", "expected"), [(2.0, None, 0.0), (0.1, None, 0.0), (1.0, -6.0, -6.0)])
def test_a_sound_is_as_loud_as_the_speech_at_its_loudest(
    tmp_path: Path, takes: dict[str, Take], seconds: float, asked: float | None, expected: float
) -> None:
    sound = written(tmp_path, "knock", tone(seconds, 1000.0), RATE)
    mix = mixed(takes, said("a"), cue("knock", level=asked), said("b"), sounds={"knock": sound})
    padded = np.concatenate((np.zeros((RATE, 1), np.float32), files_alone(mix), np.zeros((RATE, 1), np.float32)))
    meter = Meter(RATE, 1)
    meter.add(padded)
    meter.finish()
    speech = lufs(whole(mix) - files_alone(mix), 0.0, LINE_SECONDS)
    assert meter.loudness().max_momentary_lufs - speech == pytest.approx(expected, abs=0.3)


# ---------------------------------------------------------------- samples


def test_a_sound_of_the_same_rate_is_heard_as_it_is(tmp_path: Path, takes: dict[str, Take]) -> None:
    samples = noise(0.5, 5, channels=2)
    sound = written(tmp_path, "door", samples, RATE)
    mix = mixed(takes, said("a"), cue("door"), said("b"), sounds={"door": sound}, channels=2)
    (placed,) = mix.timeline.sounds
    heard = files_alone(mix)
    gain = np.float32(10 ** (placed.gain_db / 20))
    assert placed.start_frame == (LINE_SECONDS * RATE) + RATE // 4
    assert np.allclose(heard[placed.start_frame : placed.end_frame], samples * gain, atol=1e-6)
    assert not heard[: placed.start_frame].any()
    assert not heard[placed.end_frame :].any()


def test_speech_is_the_same_in_both_channels_and_a_mono_file_too(takes: dict[str, Take], bed: SoundFile) -> None:
    mix = mixed(takes, music("bed"), said("a"), sounds={"bed": bed}, channels=2)
    left, right = whole(mix).T
    assert np.array_equal(left, right)
    assert np.abs(left).max() > 0.05


def test_a_stereo_file_is_averaged_in_a_mono_mix(tmp_path: Path, takes: dict[str, Take]) -> None:
    samples = noise(0.5, 5, channels=2)
    sound = written(tmp_path, "door", samples, RATE)
    mix = mixed(takes, said("a"), cue("door"), sounds={"door": sound})
    (placed,) = mix.timeline.sounds
    gain = np.float32(10 ** (placed.gain_db / 20))
    heard = files_alone(mix)[placed.start_frame : placed.end_frame, 0]
    assert np.allclose(heard, samples.mean(axis=1) * gain, atol=1e-6)


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000])
def test_a_file_of_another_rate_keeps_its_pitch_its_length_and_its_place(tmp_path: Path, takes: dict[str, Take], rate: int) -> None:
    time = np.arange(2 * rate) / rate
    sound = written(tmp_path, "beep", (0.25 * np.sin(2 * np.pi * 500 * time)).astype(np.float32), rate)
    mix = mixed(takes, said("a"), cue("beep"), sounds={"beep": sound})
    (placed,) = mix.timeline.sounds
    assert placed.end_frame - placed.start_frame == 2 * RATE
    heard = files_alone(mix)[placed.start_frame : placed.end_frame, 0]
    wanted = 0.25 * 10 ** (placed.gain_db / 20) * np.sin(2 * np.pi * 500 * np.arange(2 * RATE) / RATE)
    assert np.abs(heard - wanted)[RATE // 100 : -RATE // 100].max() < 1e-3


def test_fades_are_raised_cosines(takes: dict[str, Take], bed: SoundFile) -> None:
    items = (music("bed", level=0.0, fade=0.5), pause(3.0), stop(1.0), pause(5.0), said("a"))
    faded = files_alone(mixed(takes, *items, sounds={"bed": bed}))[:, 0]
    plain = files_alone(mixed(takes, music("bed", level=0.0), pause(9.0), said("a"), sounds={"bed": bed}))[:, 0]
    at = 3 * RATE
    for begin, length, falling in ((0, RATE // 2, False), (at, RATE, True)):
        share = np.arange(1, length + 1) / (length + 1)
        curve = 0.5 - 0.5 * np.cos(np.pi * (share[::-1] if falling else share))
        assert np.allclose(faded[begin : begin + length], plain[begin : begin + length] * curve, atol=1e-5)
    assert np.array_equal(faded[RATE // 2 : at], plain[RATE // 2 : at])
    assert not faded[at + RATE :].any()


def test_two_pieces_in_a_row_are_crossfaded(takes: dict[str, Take], tmp_path: Path) -> None:
    low, high = (written(tmp_path, name, tone(3, frequency), RATE) for name, frequency in (("low", 300.0), ("high", 3000.0)))
    items = (music("low"), pause(0.0), said("a"), music("high", fade=1.0), pause(3.0), said("b"))
    heard = files_alone(replace(mixed(takes, *items, sounds={"low": low, "high": high}), ducker=None))[:, 0]
    spectrum = [np.abs(np.fft.rfft(heard[at * RATE : (at + 1) * RATE])) for at in (1, 3)]
    assert [int(np.argmax(each)) for each in spectrum] == [300, 3000]
    middle = heard[round(2.4 * RATE) : round(2.6 * RATE)]
    both = np.abs(np.fft.rfft(middle))
    assert min(both[60], both[600]) > 10 * np.median(both)


# ---------------------------------------------------------------- repeats


@pytest.mark.parametrize("frequency", [100.0, 333.3, 440.0, 1234.5])
def test_a_repeated_piece_neither_clicks_nor_gets_louder(tmp_path: Path, frequency: float) -> None:
    path = written(tmp_path, "piece", tone(1.37, frequency), RATE).path
    stream, blocks, count = open_sound(path), [], 0
    for block in repeated(stream):
        blocks.append(block)
        count += len(block)
        if count > 6 * RATE:
            break
    samples = np.concatenate(blocks)[:, 0].astype(np.float64)
    # A sine of this frequency changes by no more than this from one sample to the next; a click would.
    steepest = 0.25 * 2 * np.pi * frequency / RATE
    assert np.abs(np.diff(samples)).max() < 1.5 * steepest + 0.25 * np.pi / (CROSSFADE_SECONDS * RATE)
    assert np.abs(samples).max() < 0.25 * 1.2
    period = round(1.37 * RATE) - round(CROSSFADE_SECONDS * RATE)
    clean = slice(round(CROSSFADE_SECONDS * RATE), period)
    assert np.array_equal(samples[clean], samples[period:][clean])


def test_noise_keeps_its_power_where_it_is_repeated(tmp_path: Path) -> None:
    path = written(tmp_path, "piece", noise(1.5, 3), RATE).path
    blocks, count = [], 0
    for block in repeated(open_sound(path)):
        blocks.append(block)
        count += len(block)
        if count > 30 * RATE:
            break
    samples, overlap = np.concatenate(blocks)[:, 0], round(CROSSFADE_SECONDS * RATE)
    period = round(1.5 * RATE) - overlap
    joints = np.concatenate([samples[n * period : n * period + overlap] for n in range(1, 20)])
    assert level(joints) - level(samples) == pytest.approx(0.0, abs=0.5)


def test_a_piece_longer_than_a_block_is_repeated_alike(tmp_path: Path) -> None:
    """Long pieces are read from their file each time, short ones once."""
    long = written(tmp_path, "long", noise(31, 3), RATE)
    blocks, count = [], 0
    for block in repeated(open_sound(long.path)):
        blocks.append(block)
        count += len(block)
        if count > 40 * RATE:
            break
    samples, overlap = np.concatenate(blocks)[:, 0], round(CROSSFADE_SECONDS * RATE)
    period = 31 * RATE - overlap
    assert np.array_equal(samples[:period], noise(31, 3)[:period])
    assert np.array_equal(samples[period + overlap : period + RATE], noise(31, 3)[overlap:RATE])


# ---------------------------------------------------------------- what is wrong with a file


@pytest.mark.parametrize(
    ("samples", "said_of_it"),
    [
        (np.zeros(2 * RATE, np.float32), "is silent"),
        (np.full(2 * RATE, np.nan, np.float32), "contains NaN"),
        (np.full(2 * RATE, 1e30, np.float32) * np.float32(-1) ** np.arange(2 * RATE), "far beyond full scale"),
        (tone(0.5), "must last at least 1 s"),
    ],
)
def test_a_file_that_cannot_be_played_is_one_error(tmp_path: Path, takes: dict[str, Take], samples: FloatArray, said_of_it: str) -> None:
    bad = written(tmp_path, "bad", samples.astype(np.float32), RATE)
    with pytest.raises(InputError, match=said_of_it):
        mixed(takes, music("bad"), said("a"), sounds={"bad": bad})


def test_a_file_that_goes_while_the_mix_is_read(tmp_path: Path, takes: dict[str, Take], bed: SoundFile) -> None:
    mix = mixed(takes, music("bed"), said("a"), sounds={"bed": bed}, outro=Bumper("bed"))
    bed.path.unlink()
    with pytest.raises(InputError, match=r"bed.wav: there is no such file"):
        whole(mix)
