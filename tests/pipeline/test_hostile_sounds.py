"""Sounds, music and recordings that cannot be played, or that were made to harm: one clear line with its place, and nothing is made."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile

from tests.command_parts import run
from tests.conftest import Run
from tests.pipeline.sound_files import RATE, noise, tone
from tests.voices.hostile_clips import CLIPS, measured, silent, wav_header
from voiceover.audio import streaming

MOST_BYTES = 400_000_000
CAST = "cast: {Ann: ada, Bob: ben}\n"
WITH_GUEST = "cast: {Ann: ada, Bob: ben, Guest: cora}\n"
TALK = "Ann: Hello there, my friend.\n\nBob: Good morning to you.\n"


def five_channels(path: Path) -> None:
    soundfile.write(path, noise(1.5, 5), RATE)


def ten_gigabytes(path: Path) -> None:
    """A header that promises ten gigabytes of samples, with two seconds behind it."""
    wav_header(path, RATE, 1, 10_000_000_000, data=(tone(2.0) * 32_000).astype("<i2").tobytes())


def cut_flac(path: Path) -> None:
    """A FLAC file of three seconds that was cut in the middle."""
    soundfile.write(path, noise(3.0), RATE)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def days_of_flac(path: Path) -> None:
    """A FLAC file of a second whose header promises as many frames as it can."""
    soundfile.write(path, tone(1.0), RATE)
    data = bytearray(path.read_bytes())
    data[21:26] = bytes([data[21] | 0x0F, 0xFF, 0xFF, 0xFF, 0xFF])
    path.write_bytes(data)


def short(path: Path) -> None:
    soundfile.write(path, tone(0.5), RATE)


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty.wav": (Path.touch, "the file is empty"),
    "page.mp3": (lambda path: path.write_text("<html>not a sound</html>"), "decoded"),
    "head.wav": (lambda path: wav_header(path, RATE, 1, 0), "holds no sound: its length is 0"),
    "five.wav": (five_channels, "has 5 channels; a sound may have at most 2"),
    "folder.wav": (Path.mkdir, "is missing"),
    "pipe.wav": (os.mkfifo, "is missing"),
    "gone.wav": (lambda path: None, "is missing"),
    "outside.wav": (lambda path: path.symlink_to("/etc/passwd"), "lies outside the folder"),
    "device.wav": (lambda path: path.symlink_to("/dev/zero"), "lies outside the folder"),
    "days.flac": (days_of_flac, "hours; a sound may last at most 4.0 hours"),
    "slow.wav": (CLIPS["slow.wav"], "has a sample rate of 1 Hz"),
    "many.wav": (CLIPS["many.wav"], "has 1000 channels"),
    "cut.flac": (cut_flac, "is not audio that can be read"),
    "short.wav": (short, "lasts 0.50 s; music under speech is repeated, and must last at least 1 s"),
    "silent.wav": (lambda path: silent(path, RATE, 1, 2, "WAV", "PCM_16"), "is silent"),
    "nan.wav": (lambda path: soundfile.write(path, np.full(2 * RATE, np.nan, np.float32), RATE, "FLOAT"), "contains NaN or infinity"),
}
"""What makes each file, and what is said of it."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", BAD)
def test_music_that_cannot_be_played_is_one_line_with_its_place(here: Path, name: str) -> None:
    make, said = BAD[name]
    make(here / name)
    Path("a.md").write_text(f"---\n{CAST}sounds: {{bed: {name}}}\n---\n\n[music: bed, under]\n\n{TALK}", "utf-8")
    for command in (["check"], ["plan"], ["render", "-o", "out"]):
        code, told = run(*command, "a.md", "--engine", "draft")
        assert code == 2, (command, told)
        about = [line for line in told.splitlines() if said in line]
        assert len(about) == 1, (command, told)
        assert about[0].startswith("a.md:"), told
    assert not list(Path().glob("out/a*"))
    assert not list(Path(os.environ["VOICEOVER_CACHE"]).rglob("take.wav")), "something was recorded for nothing"


