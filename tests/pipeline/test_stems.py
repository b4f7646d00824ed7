"""Stems: their sum is the mix, their names and project are an editor's, and they come and go with the other files of an episode."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import mutagen.wave
import numpy as np
import pytest
import rpp
import soundfile

from tests.conftest import Run
from tests.pipeline.sound_files import SHOW, tone, write_show
from voiceover import mix
from voiceover.errors import PublishError
from voiceover.pipeline.context import open_store
from voiceover.pipeline.episode import plan_episode
from voiceover.pipeline.job import Job
from voiceover.settings.layers import ACX
from voiceover.takes import adopt_recordings
from voiceover.types import Gaps, Settings

OUT = ("--engine", "draft", "-o", "out", "--format", "wav")
STEP = 1 / (1 << 23)
TALK = "---\ntitle: A talk\ncast: {Ann: ada, Bob: ben}\n---\n\n## One\n\nAnn: Hello.\n\n## Two\n\nBob: Hello again.\n"


def the_mix(script: Path, *, padded: bool = False) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Mix the takes that a render left in the store."""
    episode = plan_episode(Job(script, Settings(engine="draft")))
    store = open_store(None, None)
    takes = {**store.get_many(each.utterance.address for each in episode.planned), **adopt_recordings(episode.plan.recordings, store)}
    mixed = mix.mix_takes(episode.plan, takes, episode.checked.settings.gaps or Gaps(), episode.metadata.title)
    whole = mix.with_room_tone(mixed, ACX) if padded else mixed
    return np.concatenate(list(whole.blocks())).astype(np.float64)


