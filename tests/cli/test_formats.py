"""Audio formats through the command."""

from __future__ import annotations

import json
from pathlib import Path

import av
import mutagen
import mutagen.mp4
import pytest

from tests.conftest import Run
from tests.publish.media import no_media, only_ffmpeg
from voiceover.audio import ffmpeg_program

SCRIPT = "---\ntitle: The mice\ncast: {Ann: ada}\n---\n\n## One\n\nAnn: Good cheese.\n\n## Two\n\nAnn: Is worth a walk.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mice.md").write_text(SCRIPT)
    return tmp_path


def test_the_file_name_decides_the_format(voiceover: Run, folder: Path) -> None:
    voiceover("render", "mice.md", "-o", "out/book.m4b")
    tags = mutagen.mp4.MP4(folder / "out/book.draft.m4b")
    assert tags["©nam"] == ["The mice"]
    assert tags["stik"] == [2]
    assert [mark.title for mark in tags.chapters] == ["One", "Two"]
    assert "is up to date" in voiceover("render", "mice.md", "-o", "out/book.m4b").stderr


def test_several_formats_of_one_episode(voiceover: Run, folder: Path) -> None:
    done = voiceover("render", "mice.md", "--format", "m4a,opus", "--format", "flac", "--verify")
    assert {path.suffix for path in folder.glob("mice.draft.*")} >= {".m4a", ".opus", ".flac"}
    for suffix in (".m4a", ".opus", ".flac"):
        assert f"mice.draft{suffix}: decoded, " in done.stderr
    assert mutagen.File(folder / "mice.draft.opus")["chapter001name"] == ["Two"]


MARKUP = "<script>x</script> "
HOSTILE = MARKUP + "]]> \U0001f42d \u05d0\u05d1 城 =;\\ " + "long " * 1000


def test_titles_survive_in_every_format(voiceover: Run, folder: Path) -> None:
    title = HOSTILE.strip()
    segments = [{"chapter": title}, "Good cheese.", {"chapter": "Two"}, "A walk."]
    script = {
        "title": f"{title}\u202e\x07",
        "show": title,
        "format": "m4a, m4b, opus, flac",
        "cast": {"narrator": "ada"},
        "segments": segments,
    }
    (folder / "mice.yaml").write_text(json.dumps(script, ensure_ascii=False))
    (folder / "mice.md").unlink()
    voiceover("render", "mice.yaml")
    first = (folder / "mice.draft.m4a").read_bytes()
    for suffix in ("m4a", "m4b", "opus", "flac"):
        path = folder / f"mice.draft.{suffix}"
        tags = mutagen.File(path)
        shown = tags["©nam" if suffix.startswith("m4") else "title"][0]
        assert shown.replace("\u202e", "") == title
        with av.open(path) as container:
            assert [mark["metadata"]["title"] for mark in container.chapters()] == [title.removeprefix(MARKUP), "Two"]
    for path in folder.glob("mice.draft.*"):
        path.unlink()
    voiceover("render", "mice.yaml")
    assert (folder / "mice.draft.m4a").read_bytes() == first


def test_no_encoder_is_one_line_before_any_work(
    voiceover: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    no_media(monkeypatch, tmp_path_factory.mktemp("path") / "bin")
    for suffix in ("m4a", "m4b", "opus"):
        done = voiceover("render", "mice.md", "-o", f"out/book.{suffix}", check=2)
        label = suffix.upper() if suffix != "opus" else "Opus"
        what = f"{label} needs PyAV, or the program ffmpeg on the PATH"
        assert done.stderr.splitlines()[-1] == f"{what}; in the voiceover checkout, run: pip install '.[media]'"
    assert [path.name for path in (folder / "out").iterdir() if not path.name.startswith(".")] == []
    voiceover("render", "mice.md", "-o", "out/book.mp3")


def test_an_ffmpeg_without_an_encoder_is_one_line_before_any_work(
    voiceover: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("path") / "bin"
    no_media(monkeypatch, path)
    program = path / "ffmpeg"
    listed = "Encoders:\n A..... = Audio\n ------\n A....D aac                  AAC\n V....D libopusenc           a picture\n"
    program.write_text(f'#!/bin/sh\nprintf "{listed}"\n')
    program.chmod(0o755)
    done = voiceover("render", "mice.md", "-o", "out", "--format", "mp3,opus", check=2)
    assert "the ffmpeg on the PATH was built without libopus, which Opus needs; in the voiceover checkout, run:" in done.stderr
    assert "recorded" not in done.stderr
    program.write_text("#!/bin/nowhere\n")
    ffmpeg_program._encoders_of.cache_clear()
    assert "built without aac, which M4A needs" in voiceover("render", "mice.md", "--format", "m4a", check=2).stderr
    assert [path.name for path in folder.rglob("*") if path.suffix in (".mp3", ".opus", ".m4a")] == []


def test_bitrate_sample_rate_and_channels_as_flags(voiceover: Run, folder: Path) -> None:
    given = ("--bitrate", "128", "--sample-rate", "48 kHz", "--channels", "stereo")
    (folder / "mice.md").write_text(SCRIPT.replace("cast:", "bitrate: 64\nsounds: {}\ncast:"), "utf-8")
    voiceover("render", "mice.md", *given)
    info = mutagen.File(folder / "mice.draft.mp3").info
    assert (info.bitrate, info.sample_rate) == (128_000, 48_000)
    assert "Up to date" in voiceover("plan", "mice.md", *given).stdout
    for flag, text, told in (
        ("--bitrate", "100", "--bitrate: bitrate: MP3 has no 100 kbps; choose from 32, 40"),
        ("--bitrate", "fast", "--bitrate: bitrate must be a whole number from 16 to 320"),
        ("--sample-rate", "22050", '--sample-rate: sample_rate must be 44100 or 48000 Hz, not "22050"'),
        ("--channels", "5.1", '--channels: channels must be one of mono, stereo, not "5.1"'),
    ):
        assert told in voiceover("render", "mice.md", flag, text, check=2).stderr


def test_ffmpeg_on_the_path_is_enough(
    voiceover: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    only_ffmpeg(monkeypatch, tmp_path_factory.mktemp("path") / "bin")
    voiceover("render", "mice.md", "--format", "m4a,opus", "--verify")
    assert mutagen.File(folder / "mice.draft.m4a")["©nam"] == ["The mice"]
    assert mutagen.File(folder / "mice.draft.opus")["title"] == ["The mice"]
