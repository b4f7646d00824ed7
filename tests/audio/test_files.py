from __future__ import annotations

import hashlib
import io
import math
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from voiceover.audio.files import (
    BLOCK_FRAMES,
    PcmWriter,
    Resampler,
    db_to_gain,
    gain_to_db,
    open_audio,
    read_audio,
    read_clip,
    resample,
    resample_blocks,
    resampled_frames,
    wav_float_samples,
    write_wav_float,
)
from voiceover.errors import InputError, PublishError, VoiceError
from voiceover.types import Clip


def noise(frames: int, channels: int | None = None, level: float = 0.2) -> np.ndarray:
    shape = frames if channels is None else (frames, channels)
    return (np.random.default_rng(7).standard_normal(shape) * level).astype(np.float32)


def tone(frames: int, hertz: float, rate: int) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(frames) / rate).astype(np.float32)


# ---------------------------------------------------------------- decibels


def test_decibels():
    assert gain_to_db(1.0) == 0.0
    assert gain_to_db(0.5) == pytest.approx(-6.0206, abs=1e-4)
    assert gain_to_db(0.0) == -math.inf
    assert db_to_gain(-math.inf) == 0.0
    assert db_to_gain(20.0) == pytest.approx(10.0)
    assert gain_to_db(db_to_gain(-18.3)) == pytest.approx(-18.3)


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("kind", "subtype", "error"),
    [
        ("WAV", "PCM_16", 1e-4),
        ("WAV", "PCM_24", 1e-6),
        ("WAV", "FLOAT", 0.0),
        ("WAV", "PCM_U8", 1e-2),
        ("FLAC", "PCM_16", 1e-4),
        ("AIFF", "PCM_24", 1e-6),
    ],
)
def test_any_kind_of_file_is_read_at_its_own_rate(kind, subtype, error, tmp_path):
    samples = noise(3000, level=0.1)
    path = tmp_path / "clip.any"
    soundfile.write(path, samples, 32_000, format=kind, subtype=subtype)
    audio = read_audio(path)
    assert (audio.sample_rate, audio.samples.dtype, audio.samples.shape) == (32_000, np.float32, (3000,))
    assert np.abs(audio.samples - samples).max() <= error
    assert audio.seconds == pytest.approx(3000 / 32_000)


@pytest.mark.parametrize("kind", ["MP3", "OGG"])
def test_lossy_files_are_read(kind, tmp_path):
    path = tmp_path / "clip"
    soundfile.write(path, tone(44_100, 440, 44_100) * 0.5, 44_100, format=kind)
    audio = read_audio(path)
    assert audio.sample_rate == 44_100
    middle = audio.samples[10_000:30_000]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / math.sqrt(2), rel=0.02)


def test_channels_are_mixed_by_their_mean(tmp_path):
    path = tmp_path / "two.wav"
    left, right = noise(500), noise(600)[:500] * 0.5
    soundfile.write(path, np.stack((left, right), axis=1), 8000, subtype="FLOAT")
    assert np.allclose(read_audio(path).samples, (left + right) / 2, atol=1e-7)


def test_a_float_wav_is_read_from_its_bytes(tmp_path):
    samples = noise(1000)
    write_wav_float(tmp_path / "take.wav", samples, 22_050)
    assert np.array_equal(wav_float_samples((tmp_path / "take.wav").read_bytes()), samples)
    assert np.array_equal(read_audio(tmp_path / "take.wav").samples, samples)


def test_a_clip_is_the_one_that_the_voice_was_read_with(tmp_path):
    path = tmp_path / "clip.wav"
    write_wav_float(path, noise(1000), 22_050)
    clip = Clip(path, "words", hashlib.sha256(path.read_bytes()).hexdigest(), 1000 / 22_050)
    heard = read_clip(clip)
    assert heard.sample_rate == 22_050
    assert np.array_equal(heard.samples, noise(1000))
    write_wav_float(path, noise(1000) * np.float32(0.5), 22_050)
    with pytest.raises(VoiceError, match=r"clip.wav: the clip has changed"):
        read_clip(clip)
    path.unlink()
    with pytest.raises(InputError, match=r"clip.wav"):
        read_clip(clip)


