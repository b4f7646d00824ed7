"""Headers of clips that are read without the package soundfile are those that it would read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from voiceover.audio.clip_header import AudioHeader, read_clip_header, sndfile_header
from voiceover.audio.files import open_audio
from voiceover.errors import InputError

SHIPPED = Path(__file__).parents[2] / "voices"
FORMATS = [
    ("FLAC", "PCM_16"),
    ("FLAC", "PCM_24"),
    ("WAV", "PCM_16"),
    ("WAV", "FLOAT"),
    ("WAV", "ULAW"),
    ("OGG", "VORBIS"),
    ("AIFF", "PCM_16"),
]


def written(folder: Path, form: str, subtype: str, rate: int = 24_000, channels: int = 1, frames: int = 4_801) -> Path:
    path = folder / f"clip \u00fc.{form.lower()}"
    samples = 0.1 * np.sin(np.arange(frames * channels).reshape(frames, channels) / 9)
    soundfile.write(path, samples, rate, subtype, format=form)
    return path


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*/plain.flac")), ids=lambda path: path.parent.name)
def test_shipped_clips(path: Path) -> None:
    stream = open_audio(path)
    assert sndfile_header(path) == read_clip_header(path) == AudioHeader(stream.sample_rate, stream.channels, stream.frames)


@pytest.mark.parametrize(("form", "subtype"), FORMATS)
@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (44_100, 2)])
def test_every_format(tmp_path: Path, form: str, subtype: str, rate: int, channels: int) -> None:
    assert sndfile_header(written(tmp_path, form, subtype, rate, channels)) == AudioHeader(rate, channels, 4_801)


@pytest.mark.parametrize("form", ["FLAC", "WAV"])
def test_what_libsndfile_refuses_is_refused_with_its_reason(tmp_path: Path, form: str) -> None:
    data = written(tmp_path, form, "PCM_16").read_bytes()
    path = tmp_path / f"damaged.{form.lower()}"
    for broken in (b"", data[:3], data[:20], data[:4] + bytes(99)):
        path.write_bytes(broken)
        assert sndfile_header(path) is None
        with pytest.raises(InputError, match="is not audio that can be read"):
            read_clip_header(path)


@pytest.mark.parametrize(
    ("name", "why"), [("gone.wav", "there is no such file"), ("folder", "is a folder"), ("a\0b", "there is no such file")]
)
def test_what_is_no_file(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=why):
        read_clip_header(tmp_path / name)


def test_many_files_leave_none_open(tmp_path: Path) -> None:
    path = written(tmp_path, "FLAC", "PCM_16", frames=480)
    before = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
    for _ in range(50):
        assert sndfile_header(path) is not None
    assert before == 0 or len(list(Path("/proc/self/fd").iterdir())) <= before + 1


def test_the_package_has_the_library_on_this_machine() -> None:
    if not list(Path(soundfile.__file__).parent.glob("_soundfile_data/libsndfile*")):
        pytest.skip("soundfile uses the system's libsndfile here")
    assert sndfile_header(SHIPPED / "ada" / "plain.flac") is not None
