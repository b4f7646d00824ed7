"""Shows with sounds, music and a recorded turn, from the script to the files, by the command."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.conftest import Run
from tests.pipeline.sound_files import SHOW, noise, tone, write_show
from voiceover.audio.loudness import Meter

OUT = ("--engine", "draft", "-o", "out", "--format", "wav")


def manifest(folder: Path, name: str = "show.draft") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "out" / f"{name}.manifest.json").read_bytes())
    return found


def recorded(said: str) -> tuple[int, int]:
    """Takes recorded and reused, as the summary says."""
    match = re.search(r"(\d+) takes? recorded, (\d+) reused", said)
    assert match, said
    return int(match[1]), int(match[2])


def test_a_show_with_everything(tmp_path: Path, voiceover: Run) -> None:
    write_show(tmp_path)
    done = voiceover("render", "show.md", *OUT)
    assert recorded(done.stderr) == (5, 0)  # the guest is not spoken again
    assert re.search(r"music \d\d\.\d LU under the speech, at least \d\d\.\d LU under every line", done.stderr)
    made, out = manifest(tmp_path), tmp_path / "out"
    samples, rate = soundfile.read(out / "show.draft.wav", always_2d=True)
    assert (rate, samples.shape[1]) == (44_100, 2)
    assert len(samples) / rate == pytest.approx(made["seconds"])
    # The loudness target holds for the whole of it.
    meter = Meter(rate, 2)
    meter.add(samples.astype(np.float32))
    meter.finish()
    assert meter.loudness().integrated_lufs == pytest.approx(-16.0, abs=0.3)
    assert made["loudness"]["after"]["integrated_lufs"] == pytest.approx(-16.0, abs=0.3)
    (bed, sting), (guest,) = made["sounds"], made["recordings"]
    assert (bed["kind"], bed["name"], bed["start"], bed["level_db"], bed["line"]) == ("music", "bed", 0.0, -18.0, 9)
    assert (sting["kind"], sting["end"] - sting["start"]) == ("sound", pytest.approx(0.7, abs=0.002))
    assert bed["end"] == pytest.approx(guest["end"] + 1.0, abs=0.002)
    assert (guest["speaker"], guest["text"], guest["file"], guest["line"]) == ("Guest", "These are my own words.", "guest.flac", 21)
    assert guest["sha256"] not in {take["address"] for take in made["takes"]}
    assert [take["speaker"] for take in made["takes"]] == ["Ann", "Bob", "Bob", "Ann", "Bob"]
    assert made["music"]["least_lu"] >= 12.0
    assert made["music"]["speech_to_bed_lu"] == pytest.approx(30.0, abs=2.0)
    told = voiceover("plan", "show.md", *OUT, "--all").stdout
    assert re.search(r"^show\.md:21:\d+: Guest: These are my own words\.  \[recorded: guest\.flac\]$", told, re.MULTILINE), told
    # A recorded turn is in the captions like any other, when it is heard.
    captions = (out / "show.draft.srt").read_text("utf-8")
    assert "Guest: These are my own words." in captions
    page = json.loads((out / "show.draft.transcript.json").read_bytes())
    (segment,) = [segment for segment in page["segments"] if segment["speaker"] == "Guest"]
    assert guest["start"] <= segment["startTime"] < segment["endTime"] <= guest["end"]
    credits = (out / "show.draft.credits.txt").read_text("utf-8").splitlines()
    assert {
        "Sound: bed, Music by A. Smith; CC0-1.0",
        "Sound: sting, licence not known",
        "Recording: guest.flac (as Guest), provided with the script",
    } <= set(credits)
    assert "Voice: cora (as Guest), Apache-2.0" not in credits
    assert made["disclosure"]["source_type"].endswith("/composite")  # with a trained model: compositeWithTrainedAlgorithmicMedia
    assert "up to date" in voiceover("render", "show.md", *OUT).stderr


def test_changing_the_sound_records_nothing(tmp_path: Path, voiceover: Run) -> None:
    write_show(tmp_path)
    assert recorded(voiceover("render", "show.md", *OUT).stderr) == (5, 0)
    changed = SHOW.replace("-18dB, fade 500ms", "-12dB, fade 2s").replace("sounds:", "ducking: {depth: 6dB}\nintro: sting\nsounds:", 1)
    (tmp_path / "show.md").write_text(changed, "utf-8")
    assert recorded(voiceover("render", "show.md", *OUT).stderr) == (0, 5)
    before = manifest(tmp_path)["recipe"]
    soundfile.write(tmp_path / "bed.flac", noise(4.0, 2), 44_100)
    soundfile.write(tmp_path / "guest.flac", tone(2.0), 44_100)
    assert recorded(voiceover("render", "show.md", *OUT).stderr) == (0, 5)
    assert manifest(tmp_path)["recipe"] != before


@pytest.mark.parametrize(
    ("bed_channels", "setting", "channels"), [(1, "", 1), (2, "", 2), (2, "channels: mono\n", 1), (1, "channels: stereo\n", 2)]
)
def test_stereo_if_any_file_is_unless_the_script_says_otherwise(
    tmp_path: Path, voiceover: Run, bed_channels: int, setting: str, channels: int
) -> None:
    text = f"---\ncast: {{Ann: ada}}\nsounds: {{bed: bed.flac}}\n{setting}---\n\n[music: bed, under]\n\nAnn: Hello there, my friend.\n"
    write_show(tmp_path, bed_channels=bed_channels, text=text)
    voiceover("render", "show.md", *OUT)
    assert soundfile.info(tmp_path / "out" / "show.draft.wav").channels == channels


def test_speech_alone_in_stereo_keeps_the_rate_of_the_engine(tmp_path: Path, voiceover: Run) -> None:
    (tmp_path / "a.md").write_text("---\nchannels: stereo\n---\n\nHello there, my friend.\n", "utf-8")
    voiceover("render", "a.md", *OUT)
    samples, rate = soundfile.read(tmp_path / "out" / "a.draft.wav")
    assert (samples.shape[1], rate) == (2, 22_050)
    assert np.array_equal(samples[:, 0], samples[:, 1])


def test_a_preview_of_a_chapter_has_the_music_that_plays_there(tmp_path: Path, voiceover: Run) -> None:
    write_show(tmp_path, text=SHOW.replace("sounds:", "intro: sting\noutro: sting\nsounds:", 1))
    voiceover("render", "show.md", *OUT)
    kinds = {}
    for chapter in (1, 2, 3):
        voiceover("render", "show.md", *OUT, "--chapter", str(chapter))
        kinds[chapter] = [(sound["kind"], sound["name"]) for sound in manifest(tmp_path, f"show.chapter-{chapter}.draft").get("sounds", ())]
    assert kinds == {
        1: [("intro", "sting"), ("music", "bed"), ("sound", "sting")],
        2: [("music", "bed")],
        3: [("outro", "sting")],
    }
    second = manifest(tmp_path, "show.chapter-2.draft")
    assert [recording["speaker"] for recording in second["recordings"]] == ["Guest"]
    assert second["sounds"][0]["start"] == 0.0
    whole = manifest(tmp_path)
    gains = [next(sound["gain_db"] for sound in each["sounds"] if sound["name"] == "bed") for each in (whole, second)]
    assert gains[0] == pytest.approx(gains[1], abs=1.5)
    voiceover("render", "show.md", *OUT, "--lines", "21-21")
    assert [sound["name"] for sound in manifest(tmp_path, "show.lines-21-21.draft")["sounds"]] == ["bed"]


def test_loud_music_is_told_of_at_its_place(tmp_path: Path, voiceover: Run) -> None:
    write_show(tmp_path, text=SHOW.replace("-18dB", "+3dB"))
    said = voiceover("check", "show.md", "--engine", "draft").stdout
    assert "show.md:9:1: warning: at this level the music would be 9 LU under the speech; it is lowered to 12 LU under" in said
    done = voiceover("render", "show.md", *OUT)
    assert re.search(r"at least 12\.\d LU under every line; lowered by up to \d+\.\d dB more than the script says", done.stderr), (
        done.stderr
    )
    report = manifest(tmp_path)["music"]
    assert report["least_lu"] >= 12.0
    assert report["extra_db"] > 2.0


def test_what_is_odd_about_music_is_a_warning(tmp_path: Path, voiceover: Run) -> None:
    text = SHOW.replace("[sound: sting]", "[music: stop]\n\n[music: stop]").replace("sounds:", "intro: {file: sting, overlap: 5s}\nsounds:")
    write_show(tmp_path, text=text)
    said = voiceover("check", "show.md", "--engine", "draft").stdout
    assert said.count("no music is playing here, so there is none to stop") == 2
    assert 'show.md:4:8: warning: "sting": lasts 0.7 s, less than its overlap or fade' in said
    assert "show.md: 0 errors" in said


def test_a_batch_makes_a_show_again_when_its_music_changes(tmp_path: Path, voiceover: Run) -> None:
    write_show(tmp_path)
    night = ("batch", "show.md", "-o", "night", "--engine", "draft", "--allow-draft", "--format", "wav", "--report", "report.json")

    def outcome() -> tuple[str, int]:
        voiceover(*night)
        (episode,) = json.loads((tmp_path / "report.json").read_bytes())["episodes"]
        return episode["status"], episode["recorded"]

    assert outcome() == ("made", 5)
    assert outcome() == ("unchanged", 0)
    soundfile.write(tmp_path / "bed.flac", noise(4.0, 2), 44_100)
    assert outcome() == ("made", 0)
    soundfile.write(tmp_path / "guest.flac", tone(2.0), 44_100)
    assert outcome() == ("made", 0)


def test_a_show_in_yaml_with_sounds_of_the_project(tmp_path: Path, voiceover: Run) -> None:
    write_show(tmp_path)
    (tmp_path / "voiceover.yaml").write_text("sounds: {bed: bed.flac}\nassets: [shared]\noutro: jingle.wav\n", "utf-8")
    (tmp_path / "shared").mkdir()
    for folder in (tmp_path, tmp_path / "shared"):
        soundfile.write(folder / "jingle.wav", tone(0.5), 44_100)
    (tmp_path / "a.yaml").write_text(
        "title: A\ncast: {Ann: ada, Guest: ben}\nsegments:\n  - {music: bed, under: true, gain: -20dB, fade: 1s}\n  - pause: 1s\n"
        "  - Ann: Hello there, my friend.\n  - {speaker: Guest, audio: guest.flac, text: What I say.}\n  - music: stop\n",
        "utf-8",
    )
    voiceover("render", "a.yaml", *OUT)
    made = manifest(tmp_path, "a.draft")
    assert [(sound["kind"], sound["name"]) for sound in made["sounds"]] == [("music", "bed"), ("outro", "jingle.wav")]
    assert made["takes"][0]["start"] == 1.0
    assert [recording["text"] for recording in made["recordings"]] == ["What I say."]
