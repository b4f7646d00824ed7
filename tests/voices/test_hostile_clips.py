"""No file in a voice's folder fills the memory or takes long: the real command on voices that were made to harm."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Run
from tests.voices.hostile_clips import CLIPS, HOSTILE_BYTES, LARGEST, hostile_voice, measured, measured_in_turn, wav_header
from voiceover.audio.clip_header import clip_digest, read_clip_header
from voiceover.audio.files import read_clip
from voiceover.audio.limits import CLIP, MOST_VOICE_BYTES, RECORDING
from voiceover.errors import InputError, VoiceError
from voiceover.types import Clip
from voiceover.voices.recording import read_recording

MOST_BYTES = 300_000_000
WORDS = "The river is low this morning."
READ_BY_F5 = """
import os, sys
from pathlib import Path
from voiceover import voices
from voiceover.audio.files import read_clip
from voiceover.engines.f5.reference import prepare_reference
from voiceover.errors import VoiceoverError
from voiceover.pipeline.context import from_engines
for room in sys.argv[1:]:
    os.chdir(room)
    clip = voices.load_voice("largest", [Path("voices")], from_engines()).styles[""].clip
    try:
        prepare_reference(read_clip(clip), clip.text, str(clip.path))
    except VoiceoverError as error:
        print(error)
"""


def script(folder: Path, names: list[str]) -> Path:
    """A script in ``folder`` with a speaker for each of these voices."""
    cast = "".join(f"  S{number}: {name}\n" for number, name in enumerate(names))
    lines = "".join(f"S{number}: Hello there.\n\n" for number in range(len(names)))
    path = folder / "s.md"
    path.write_text(f"---\ntitle: T\ncast:\n{cast}---\n\n{lines}", "utf-8")
    return path


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a script whose speakers have one voice for each of ``CLIPS``."""
    folder = tmp_path_factory.mktemp("hostile")
    for clip in CLIPS:
        hostile_voice(folder / "voices", clip.replace(".", "-"), clip)
    script(folder, [clip.replace(".", "-") for clip in CLIPS])
    return folder


@pytest.mark.parametrize("command", ["check", "render"])
def test_hostile_clips_are_refused_with_their_place_in_little_memory(command: str, hostile: Path) -> None:
    names = [clip.replace(".", "-") for clip in CLIPS]
    done = measured(hostile, "-m", "voiceover", command, "s.md")
    assert done.code == 2, done.said
    assert "Traceback" not in done.said
    for clip, name in zip(CLIPS, names, strict=True):
        told = re.search(rf"^voices/{name}/voice\.yaml:2:20: (.*)$", done.said, re.MULTILINE)
        assert told, f"{clip}: {done.said}"
        assert clip in told[1]
    for words in (
        "6,000 MB",
        "at most 32 MB",
        "60 minutes",
        "at most 60 s",
        "655350 Hz",
        "1000 channels",
        "at most 32",
        "has a sample rate of 1 Hz",
    ):
        assert words in done.said
    assert done.peak_bytes < MOST_BYTES
    assert not list(hostile.glob("*.draft.*"))


@pytest.mark.parametrize("clip", ["sparse.wav", "hours.flac", "high.flac", "many.wav"])
def test_a_hostile_recording_is_refused_by_voices_add(clip: str, tmp_path: Path) -> None:
    path = tmp_path / clip
    CLIPS[clip](path)
    done = measured(tmp_path, "-m", "voiceover", "voices", "add", "Zoe", "--audio", path, "--text", WORDS, "--consent", "self")
    assert done.code == 2, done.said
    assert done.said.startswith(f"{path}: ")
    assert len(done.said.splitlines()) == 1
    assert done.peak_bytes < MOST_BYTES


@pytest.mark.slow
def test_no_recording_fills_the_memory_of_voices_add(tmp_path: Path) -> None:
    hostile = {**CLIPS, **LARGEST}
    commands = []
    for clip, make in hostile.items():
        make(tmp_path / clip)
        commands.append([tmp_path, "voices", "add", "Zoe", "--audio", clip, "--text", WORDS, "--consent", "self"])
    for clip, done in zip(hostile, measured_in_turn(tmp_path, commands), strict=True):
        assert done.code == 2, (clip, done.said)
        assert "Traceback" not in done.said, clip
        assert done.peak_bytes < MOST_BYTES, clip