TURNS: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty.wav": (Path.touch, "the file is empty"),
    "page.m4a": (lambda path: path.write_bytes(b"no sound in here" * 100), "decoded"),
    "silence.wav": (lambda path: silent(path, RATE, 1, 3, "WAV", "PCM_16"), "is silent, although words are said in it"),
    "long.flac": (
        lambda path: silent(path, 8_000, 1, 2_400, "FLAC", "PCM_16"),
        "lasts 40 minutes; a recorded turn may last at most 10 minutes",
    ),
    "gone.wav": (lambda path: None, "there is no file"),
    "outside.wav": (lambda path: path.symlink_to("/etc/passwd"), "lies outside the folder"),
    "nan.wav": (BAD["nan.wav"][0], "contains NaN or infinity"),
}


@pytest.mark.parametrize("name", TURNS)
def test_a_recorded_turn_that_cannot_be_heard_is_one_line_with_its_place(here: Path, name: str) -> None:
    make, said = TURNS[name]
    make(here / name)
    Path("a.md").write_text(f"---\n{WITH_GUEST}---\n\n{TALK}\nGuest: [audio: {name}] What I say.\n", "utf-8")
    for command in (["check"], ["plan"], ["render", "-o", "out"]):
        code, told = run(*command, "a.md", "--engine", "draft")
        assert code == 2, (command, told)
        about = [line for line in told.splitlines() if said in line]
        assert len(about) == 1, (command, told)
        assert about[0].startswith("a.md:9:"), told
    assert not list(Path().glob("out/a*"))


def test_a_path_that_leads_out_is_refused_wherever_it_is_given(here: Path) -> None:
    (here.parent / "secret.wav").touch()
    for front, body in (
        ("intro: ../secret.wav", TALK),
        ("outro: {file: /etc/passwd, overlap: 1s}", TALK),
        ("sounds: {bed: {file: ../secret.wav}}", f"[music: bed, under]\n\n{TALK}"),
        ("assets: [..]", TALK),
        ("", f"{TALK}\nAnn: [audio: ../secret.wav] What I say.\n"),
    ):
        Path("a.md").write_text(f"---\n{CAST}{front}\n---\n\n{body}", "utf-8")
        code, told = run("render", "a.md", "--engine", "draft", "-o", "out")
        assert code == 2, told
        assert "outside" in told or "must be given relative" in told, told


def test_what_only_seems_wrong_is_played(here: Path, voiceover: Run) -> None:
    """A header that promises too much, a sound longer than the episode: as much is heard as there is."""
    ten_gigabytes(here / "ten.wav")
    soundfile.write(here / "long.flac", noise(12.0, amplitude=0.05), 4_000)
    for name, cue in (
        ("ten.wav", "music: x, under"),
        ("long.flac", "music: x, under"),
        ("long.flac", "sound: x, under"),
        ("ten.wav", "sound: x"),
    ):
        Path("a.md").write_text(f"---\n{CAST}sounds: {{x: {name}}}\n---\n\n[{cue}]\n\n{TALK}", "utf-8")
        done = voiceover("render", "a.md", "--engine", "draft", "-o", "out", "--format", "wav")
        assert "warning" not in done.stderr
        assert 3.0 < soundfile.info("out/a.draft.wav").duration < 16.0
    Path("a.md").write_text(f"---\n{CAST}sounds: {{x: long.flac}}\n---\n\n[sound: x]\n\n{TALK}", "utf-8")
    said = voiceover("check", "a.md", "--engine", "draft", check=None).stdout
    assert 'warning: "x": lasts 2:12, longer than the speech of the episode, which waits for it; cut it, or write under' in said


def test_a_sparse_file_of_gigabytes_is_refused_in_little_memory(here: Path) -> None:
    CLIPS["sparse.w64"](here / "sparse.w64")
    Path("a.md").write_text(f"---\n{CAST}sounds: {{bed: sparse.w64}}\n---\n\n[music: bed, under]\n\n{TALK}", "utf-8")
    done = measured(here, "-m", "voiceover", "render", "a.md", "--engine", "draft")
    assert done.code == 2, done.said
    assert done.said.startswith('a.md:6:1: "bed": '), done.said
    assert "a sound may last at most 4.0 hours" in done.said
    assert done.peak_bytes < MOST_BYTES