def by_ffmpeg(program: str, path: Path, channels: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the samples of a file as ffmpeg decodes them, in steps of 24 bits."""
    command = [program, "-v", "error", "-i", path, "-f", "s32le", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, "<i4").reshape(-1, channels).astype(np.int64) >> 8


def test_they_sum_to_the_mix(tmp_path: Path, voiceover: Run, ffmpeg: str) -> None:
    text = SHOW.replace("sounds:", "gaps: {turn: 100}\nintro: {file: sting.wav, overlap: 300ms}\nstems: yes\nsounds:", 1)
    write_show(tmp_path, text=text.replace("Bob: ben", "Bob: {voice: ben, speed: 1.4, gain: -3dB}"))
    voiceover("render", "show.md", *OUT)
    folder = tmp_path / "out" / "show.draft.stems"
    names = ["ann", "bob", "guest", "sounds", "music"]
    paths = [folder / f"show.draft.{name}.wav" for name in names]
    assert {path.name for path in folder.iterdir()} == {*(path.name for path in paths), "show.draft.labels.txt", "show.draft.rpp"}
    whole = the_mix(tmp_path / "show.md")
    read = [soundfile.read(path, always_2d=True, dtype="float64") for path in paths]
    assert {rate for _, rate in read} == {44_100}
    assert {samples.shape for samples, _ in read} == {whole.shape}
    assert all(np.abs(samples).max() > 0.01 for samples, _ in read)
    assert np.abs(sum(samples for samples, _ in read) - whole).max() <= STEP
    assert {soundfile.info(path).subtype for path in paths} == {"PCM_24"}
    decoded = sum(by_ffmpeg(ffmpeg, path, 2) for path in paths)
    assert np.abs(decoded - np.rint(whole * (1 << 23))).max() <= 1
    # What does not sound is digital silence: the parts can be moved.
    made = json.loads((tmp_path / "out" / "show.draft.manifest.json").read_bytes())
    (guest,) = made["recordings"]
    heard = np.flatnonzero(read[2][0].any(axis=1)) / 44_100
    assert guest["start"] - 0.01 <= heard[0]
    assert heard[-1] <= guest["end"] + 0.01
    assert {f"show.draft.stems/{path.name}" for path in folder.iterdir()} < {file["name"] for file in made["files"]}
    tags = mutagen.wave.WAVE(paths[1]).tags  # a file alone says what it is
    assert tags["TIT2"].text == ["A show - Bob"]
    assert str(tags["COMM::eng"]).startswith("DRAFT, not for publication")


def test_editors_read_labels_and_project(tmp_path: Path, voiceover: Run) -> None:
    title = 'A "show" of \\`quotes\\` & it\'s'
    plain = title.replace("\\", "")
    text = (
        SHOW.replace("title: A show", f"title: {json.dumps(title)}")
        .replace("## Two", f"## {title}")
        .replace("Guest: cora", '"Öl 😀/..": cora')
    )
    text = text.replace("Guest:", "**Öl 😀/..:**").replace("Bob: Good", 'Bob: "Say `it\'s`," <TRACK >. Good')
    write_show(tmp_path, text=text)
    voiceover("render", "show.md", *OUT, "--stems")
    folder = tmp_path / "out" / "show.draft.stems"
    rows = [line.split("\t") for line in (folder / "show.draft.labels.txt").read_text("utf-8").splitlines()]
    assert all(re.fullmatch(r"\d+\.\d{3}", time) for start, end, _ in rows for time in (start, end))
    assert [words for start, end, words in rows if start == end] == ["Chapter: One", f"Chapter: {plain}", "Chapter: Three"]
    assert any(words == "Öl 😀/..: These are my own words." for _, _, words in rows)
    project = rpp.loads((folder / "show.draft.rpp").read_text("utf-8"))
    tracks = project.findall("TRACK")
    assert [track.find("NAME")[1] for track in tracks] == ["Ann", "Bob", "Öl 😀/..", "Sounds", "Music"]
    samples, rate = soundfile.read(folder / "show.draft.bob.wav", always_2d=True)
    played = np.zeros(len(samples), bool)
    for item in tracks[1].findall("ITEM"):
        start, length = (float(item.find(key)[1]) for key in ("POSITION", "LENGTH"))
        assert item.find("SOFFS")[1] == item.find("POSITION")[1]
        assert item.find("SOURCE").find("FILE")[1] == "show.draft.bob.wav"
        played[round(start * rate) : round((start + length) * rate)] = True
    assert len(tracks[1].findall("ITEM")) == 3
    assert not samples[~played].any()  # all that Bob says is in an item
    markers = [entry for entry in project if isinstance(entry, list) and entry[0] == "MARKER"]
    assert [marker[3] for marker in markers] == ["One", plain.replace("`", "'"), "Three"]


def test_they_come_and_go_with_the_episode(tmp_path: Path, voiceover: Run) -> None:
    (tmp_path / "show.md").write_text(TALK, "utf-8")
    voiceover("render", "show.md", *OUT, "--stems")
    folder = tmp_path / "out" / "show.draft.stems"
    assert "up to date" in voiceover("render", "show.md", *OUT, "--stems").stderr
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    voiceover("page", "show.md", *OUT)
    page = (tmp_path / "out" / "show.draft.html").read_text("utf-8")
    assert "show.draft.wav" in page
    assert ".stems" not in page
    (folder / "show.draft.ann.wav").write_bytes(b"")
    assert "0 takes recorded" in voiceover("render", "show.md", *OUT, "--stems").stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    (folder / "mine.wav").write_bytes(b"my own")
    voiceover("render", "show.md", *OUT)
    assert [path.name for path in folder.iterdir()] == ["mine.wav"]
    (folder / "mine.wav").unlink()
    voiceover("render", "show.md", *OUT, "--stems")
    voiceover("render", "show.md", *OUT, "--no-stems")
    assert not folder.exists()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder.symlink_to(elsewhere)
    assert "is not a folder; it is the place of the episode's stems" in voiceover("render", "show.md", *OUT, "--stems", check=1).stderr
    assert not list(elsewhere.iterdir())
    assert "up to date" in voiceover("render", "show.md", *OUT).stderr
    wrong = tmp_path / "wrong.md"
    wrong.write_text("---\nstems: mp3\ncast: {Ann: ada}\n---\n\nAnn: Hello there.\n", "utf-8")
    assert "wrong.md:2:8: stems must be one of wav, flac, none, true or false" in voiceover("render", "wrong.md", *OUT, check=2).stderr


def test_what_would_clip_is_lowered_alike(tmp_path: Path, voiceover: Run) -> None:
    write_show(tmp_path, text=SHOW.replace("Ann: ada", "Ann: {voice: ada, gain: 24dB}").replace("sounds:", "stems: flac\nsounds:", 1))
    told = voiceover("render", "show.md", *OUT).stderr
    found = re.search(r"the stems are (\d+\.\d) dB below the mix, so that none clips", told)
    assert found, told
    folder, gain = tmp_path / "out" / "show.draft.stems", 10 ** (float(found[1]) / -20)
    read = [soundfile.read(path, always_2d=True, dtype="float64")[0] for path in sorted(folder.glob("*.flac"))]
    whole = the_mix(tmp_path / "show.md")
    assert np.abs(whole).max() > 1.0
    assert 0.9 < max(np.abs(sum(read)).max(), *(np.abs(each).max() for each in read)) < 1.0  # type: ignore[arg-type]
    assert np.abs(sum(read) - whole * gain).max() <= STEP
    project = rpp.loads((folder / "show.draft.rpp").read_text("utf-8"))
    assert float(project.find("MASTER_VOLUME")[1]) == pytest.approx(1 / gain, rel=1e-6)


def test_speech_alone_with_room_tone_and_clashing_names(tmp_path: Path, voiceover: Run) -> None:
    lines = "".join(f"**{name}:** Hello there.\n\n" for name in ("Dr. Hill", "Dr Hill", "小明", "Sounds"))
    head = '---\nloudness: acx\ncast: {"Dr. Hill": ada, "Dr Hill": ben, "小明": {voice: cora, lang: en}, Sounds: ada}\n---\n\n'
    (tmp_path / "talk.md").write_text(f"{head}{lines}", "utf-8")
    voiceover("render", "talk.md", "--engine", "draft", "--stems", "-o", f"out/{'n' * 230}.wav")
    (folder,) = (tmp_path / "out").glob("*.stems")
    paths = sorted(folder.glob("*.wav"))
    assert len(paths) == 5
    assert all(len(os.fsencode(path.name)) <= 255 for path in paths)
    voiceover("render", "talk.md", *OUT, "--stems")
    folder = tmp_path / "out" / "talk.draft.stems"
    stems = ["dr_hill", "dr_hill_2", "speaker_3", "sounds", "room_tone"]
    assert {path.name for path in folder.glob("*.wav")} == {f"talk.draft.{name}.wav" for name in stems}
    read = [soundfile.read(folder / f"talk.draft.{name}.wav", always_2d=True, dtype="float64")[0] for name in stems]
    assert np.abs(sum(read) - the_mix(tmp_path / "talk.md", padded=True)).max() <= STEP
    assert read[-1].any()


@pytest.mark.slow
def test_a_batch_a_book_and_a_site(tmp_path: Path, voiceover: Run) -> None:
    content = tmp_path / "content"
    content.mkdir()
    (content / "show.md").write_text(TALK, "utf-8")
    (tmp_path / "voiceover.yaml").write_text("stems: true\nformat: wav\n", "utf-8")
    more = ("-o", "out", "--engine", "draft", "--allow-draft")
    voiceover("batch", "content", *more, "--index", "site.json")
    folder = tmp_path / "out" / "show.draft.stems"
    assert len(list(folder.glob("*.wav"))) == 2
    (page,) = json.loads((tmp_path / "site.json").read_bytes())["pages"].values()
    assert len(page["players"]) == 1
    assert not any("stems" in name for name in page["files"])
    assert "unchanged: 1" in voiceover("batch", "content", *more).stderr
    (folder / "show.draft.bob.wav").unlink()
    assert "show.draft.stems/show.draft.bob.wav is gone" in voiceover("batch", "content", *more, "--explain").stderr
    assert len(list(folder.glob("*.wav"))) == 2
    voiceover("bind", "out", "-o", "book.m4b", "--allow-draft")
    # Chapters have stems of their own; a batch that prunes takes them away with the rest.
    voiceover("batch", "content", *more, "--split", "chapters")
    chapters = tmp_path / "out" / "show.chapters"
    assert [path.name[:8] for path in sorted(chapters.glob("*.stems"))] == ["01_one.d", "02_two.d"]
    assert {path.name for path in (chapters / "02_two.draft.stems").iterdir()} == {
        f"02_two.draft.{end}" for end in ("ann.wav", "bob.wav", "labels.txt", "rpp")
    }
    (content / "show.md").rename(content / "other.md")
    (content / "other.md").write_text("---\ntitle: Other\nstems: no\n---\n\nHello.\n", "utf-8")
    voiceover("batch", "content", *more, "--prune")
    assert not list((tmp_path / "out").rglob("*show*"))
    assert not list((tmp_path / "out").rglob("*.stems"))


def test_memory_does_not_grow(tmp_path: Path) -> None:
    """A long tone in four stems is written in blocks."""
    import tracemalloc
    from dataclasses import dataclass

    from tests.publish.parts import metadata, small_timeline
    from voiceover.publish.stems import write_stems
    from voiceover.publish.tags import episode_tags
    from voiceover.types import Stem, Stems

    @dataclass(frozen=True)
    class Long:
        frames: int
        sample_rate: int = 24_000
        channels: int = 1

        def blocks(self) -> Any:
            block = tone(1.0)[:24_000, None]
            return (block for _ in range(self.frames // 24_000))

    def peak(seconds: int) -> int:
        folder = tmp_path / str(seconds)
        folder.mkdir()
        stream = Long(24_000 * seconds)
        stems = Stems(tuple(Stem(name, stream, ((0, stream.frames, "tone"),)) for name in "abcd"), stream, "flac")
        tracemalloc.start()
        write_stems(folder, "long", stems, episode_tags(metadata(), small_timeline(), None), None)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(2)
    assert peak(40) < peak(10) * 1.2
    long = Long(24_000 * 3600 * 17)
    stems = Stems((Stem("a", long, ((0, long.frames, "tone"),)),), long, "wav")
    with pytest.raises(PublishError, match=r"a WAV file holds 4 GiB, and these stems are longer; set `stems: flac`"):
        write_stems(tmp_path, "long", stems, episode_tags(metadata(), small_timeline(), None), None)
    assert not (tmp_path / "long.stems").exists()