@pytest.mark.slow
def test_the_largest_clips_that_are_read_fit_into_the_memory(tmp_path: Path) -> None:
    commands: list[list[str | Path]] = []
    for clip, make in LARGEST.items():
        room = tmp_path / clip.replace(".", "-")
        folder = room / "voices/largest"
        folder.mkdir(parents=True)
        make(folder / clip)
        (folder / "voice.yaml").write_text(f"licence: CC0-1.0\nreference: {{audio: {clip}, text: {WORDS}}}\n", "utf-8")
        script(room, ["largest"])
        commands += [[room, "check", "s.md"], [room, "render", "s.md"], [room, "voices", "check", "largest"]]
    for (room, *words), done in zip(commands, measured_in_turn(tmp_path, commands), strict=True):
        assert done.code == 0 or words[0] == "voices", (room, words, done.said)
        assert "Traceback" not in done.said, (room, words)
        assert done.peak_bytes < MOST_BYTES, (room, words)
    rooms = [str(room) for room, command, *_ in commands if command == "check"]
    heard = measured(tmp_path, "-c", READ_BY_F5, *rooms)
    assert heard.code == 0, heard.said
    assert heard.peak_bytes < MOST_BYTES


def test_many_large_clips_of_one_voice_are_refused(tmp_path: Path, voiceover: Run) -> None:
    folder = tmp_path / "voices/large"
    folder.mkdir(parents=True)
    lines = ["licence: CC0-1.0", "styles:"]
    for number in range(20):
        wav_header(folder / f"{number}.wav", 24_000, 1, 1_000_000)
        with (folder / f"{number}.wav").open("r+b") as file:
            file.truncate(30_000_000)
        lines.append(f"  s{number}: {{audio: {number}.wav, text: {WORDS}}}")
    (folder / "voice.yaml").write_text("\n".join(lines) + "\n", "utf-8")
    script(tmp_path, ["large"])
    said = voiceover("check", "s.md", check=2).stdout
    assert f"the clips of this voice have over {MOST_VOICE_BYTES // 1_000_000} MB" in said
    assert "voices/large/voice.yaml:16:" in said


def test_a_large_voice_file_is_refused_unread(tmp_path: Path) -> None:
    folder = tmp_path / "voices/large"
    folder.mkdir(parents=True)
    with (folder / "voice.yaml").open("wb") as file:
        file.truncate(HOSTILE_BYTES)
    script(tmp_path, ["large"])
    done = measured(tmp_path, "-m", "voiceover", "check", "s.md")
    assert done.code == 2
    assert "voices/large/voice.yaml:1:1: is over 1 MB" in done.said
    assert done.peak_bytes < MOST_BYTES


def test_a_large_cover_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "cover.png").open("wb") as file:
        file.truncate(HOSTILE_BYTES)
    front = "title: T\ncover: cover.png\n"
    (tmp_path / "s.md").write_text(f"---\n{front}cast: {{Ann: ada}}\n---\n\nHello there.\n", "utf-8")
    (tmp_path / "page.md").write_text(f"---\n{front}---\n\nHello there.\n", "utf-8")
    # A blog's own cover is nothing to stop for.
    for name, code in (("s.md", 2), ("page.md", 0)):
        done = measured(tmp_path, "-m", "voiceover", "render", name)
        assert done.code == code
        assert "cover.png: the cover has 6000.0 MB; the limit is 10 MB" in done.said
        assert done.peak_bytes < MOST_BYTES


def test_a_clip_that_grows_after_it_was_read_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    wav_header(path, 24_000, 1, 96_000, data=bytes(96_000))
    clip = Clip(path, WORDS, clip_digest(path), read_clip_header(path).seconds)
    assert len(read_clip(clip).samples) == 48_000
    with path.open("r+b") as file:
        file.truncate(200_000)
    with pytest.raises(VoiceError, match="has changed"):
        read_clip(clip)
    with path.open("r+b") as file:
        file.truncate(HOSTILE_BYTES)
    for read in (lambda: read_clip(clip), lambda: clip_digest(path)):
        with pytest.raises(InputError, match="at most 32 MB"):
            read()


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (44_100, 2), (48_000, 1), (96_000, 2), (192_000, 2)])
def test_usual_formats_are_within_the_limits(rate: int, channels: int) -> None:
    for limits, seconds in ((CLIP, 12), (RECORDING, 60)):
        assert limits.format_problem(rate, channels) is None
        assert limits.length_problem(rate, channels, seconds * rate) is None


def test_a_part_of_a_recording_of_hours_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "hours.flac"
    CLIPS["hours.flac"](path)
    part = read_recording(path, 100.0, 106.0)
    assert (part.samples.shape, part.start_seconds) == ((48_000, 1), 100.0)
    assert not np.any(part.samples)
    with pytest.raises(VoiceError, match="60 minutes"):
        read_recording(path)
