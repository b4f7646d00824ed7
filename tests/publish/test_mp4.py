"""M4A and M4B, read back by PyAV, ffmpeg and mutagen."""

from __future__ import annotations

import base64
import json
import shutil
import struct
import subprocess
from pathlib import Path

import av
import mutagen.flac
import mutagen.mp4
import mutagen.oggopus
import numpy as np
import pytest
import soundfile
from pymediainfo import MediaInfo

from tests.publish.media import only_ffmpeg
from tests.publish.parts import (
    Master,
    decode,
    ffmpeg_chapters,
    manifest_input,
    metadata,
    placed,
    small_timeline,
    timeline,
    tone,
    true_master,
    utterance,
)
from tests.publish.test_id3 import png
from voiceover.errors import PublishError
from voiceover.publish import publish_episode, read_manifest
from voiceover.publish.containers import mp4
from voiceover.publish.decoded import open_decoded
from voiceover.publish.encode import encode_files
from voiceover.publish.tags import episode_tags
from voiceover.types import Encoding, FloatArray, Metadata, Timeline


def written(
    path: Path, samples: FloatArray, about: Metadata | None = None, line: Timeline | None = None, encoding: Encoding | None = None
) -> Path:
    """The file that ``samples`` at 24 kHz become."""
    tags = episode_tags(about or metadata(), line or timeline(len(samples) / 24000, [], []), None)
    encode_files(Master(samples), tags, {path.suffix[1:]: path}, encoding or Encoding(), lambda frames: None)
    return path


def top_atoms(path: Path) -> list[tuple[str, int, int]]:
    """Name, position and size of each atom of the file."""
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
        found.append((name.decode(), at, size))
        at += size
    assert at == len(data)
    return found


