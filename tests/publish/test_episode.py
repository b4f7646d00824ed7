"""A whole episode: its files, equal in length and level, equal byte for byte when made again."""

from __future__ import annotations

import hashlib
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mutagen.flac
import mutagen.wave
import numpy as np
import pytest
import soundfile

from tests.publish.killing import visible
from tests.publish.parts import RATE, Master, decode, ffmpeg_chapters, manifest_input, metadata, small_timeline, tone, true_master
from tests.publish.test_id3 import png
from voiceover.audio.formats import FORMATS
from voiceover.errors import InputError, OutputError, PublishError
from voiceover.publish import (
    check_output,
    headroom_db,
    intact_episode,
    publish_episode,
    read_manifest,
    verify_episode,
)
from voiceover.types import Encoding, Episode, FloatArray, Progress, Stem, Stems

ALL = {
    f"town.{suffix}"
    for suffix in (*FORMATS, "vtt", "srt", "txt", "credits.txt", "chapters.json", "transcript.json", "transcript.html", "manifest.json")
}


def publish(
    folder: Path,
    formats: tuple[str, ...] = tuple(FORMATS),
    words: str = "Good cheese",
    channels: int = 1,
    state: Path | None = None,
    stems: bool = False,
    **about: object,
) -> Episode:
    line = small_timeline(words)
    given, master, named = manifest_input(line), true_master(tone(2.0, channels)), metadata(**about)  # type: ignore[arg-type]
    tracks = Stems((Stem("Town", master, ((0, master.frames, words),)),), master, "flac") if stems else None
    return publish_episode(master, line, named, formats, folder, "town", given, state=state, stems=tracks)