def test_a_file_is_a_stream_of_blocks_that_can_be_read_again(tmp_path):
    samples = noise(2 * BLOCK_FRAMES + 17, 2)
    path = tmp_path / "long.wav"
    write_wav_float(path, samples, 44_100)
    stream = open_audio(path)
    assert (stream.sample_rate, stream.channels, stream.frames) == (44_100, 2, len(samples))
    for _ in range(2):
        blocks = list(stream.blocks())
        assert [len(block) for block in blocks] == [BLOCK_FRAMES, BLOCK_FRAMES, 17]
        assert np.array_equal(np.concatenate(blocks), samples)


@pytest.mark.parametrize("content", [b"", b"this is a text file, not audio\n" * 100, b"RIFF\x00\x00\x00\x00WAVE", b"\x00" * 5000])
def test_what_is_not_audio_is_an_input_error_that_names_the_file(content, tmp_path):
    path = tmp_path / "clip.wav"
    path.write_bytes(content)
    for read in (read_audio, open_audio):
        with pytest.raises(InputError, match=r"clip\.wav: is not audio") as caught:
            read(path)
        assert isinstance(caught.value.__cause__, soundfile.SoundFileError)


def test_a_missing_file_and_a_folder_are_input_errors(tmp_path):
    for path in (tmp_path / "nowhere.wav", tmp_path):
        for read in (read_audio, open_audio):
            with pytest.raises(InputError, match=str(path)):
                read(path)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_samples_that_are_no_numbers_are_refused(bad, tmp_path):
    samples = noise(100)
    samples[50] = bad
    write_wav_float(tmp_path / "clip.wav", samples, 8000)
    with pytest.raises(InputError, match="contains NaN or infinity"):
        read_audio(tmp_path / "clip.wav")


# ---------------------------------------------------------------- writing


@pytest.mark.parametrize("channels", [None, 1, 2, 6])
def test_a_float_wav_keeps_every_bit(channels, tmp_path):
    samples = noise(777, channels, level=2.0)
    path = tmp_path / "take.wav"
    write_wav_float(path, samples, 22_050)
    back, rate = soundfile.read(path, dtype="float32", always_2d=True)
    assert rate == 22_050
    assert np.array_equal(back, samples.reshape(777, -1))
    info = soundfile.info(path)
    assert (info.format, info.subtype, info.frames) == ("WAV", "FLOAT", 777)


def test_a_float_wav_holds_nothing_but_its_samples(tmp_path):
    """No PEAK chunk, whose time stamp would make equal takes unequal."""
    samples = noise(100)
    write_wav_float(tmp_path / "a.wav", samples, 8000)
    memory = io.BytesIO()
    write_wav_float(memory, samples.copy(), 8000)
    data = (tmp_path / "a.wav").read_bytes()
    assert data == memory.getvalue()
    assert len(data) == 58 + 400
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    assert data[58:] == samples.astype("<f4").tobytes()


def test_an_empty_float_wav_is_whole(tmp_path):
    write_wav_float(tmp_path / "a.wav", np.zeros(0, np.float32), 8000)
    assert read_audio(tmp_path / "a.wav").samples.shape == (0,)


@pytest.mark.parametrize("kind", ["wav", "flac"])
@pytest.mark.parametrize("bits", [16, 24])
def test_blocks_are_written_and_past_full_scale_clipped(kind, bits, tmp_path):
    samples = np.concatenate((noise(70_000, 2), [[1.5, -1.5], [0.5, -0.5]])).astype(np.float32)
    paths = [tmp_path / f"{name}.{kind}" for name in "ab"]
    for path in paths:
        with PcmWriter(path, kind, 44_100, 2, bits) as writer:
            for start in range(0, len(samples), 4096):
                writer.write(samples[start : start + 4096])
    assert paths[0].read_bytes() == paths[1].read_bytes()
    back, rate = soundfile.read(paths[0], dtype="float32")
    assert rate == 44_100
    assert back.shape == samples.shape
    assert np.abs(back[:70_000] - np.clip(samples[:70_000], -1, 1)).max() <= 2.0 ** (1 - bits)
    assert back[-2] == pytest.approx([1.0, -1.0], abs=1e-4)
    assert soundfile.info(paths[0]).subtype == f"PCM_{bits}"