@pytest.mark.parametrize("source", ["PyAV", "ffmpeg"])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("suffix", [".m4a", ".m4b", ".opus"])
def test_decodes_to_the_length_place_and_level_of_the_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, channels: int, source: str
) -> None:
    if source == "ffmpeg":
        only_ffmpeg(monkeypatch, tmp_path / "bin")
    samples = np.zeros((24001, channels), np.float32)
    samples[6000:6024] = 0.8
    samples[12000:] = tone(0.5, channels)[:1].repeat(12001, 0) + 0.25 * np.sin(np.arange(12001) / 4, dtype=np.float32)[:, None]
    path = written(tmp_path / f"a{suffix}", samples)
    stream = open_decoded(path)
    ours = np.concatenate(list(stream.blocks()))
    rate = {".opus": 48000}.get(suffix, 44100)
    frames = round(24001 * rate / 24000)
    assert (stream.sample_rate, stream.channels, stream.frames) == (rate, channels, frames)
    theirs = decode(path, channels)
    assert ours.shape == theirs.shape == (frames, channels)
    np.testing.assert_allclose(ours, theirs, atol=1e-3)
    heard = np.abs(ours[: frames // 2, 0])
    assert int(np.argmax(heard)) / rate == pytest.approx(6012 / 24000, abs=0.001)
    level = np.sqrt(np.mean(ours[round(0.6 * rate) : round(0.9 * rate), 0] ** 2))
    assert level == pytest.approx(0.25 / 2**0.5, rel=0.01)


@pytest.mark.parametrize("suffix", [".m4a", ".opus"])
def test_pyav_and_ffmpeg_make_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    samples = tone(1.5) + 0.1 * np.random.default_rng(1).standard_normal((36000, 1), np.float32)
    ours = written(tmp_path / f"pyav{suffix}", samples).read_bytes()
    only_ffmpeg(monkeypatch, tmp_path / "bin")
    theirs = written(tmp_path / f"program{suffix}", samples).read_bytes()
    assert len(ours) == pytest.approx(len(theirs), rel=0.02)
    # Another version of FFmpeg may choose other bits, but names itself nowhere.
    assert b"Lavc" not in ours + theirs
    assert b"Lavf" not in ours + theirs


def test_the_tags(tmp_path: Path) -> None:
    picture = tmp_path / "cover.png"
    picture.write_bytes(png())
    about = metadata(
        "Käse 城 🧀",
        show="Fable Hour",
        author="Ann",
        date="2026-11-20",
        season=1,
        episode=3,
        description="Mice.",
        cover=picture,
        language="de",
    )
    line = small_timeline()
    publish_episode(true_master(tone(2.0)), line, about, ["m4a", "m4b"], tmp_path, "town", manifest_input(line))
    for name, kind, brand in (("town.m4a", None, "M4A "), ("town.m4b", [2], "M4B ")):
        tags = mutagen.mp4.MP4(tmp_path / name)
        assert tags.get("stik") == kind
        texts = {key: tags[key][0] for key in ("©nam", "©alb", "©ART", "aART", "©day", "©too", "trkn", "disk")}
        software = texts.pop("©too")
        assert software.startswith("voiceover ")
        assert texts == {
            "©nam": "Käse 城 🧀",
            "©alb": "Fable Hour",
            "©ART": "Ann",
            "aART": "Ann",
            "©day": "2026-11-20",
            "trkn": (3, 0),
            "disk": (1, 0),
        }
        assert tags["©cmt"] == tags["ldes"] == ["Mice.\n\nThe voices in this recording are synthetic (f5-base)."]
        own = {key.removeprefix("----:com.apple.iTunes:"): bytes(tags[key][0]).decode() for key in tags if key.startswith("----")}
        assert own.pop("iTunSMPB").split()[:4] == ["00000000", "00000400", "00000378", "0000000000015888"]
        assert own == {
            "AI_GENERATED": "true",
            "AI_MODEL": "f5-base",
            "LANGUAGE": "de",
            "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        }
        assert tags["covr"] == [picture.read_bytes()]
        assert tags["covr"][0].imageformat == mutagen.mp4.MP4Cover.FORMAT_PNG
        assert (tags.info.sample_rate, tags.info.channels, tags.info.codec) == (44100, 1, "mp4a.40.2")
        with av.open(tmp_path / name) as container:
            assert container.metadata["major_brand"] == brand
            assert container.metadata["title"] == "Käse 城 🧀"
            assert container.streams.audio[0].language == "deu"
            assert "creation_time" not in container.metadata


def test_a_large_cover_in_an_opus_file(tmp_path: Path) -> None:
    picture = tmp_path / "cover.png"
    picture.write_bytes(png(900, 700) + bytes(900_000) + png()[-12:])  # its comment fills dozens of pages
    line = small_timeline()
    publish_episode(true_master(tone(2.0)), line, metadata(cover=picture), ["opus"], tmp_path, "town", manifest_input(line))
    tags = mutagen.oggopus.OggOpus(tmp_path / "town.opus")
    block = mutagen.flac.Picture(base64.b64decode(tags["metadata_block_picture"][0]))
    assert (block.type, block.mime, block.width, block.height, block.data) == (3, "image/png", 900, 700, picture.read_bytes())
    assert decode(tmp_path / "town.opus", 1).shape == (96000, 1)
    assert soundfile.info(tmp_path / "town.opus").frames == 96000  # libogg checks the sum of each page


@pytest.mark.skipif(shutil.which("mediainfo") is None, reason="MediaInfo is not installed")
@pytest.mark.parametrize("suffix", [".m4a", ".m4b", ".opus"])
def test_mediainfo_reads_titles_and_chapters(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path / f"a{suffix}", tone(2.0), metadata("Mäuse 🐭", show="Fabeln"), small_timeline())
    told = json.loads(subprocess.run(["mediainfo", "--Output=JSON", path], capture_output=True, check=True).stdout)["media"]["track"]
    general, menus = told[0], [track["extra"] for track in told if track["@type"] == "Menu" and "extra" in track]
    assert (general["Title"], general["Album"]) == ("Mäuse 🐭", "Fabeln")
    assert menus
    for menu in menus:
        assert list(menu.values()) == ["The country", "The town"]


def test_the_movie_comes_first(tmp_path: Path) -> None:
    path = written(tmp_path / "a.m4a", tone(20.0), line=small_timeline())
    assert [name for name, _, _ in top_atoms(path)] == ["ftyp", "moov", "free", "mdat"]
    free = next(size for name, _, size in top_atoms(path) if name == "free")
    assert free < 1000  # the room for the movie is about what it needs


@pytest.mark.parametrize("count", [1, 2, 255, 256, 500])
@pytest.mark.parametrize("suffix", [".m4b", ".opus", ".flac", ".mp3"])
def test_chapters(tmp_path: Path, suffix: str, count: int) -> None:
    marks = [(f"Chapter {number} 🐭", number / 100) for number in range(count)]
    line = timeline(6.0, [placed(utterance("La"), 0.1, 0.8)], marks)
    path = written(tmp_path / f"a{suffix}", tone(6.0), line=line)
    expected = [(round(10 * number), f"Chapter {number} 🐭") for number in range(count)]
    with av.open(path) as container:
        found = [(round(1000 * mark["start"] * mark["time_base"]), mark["metadata"]["title"]) for mark in container.chapters()]
    assert found == expected
    assert [(start, title) for start, _, title in ffmpeg_chapters(path)] == expected
    if suffix == ".m4b":
        listed = mutagen.mp4.MP4(path).chapters
        assert [(round(1000 * mark.start), mark.title) for mark in listed] == expected[:255]


@pytest.mark.parametrize(
    ("start", "opening", "expected"),
    [
        (12.5, "The mice", [(0, "The mice"), (12_500, "One"), (14_000, "Two")]),
        (9.9, "The mice", [(0, "One"), (14_000, "Two")]),
        (12.5, "", [(0, "One"), (14_000, "Two")]),
        (0.0, "The mice", [(0, "One"), (14_000, "Two")]),
    ],
)
def test_chapters_begin_at_0_wherever_a_player_looks(tmp_path: Path, start: float, opening: str, expected: list[tuple[int, str]]) -> None:
    line = timeline(15.0, [placed(utterance("La"), 0.1, 0.8)], [("One", start), ("Two", 14.0)], opening=opening)
    names = ("m4b", "opus", "mp3", "flac", "wav")
    publish_episode(true_master(tone(15.0)), line, metadata(), names, tmp_path, "town", manifest_input(line))
    for name in names:
        assert [(start, title) for start, _, title in ffmpeg_chapters(tmp_path / f"town.{name}")] == expected
    rows = json.loads((tmp_path / "town.chapters.json").read_text())["chapters"]
    assert [(round(1000 * row["startTime"]), row["title"]) for row in rows] == expected
    manifest = read_manifest(tmp_path / "town.manifest.json")
    assert manifest is not None
    assert [(round(1000 * chapter.start_seconds), chapter.title) for chapter in manifest.chapters] == expected


def test_long_titles_and_what_is_not_text(tmp_path: Path) -> None:
    title = "\u202e<b>🐭</b>\u200f]]>" * 400
    about = metadata(title + "\x00\x07", show=title, author=title, description=title)
    line = timeline(2.0, [placed(utterance("La"), 0.1, 0.8)], [(title + "\x1b", 0.0), ("🐭" * 20_000, 1.0)])
    for suffix in (".m4a", ".opus"):
        path = written(tmp_path / f"a{suffix}", tone(2.0), about, line)
        tags = mutagen.File(path)
        assert (tags["©nam"] if suffix == ".m4a" else tags["title"]) == [title]
        with av.open(path) as container:
            titles = [mark["metadata"]["title"] for mark in container.chapters()]
        assert titles[0] == title
        # A text of QuickTime has 65,535 bytes; no character is cut in two.
        assert titles[1] == "🐭" * (0xFFFF // 4 if suffix == ".m4a" else 20_000)
    assert max(len(mark.title) for mark in mutagen.mp4.MP4(tmp_path / "a.m4a").chapters) <= 255


def test_more_than_four_gigabytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Positions in 64 bits: the boundary is lowered, since nothing here is as long."""
    from voiceover.publish.containers import mp4_movie

    monkeypatch.setattr(mp4_movie, "_LONG", 1000)
    path = written(tmp_path / "a.m4b", tone(2.0), line=small_timeline())
    data = path.read_bytes()
    assert b"co64" in data
    assert b"stco" not in data
    assert decode(path, 1).shape == (88200, 1)
    assert [title for _, _, title in ffmpeg_chapters(path)] == ["The country", "The town"]
    assert mutagen.mp4.MP4(path).info.length == pytest.approx(2.0, abs=0.03)


def test_an_encoder_with_more_packets_than_there_is_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mp4, "_SPARE_PACKETS", -20)
    with pytest.raises(PublishError, match="more packets"):
        written(tmp_path / "a.m4a", tone(2.0))


def test_nothing_to_encode_is_an_error(tmp_path: Path) -> None:
    for suffix in (".m4a", ".opus"):
        with pytest.raises(PublishError, match="without any samples"):
            written(tmp_path / f"a{suffix}", np.zeros((0, 1), np.float32))


@pytest.mark.parametrize(("suffix", "bitrate"), [(".m4a", 32), (".m4a", 256), (".opus", 16), (".opus", 256)])
def test_the_bitrate_is_about_what_was_asked_for(tmp_path: Path, suffix: str, bitrate: int) -> None:
    noise = 0.2 * np.random.default_rng(1).standard_normal((10 * 24000, 1), np.float32)
    path = written(tmp_path / f"a{suffix}", noise, encoding=Encoding({suffix[1:]: bitrate}))
    assert path.stat().st_size * 8 / 10_000 == pytest.approx(bitrate, rel=0.25)


def test_an_ffmpeg_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_ffmpeg(monkeypatch, tmp_path / "bin")
    (tmp_path / "bin" / "ffmpeg").unlink()
    (tmp_path / "bin" / "ffmpeg").write_text("#!/bin/sh\necho \"Unknown encoder 'aac'\" >&2\nexit 1\n")
    (tmp_path / "bin" / "ffmpeg").chmod(0o755)
    with pytest.raises(PublishError, match="ffmpeg cannot encode AAC: Unknown encoder 'aac'"):
        written(tmp_path / "a.m4a", tone(3.0))


@pytest.mark.parametrize("suffix", ["m4a", "m4b"])
def test_chapters_and_tags_are_read_by_mediainfo(tmp_path: Path, suffix: str) -> None:
    chapters = [("Käse <1> 🎙", 0.0), ("Second", 1.25)]
    line = timeline(2.0, [], chapters)
    path = written(tmp_path / f"a.{suffix}", tone(2.0), metadata("The town", author="Ann"), line)
    told = MediaInfo.parse(path)
    assert (told.general_tracks[0].title, told.general_tracks[0].performer) == ("The town", "Ann")
    (audio,) = told.audio_tracks
    assert (audio.format, audio.duration, audio.language) == ("AAC", pytest.approx(2000, abs=30), "en")
    for menu in told.menu_tracks:
        rows = {name: text for name, text in menu.to_data().items() if name.startswith("00_00_")}
        assert rows == {"00_00_00000": "Käse <1> 🎙", "00_00_01250": "Second"}
    assert told.menu_tracks