def test_an_article_whose_front_matter_means_another_intro_is_read(here: Path, voiceover: Run) -> None:
    (here / "clip.wav").write_text("this is about a clip")
    Path("a.md").write_text("---\nintro: clip.wav\n---\n\nThe game is about geese and a fence.\n", "utf-8")
    done = voiceover("render", "a.md", "--engine", "draft", "-o", "out", "--format", "wav")
    assert "a.md:2:8: warning: " in done.stderr
    assert "(not used)" in done.stderr


def test_commercial_leaves_out_sounds_whose_licence_forbids_it(here: Path) -> None:
    soundfile.write(here / "bed.wav", noise(2.0), RATE)
    front = f"{CAST}commercial: true\nsounds: {{bed: {{file: bed.wav, licence: CC-BY-NC-4.0}}}}\n"
    Path("a.md").write_text(f"---\n{front}---\n\n[music: bed, under]\n\n{TALK}", "utf-8")
    code, told = run("check", "a.md", "--engine", "draft")
    assert (code, 'a.md:7:1: "bed": `commercial: true` rules out this sound, whose licence is CC-BY-NC-4.0' in told) == (2, True), told


# ---------------------------------------------------------------- formats that libsndfile does not read


@pytest.fixture
def aac(here: Path) -> Path:
    """Two seconds of a stereo tone as AAC in MP4."""
    soundfile.write(here / "tone.wav", np.stack([tone(2.0), tone(2.0)], 1), RATE)
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", "tone.wav", "-c:a", "aac", "bed.m4a"], check=True)
    return here / "bed.m4a"


def only(decoder: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave one decoder: ``PyAV``, ``ffmpeg``, or any other word for none."""
    found = streaming.importlib.util.find_spec
    monkeypatch.setattr(
        streaming.importlib.util, "find_spec", lambda name, *more: None if name == "av" and decoder != "PyAV" else found(name, *more)
    )
    (folder / "bin").mkdir()
    if decoder == "ffmpeg":
        (folder / "bin" / "ffmpeg").symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    monkeypatch.setenv("PATH", str(folder / "bin"))


@pytest.mark.parametrize("decoder", ["PyAV", "ffmpeg"])
def test_music_in_another_format_is_decoded_in_blocks(here: Path, aac: Path, decoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    only(decoder, here, monkeypatch)
    stream = streaming.open_sound(aac)
    assert (stream.sample_rate, stream.channels, stream.frames) == (RATE, 2, 2 * RATE)
    blocks = list(stream.blocks())
    assert max(map(len, blocks)) <= 2 * streaming.BLOCK_FRAMES
    samples = np.concatenate(blocks)
    assert samples.shape == (2 * RATE, 2)
    assert np.abs(samples[:, 0] - tone(2.0))[2000:-2000].max() < 0.02


def test_without_a_decoder_the_error_says_what_to_install(here: Path, aac: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.md").write_text(f"---\n{CAST}sounds: {{bed: bed.m4a}}\n---\n\n[music: bed, under]\n\n{TALK}", "utf-8")
    code, told = run("render", "a.md", "--engine", "draft", "-o", "out")
    assert code == 0, told
    only("none", here, monkeypatch)
    soundfile.write(here / "other.wav", tone(1.0), RATE)
    Path("a.md").write_text(f"---\n{CAST}sounds: {{bed: bed.m4a, b: other.wav}}\n---\n\n[sound: b] [music: bed, under]\n\n{TALK}", "utf-8")
    code, told = run("check", "a.md", "--engine", "draft")
    assert code == 2
    assert 'a.md:6:12: "bed": ' in told
    assert (
        "if it is audio, install PyAV (pip install av), or ffmpeg (ffmpeg.org) somewhere on PATH; or save the file as FLAC or WAV" in told
    )


def test_a_name_is_never_an_option_of_the_decoder(here: Path, aac: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only("ffmpeg", here, monkeypatch)
    odd = here / "-y concat:a|b.m4a"
    aac.rename(odd)
    monkeypatch.chdir(here)
    assert sum(map(len, streaming.open_sound(Path(odd.name)).blocks())) == 2 * RATE