def test_the_files_and_what_is_said_of_them(tmp_path: Path) -> None:
    episode = publish(tmp_path / "new" / "out")
    folder = tmp_path / "new" / "out"
    assert set(visible(folder)) == ALL
    assert [file.path.name for file in episode.files[: len(FORMATS)]] == [f"town.{name}" for name in FORMATS]
    assert episode.files[-1].path == folder / "town.manifest.json"
    for file in episode.files:
        data = file.path.read_bytes()
        assert (file.bytes, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    manifest = read_manifest(episode.files[-1].path)
    assert manifest is not None
    assert [(file.name, file.bytes, file.sha256) for file in manifest.files] == [
        (f.path.name, f.bytes, f.sha256) for f in episode.files[:-1]
    ]
    assert intact_episode(manifest, folder, "town") == episode
    (folder / "town.srt").write_text("mine")
    assert intact_episode(manifest, folder, "town") is None
    (folder / "town.srt").unlink()
    assert intact_episode(manifest, folder, "town") is None


@pytest.mark.parametrize("channels", [1, 2])
def test_all_formats_hold_the_same_audio(tmp_path: Path, channels: int) -> None:
    episode = publish(tmp_path, channels=channels)
    source = tone(2.0, channels)
    for name in ("wav", "flac"):
        samples, rate = soundfile.read(tmp_path / f"town.{name}", always_2d=True)
        assert rate == RATE
        np.testing.assert_allclose(samples, source, atol=2**-22)
        assert soundfile.info(tmp_path / f"town.{name}").subtype == "PCM_24"
    assert decode(tmp_path / "town.mp3", channels).shape == (2 * 44100, channels)
    heard = {path.suffix: loudness.integrated_lufs for path, loudness in verify_episode(episode)}
    assert set(heard) == {kind.suffix for kind in FORMATS.values()}
    assert max(heard.values()) - min(heard.values()) < 0.02


def test_two_episodes_of_the_same_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        publish(tmp_path / name)
    assert visible(tmp_path / "a") == visible(tmp_path / "b")


def test_tags_of_the_lossless_files(tmp_path: Path) -> None:
    picture = tmp_path / "cover.png"
    picture.write_bytes(png())
    publish(tmp_path, title="Käse 城", show="Fable Hour", date="2026-11-20", season=1, episode=3, cover=picture, description="Mice.")
    flac = mutagen.flac.FLAC(tmp_path / "town.flac")
    assert {key: flac[key][0] for key in ("title", "album", "date", "tracknumber", "chapter001", "chapter001name", "ai_generated")} == {
        "title": "Käse 城",
        "album": "Fable Hour",
        "date": "2026-11-20",
        "tracknumber": "3",
        "chapter001": "00:00:01.000",
        "chapter001name": "The town",
        "ai_generated": "true",
    }
    assert flac.pictures[0].data == picture.read_bytes()
    assert (
        ffmpeg_chapters(tmp_path / "town.mp3")
        == ffmpeg_chapters(tmp_path / "town.flac")
        == ffmpeg_chapters(tmp_path / "town.wav")
        == [(0, 1000, "The country"), (1000, 2000, "The town")]
    )
    with soundfile.SoundFile(tmp_path / "town.wav") as wav:
        assert (wav.title, wav.album, wav.date) == ("Käse 城", "Fable Hour", "2026-11-20")
        assert wav.comment.startswith("Mice.")
    tags = mutagen.wave.WAVE(tmp_path / "town.wav").tags
    assert [str(tags[name]) for name in ("TIT2", "TPOS", "TRCK", "TLAN")] == ["Käse 城", "1", "3", "eng"]
    assert tags.getall("APIC")[0].data == picture.read_bytes()


def test_cue_points_of_a_wav_lie_where_the_chapters_begin(tmp_path: Path) -> None:
    publish(tmp_path, ("wav",))
    data = (tmp_path / "town.wav").read_bytes()
    place = data.index(b"cue ")
    size, count = struct.unpack_from("<II", data, place + 4)
    points = [struct.unpack_from("<II4sIII", data, place + 12 + 24 * number) for number in range(count)]
    assert (size, points) == (52, [(1, 0, b"data", 0, 0, 0), (2, RATE, b"data", 0, 0, RATE)])
    assert b"labl\x10\x00\x00\x00\x01\x00\x00\x00The country\0labl\x0d\x00\x00\x00\x02\x00\x00\x00The town\0" in data


def test_headroom() -> None:
    def needed(*formats: str, **bitrates: int) -> float:
        return headroom_db(formats, Encoding(bitrates))

    assert needed("wav", "flac") == 0.0
    assert needed("flac", "mp3") == 1.0
    assert needed("mp3", mp3=96) == 1.0
    assert needed("mp3", mp3=64) == 1.5


def test_a_wav_with_an_odd_number_of_bytes(tmp_path: Path) -> None:
    line = small_timeline()
    publish_episode(Master(tone(2.0)[:-1]), line, metadata(), ["wav"], tmp_path, "town", manifest_input(line))
    with soundfile.SoundFile(tmp_path / "town.wav") as wav:
        assert (wav.frames, wav.title) == (2 * RATE - 1, "The Town Mouse")
    size = (tmp_path / "town.wav").stat().st_size
    assert int.from_bytes((tmp_path / "town.wav").read_bytes()[4:8], "little") == size - 8


def test_the_master_is_read_once_and_progress_told(tmp_path: Path) -> None:
    passes = 0

    class Counting(Master):
        def blocks(self) -> Iterator[FloatArray]:
            nonlocal passes
            passes += 1
            yield from super().blocks()

    told: list[Progress] = []
    line = small_timeline()
    truth = true_master(tone(2.0)).report
    publish_episode(
        Counting(tone(2.0), report=truth), line, metadata(), tuple(FORMATS), tmp_path, "town", manifest_input(line), told.append
    )
    assert passes == 1
    assert [step.done for step in told] == sorted(step.done for step in told)
    assert {(step.stage, step.total) for step in told} == {("publish", 2.0)}
    assert told[-1].done == 2.0


def test_files_of_formats_no_longer_asked_for_go_unless_changed(tmp_path: Path) -> None:
    publish(tmp_path)
    (tmp_path / "town.flac").write_bytes(b"a person's own edit")
    (tmp_path / "town.aac").write_bytes(b"not ours")
    publish(tmp_path, ("mp3",), "New cheese")
    assert set(visible(tmp_path)) == ALL - {"town.wav", "town.m4a", "town.m4b", "town.opus"} | {"town.aac"}
    assert (tmp_path / "town.flac").read_bytes() == b"a person's own edit"
    assert b"New cheese" in (tmp_path / "town.txt").read_bytes()


def test_another_episode_in_the_same_folder_is_left_alone(tmp_path: Path) -> None:
    publish(tmp_path)
    before = visible(tmp_path)
    line = small_timeline("Other")
    publish_episode(Master(tone(2.0)), line, metadata(), ["wav"], tmp_path, "town.draft", manifest_input(line))
    assert {name: data for name, data in visible(tmp_path).items() if ".draft." not in name} == before


@dataclass(frozen=True)
class Failing(Master):
    """A master that breaks on the way, or ends too early."""

    error: BaseException | None = None

    def blocks(self) -> Iterator[FloatArray]:
        for number, block in enumerate(super().blocks()):
            if number == 3:
                if self.error is not None:
                    raise self.error
                return
            yield block


@pytest.mark.parametrize(
    ("error", "raised"), [(ValueError("broken"), ValueError), (KeyboardInterrupt(), KeyboardInterrupt), (None, PublishError)]
)
def test_a_master_that_fails_leaves_the_last_episode(tmp_path: Path, error: BaseException | None, raised: type[BaseException]) -> None:
    publish(tmp_path)
    before = visible(tmp_path)
    line = small_timeline("Never")
    with pytest.raises(raised):
        publish_episode(Failing(tone(2.0), error=error), line, metadata(), tuple(FORMATS), tmp_path, "town", manifest_input(line))
    assert visible(tmp_path) == before


LIMITED = """
import resource, signal, sys
from pathlib import Path
from tests.publish.test_episode import publish
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
publish(Path(sys.argv[1]), tuple(sys.argv[3:]), "Never")
"""


@pytest.mark.parametrize(
    ("limit", "formats"),
    [(20_000, "mp3"), (100_000, "wav"), (40_000, "flac"), (1_000, "mp3"), (144_000, "wav"), (9_000, "m4a"), (9_000, "opus")],
)
def test_a_full_disk_leaves_the_last_episode(tmp_path: Path, limit: int, formats: str) -> None:
    publish(tmp_path)
    before = visible(tmp_path)
    root = Path(__file__).parents[2]
    command = [sys.executable, "-W", "ignore", "-c", LIMITED, str(tmp_path), str(limit), formats]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "voiceover.errors.PublishError: " in done.stderr
    assert f"cannot write the {FORMATS[formats].label}: the file would be larger than is allowed here" in done.stderr
    assert "Exception ignored" not in done.stderr
    assert visible(tmp_path) == before


def test_refused_before_any_work(tmp_path: Path) -> None:
    class Untouched(Master):
        def blocks(self) -> Iterator[FloatArray]:
            raise AssertionError("work was begun")

    line = small_timeline()
    for formats, about, words in (
        (["ogg"], metadata(), "unknown audio format 'ogg'"),
        ([], metadata(), "no audio format"),
        (["mp3"], metadata(cover=tmp_path / "none.png"), "none.png"),
        (["mp3"], metadata(cover=Path(__file__), cover_sha256="0" * 64), "has changed"),
    ):
        with pytest.raises(InputError, match=words):
            publish_episode(Untouched(tone(1.0)), line, about, formats, tmp_path / "out", "town", manifest_input(line))
    with pytest.raises(InputError, match="100 kbps"):
        publish_episode(
            Untouched(tone(1.0)), line, metadata(), ["mp3"], tmp_path / "out", "town", manifest_input(line), encoding=Encoding({"mp3": 100})
        )
    assert not (tmp_path / "out").exists()


def test_an_output_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file"):
        check_output(tmp_path / "file")
    with pytest.raises(OutputError, match="under"):
        check_output(tmp_path / "file" / "under")
    with pytest.raises(OutputError, match="name of an episode"):
        check_output(tmp_path, "x" * 250)
    for name in ("a/b", ".."):
        with pytest.raises(OutputError, match="name of an episode"):
            check_output(tmp_path, name)
    if Path("/proc/self").is_dir():
        # No user may make a file there, root included.
        with pytest.raises(OutputError, match="/proc/self"):
            check_output(Path("/proc/self"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError):
            check_output(tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_in_the_way_of_a_file(tmp_path: Path) -> None:
    publish(tmp_path, ("mp3",))
    (tmp_path / "town.wav").mkdir()
    before = (tmp_path / "town.mp3").read_bytes()
    with pytest.raises(PublishError, match=r"town\.wav"):
        publish(tmp_path, ("mp3", "wav"), title="Other")
    assert (tmp_path / "town.mp3").read_bytes() == before
    assert not (tmp_path / ".town.voiceover").exists()


def test_the_stated_bit_rate_is_the_files(tmp_path: Path) -> None:
    line = small_timeline()
    publish_episode(Master(tone(2.0)), line, metadata(), ["mp3"], tmp_path, "town", manifest_input(line), encoding=Encoding({"mp3": 64}))
    assert mutagen.File(tmp_path / "town.mp3").info.bitrate == pytest.approx(64_000, rel=1e-3)