@pytest.mark.parametrize("bits", [16, 24])
def test_wav_and_flac_hold_the_same_samples_rounded_to_the_nearest(bits, tmp_path):
    step = 2.0 ** (1 - bits)
    edges = np.array([0, 0.4, 0.6, -0.4, -0.6, 1.4, 1.5, -1.5, -1.6, 2.5, 100.49, -100.51]) * step
    full = np.array([1.0, -1.0, 1.5, -1.5, 1 - step, -1 + step, 0.5, -0.5])
    samples = np.concatenate((noise(50_000, 1)[:, 0], edges, full)).astype(np.float32)[:, None]
    found = []
    for kind in ("wav", "flac"):
        with PcmWriter(tmp_path / f"a.{kind}", kind, 44_100, 1, bits) as writer:
            writer.write(samples)
        found.append(soundfile.read(tmp_path / f"a.{kind}", dtype="int32")[0] >> (32 - bits))
    assert np.array_equal(found[0], found[1])
    wanted = np.clip(np.rint(samples[:, 0].astype(np.float64) / step), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    assert np.array_equal(found[0], wanted)


@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_a_file_that_cannot_be_made_is_a_publish_error(kind, tmp_path):
    with pytest.raises(PublishError, match="nowhere"):
        PcmWriter(tmp_path / "nowhere" / "x", kind, 44_100, 1)


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from voiceover.audio.files import PcmWriter
from voiceover.errors import PublishError

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
noise = np.random.default_rng(1).standard_normal((50_000, 1)).astype(np.float32)
try:
    with PcmWriter(Path(sys.argv[1]), sys.argv[2], 44_100, 1) as writer:
        for _ in range(20):
            writer.write(noise)
except PublishError as error:
    print(error)
"""


@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_a_full_disk_is_a_publish_error(kind, tmp_path):
    """A limit on the size of files stands in for the disk; writing past it fails in the same call."""
    path = tmp_path / f"x.{kind}"
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(path), kind], capture_output=True, text=True, check=True)
    assert done.stdout == f"{path}: cannot write the {kind.upper()}: the file would be larger than is allowed here\n"


# ---------------------------------------------------------------- resampling

RATES = [(22_050, 44_100), (24_000, 44_100), (22_050, 48_000), (44_100, 24_000), (48_000, 44_100), (8_000, 44_100)]


@pytest.mark.parametrize(("from_rate", "to_rate"), RATES)
def test_the_length_is_exact(from_rate, to_rate):
    for frames in (0, 1, 2, 3, 10, 101, 1001, 22_050, 33_333):
        length = resampled_frames(frames, from_rate, to_rate)
        assert abs(length - frames * to_rate / from_rate) <= 0.5
        assert resample(noise(frames), from_rate, to_rate).shape == (length if frames else 0,)
        assert resample(noise(frames, 2), from_rate, to_rate).shape == (length, 2)


@pytest.mark.parametrize(("from_rate", "to_rate"), RATES)
@pytest.mark.parametrize("block", [1, 137, 4096, 100_000])
def test_blocks_come_out_as_the_whole_does(from_rate, to_rate, block):
    samples = noise(3000 if block == 1 else 30_001, 2)
    whole = resample(samples, from_rate, to_rate)
    blocks = [samples[start : start + block] for start in range(0, len(samples), block)]
    out = list(resample_blocks(blocks, from_rate, to_rate, 2))
    assert all(len(part) and part.shape[1] == 2 and part.dtype == np.float32 for part in out)
    assert np.array_equal(np.concatenate(out), whole)


def test_a_tone_keeps_its_level_and_its_place():
    samples = tone(24_000, 1000, 24_000)
    out = resample(samples, 24_000, 44_100)
    wanted = tone(44_100, 1000, 44_100)
    assert np.abs(out - wanted)[1000:-1000].max() < 1e-3


def test_nothing_above_the_new_half_rate_is_left():
    out = resample(tone(44_100, 15_000, 44_100), 44_100, 22_050)
    assert np.abs(out[1000:-1000]).max() < 1e-4


def test_equal_rates_change_nothing():
    samples = noise(100, 1)
    assert np.array_equal(resample(samples, 8000, 8000), samples)
    resampler = Resampler(8000, 8000, 1)
    assert np.array_equal(resampler.process(samples), samples)
    assert resampler.finish().shape == (0, 1)


def test_nothing_in_is_nothing_out():
    assert list(resample_blocks([], 22_050, 44_100, 2)) == []
    assert Resampler(22_050, 44_100, 2).finish().shape == (0, 2)
