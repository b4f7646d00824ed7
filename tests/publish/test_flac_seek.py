"""The seek table of a FLAC file, read by mutagen, used by ffmpeg and compared with metaflac's own where that is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import mutagen.flac
import numpy as np
import pytest
import soundfile

from tests.publish.parts import RATE, Master, ffmpeg, manifest_input, metadata, placed, timeline, utterance
from voiceover.publish import publish_episode
from voiceover.publish.flac_seek import seek_table
from voiceover.types import FloatArray


def noise(seconds: float) -> FloatArray:
    """Noise with silence in it, so that frames differ much in size."""
    samples = (0.3 * np.random.default_rng(3).standard_normal((round(seconds * RATE), 1))).astype(np.float32)
    samples[len(samples) // 3 : len(samples) // 2] = 0
    return np.clip(samples, -0.99, 0.99)


def make(folder: Path, samples: FloatArray) -> Path:
    line = timeline(len(samples) / RATE, [placed(utterance("A walk."), 0.1, 0.5)], [("One", 0.0)])
    publish_episode(Master(samples), line, metadata("Käse"), ["flac"], folder, "walk", manifest_input(line))
    return folder / "walk.flac"


def audio_start(path: Path) -> int:
    """Byte position behind the metadata."""
    data, at, last = path.read_bytes(), 4, False
    while not last:
        last = bool(data[at] & 0x80)
        at += 4 + int.from_bytes(data[at + 1 : at + 4], "big")
    return at


def points(path: Path) -> list[tuple[int, int, int]]:
    table = mutagen.flac.FLAC(path).seektable
    return [tuple(point) for point in table.seekpoints] if table else []


def test_a_point_every_ten_seconds_and_seeking_is_exact(tmp_path: Path) -> None:
    samples = noise(65.3)
    path = make(tmp_path, samples)
    found = points(path)
    assert len(found) == 7
    for number, (first, _, length) in enumerate(found):
        assert first <= number * 10 * RATE < first + length
    for at in (0.0, 10.0, 33.337, 59.99, 64.0):
        raw = ffmpeg("-v", "error", "-ss", f"{at}", "-i", path, "-t", "0.2", "-f", "f32le", "-")
        heard = np.frombuffer(raw, "<f4")
        wanted = samples[round(at * RATE) :, 0][: len(heard)]
        assert len(heard) >= 0.19 * RATE
        np.testing.assert_allclose(heard, wanted, atol=2**-22)


@pytest.mark.skipif(shutil.which("metaflac") is None, reason="metaflac is not installed")
def test_metaflac_makes_the_same_table(tmp_path: Path) -> None:
    path = make(tmp_path, noise(45.0))
    mine = points(path)
    subprocess.run(["metaflac", "--remove", "--block-type=SEEKTABLE", "--dont-use-padding", path], check=True)
    assert points(path) == []
    subprocess.run(["metaflac", "--add-seekpoint=10s", path], check=True)
    assert points(path) == mine
    assert len(mine) == 5


@pytest.mark.parametrize("frames", [1, 4095, 4096, 4097, 240_001])
def test_lengths_around_a_frame(tmp_path: Path, frames: int) -> None:
    samples = noise(10.1)[:frames]
    path = tmp_path / "plain.flac"
    soundfile.write(path, samples, RATE, "PCM_24")
    table = seek_table(path, audio_start(path), RATE, frames)
    assert len(table) == 18 * (1 + (frames > 240_000))


def test_no_table_where_frames_are_missing(tmp_path: Path) -> None:
    path = make(tmp_path, noise(25.0))
    start, data = audio_start(path), path.read_bytes()
    assert seek_table(path, start, RATE, 25 * RATE)
    assert seek_table(path, start, RATE, 25 * RATE + 1) == b""
    assert seek_table(path, start + 1, RATE, 25 * RATE) == b""
    path.write_bytes(data[: len(data) // 2])
    assert seek_table(path, start, RATE, 25 * RATE) == b""
    damaged = bytearray(data)
    damaged[start + 4] ^= 0x01  # the number of the first frame
    path.write_bytes(damaged)
    assert seek_table(path, start, RATE, 25 * RATE) == b""
