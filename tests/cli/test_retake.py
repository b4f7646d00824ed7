"""voiceover retake and voiceover takes forget, as a person uses them; and what strangers and slips may hand them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import Run
from tests.engine_packages import install
from voiceover.audio.files import read_audio, write_wav_float

ENGINE = Path(__file__).parents[1] / "stumbling_engine.py"
HEAD = "---\ntitle: T\nengine: stumbler\ncast: {Ann: ada, Bob: ben}\n---\n\n"
BODY = """\
Ann: This is the **first** sentence of a long turn, which fills a good part of a take by itself, as it should for the test. The second
sentence is about as long as the first, so that both of them cannot be spoken together, which makes a second take of it.

[Ann] Hello there, my friend. [Bob] Good day to you.

Bob: It costs $25 in all.
"""


@pytest.fixture(autouse=True)
def episode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site").mkdir()
    install(tmp_path / "site", ENGINE, "stumbler", monkeypatch)
    (tmp_path / "ep.md").write_text(HEAD + BODY, "utf-8")


def tone(path: Path, seconds: float = 1.0, level: float = 0.3, rate: int = 24_000) -> Path:
    write_wav_float(path, (level * np.sin(np.arange(int(seconds * rate)) / 9)).astype(np.float32), rate)
    return path


def planned(voiceover: Run) -> list[dict[str, Any]]:
    takes: list[dict[str, Any]] = json.loads(voiceover("plan", "ep.md", "--json").stdout)["takes"]
    return takes


def test_another_seed_speed_and_spelling_of_one_take(voiceover: Run, tmp_path: Path) -> None:
    voiceover("render", "ep.md", "-q")
    before = planned(voiceover)
    told = voiceover("retake", "ep.md", "8:1").stderr
    assert "ep.md:7:125: Ann: attempt 1," in told
    assert "ep.takes.yaml: noted" in told
    assert 'text: "The second sentence is about' in (tmp_path / "ep.takes.yaml").read_text("utf-8")
    voiceover("retake", "ep.md", "7:125", "-q")
    assert "attempt: 2\n" in (tmp_path / "ep.takes.yaml").read_text("utf-8")
    voiceover("retake", "ep.md", "10:37", "--seed", "7")
    spoken = json.loads(voiceover("retake", "ep.md", "12", "--say", "It costs twenty bucks.", "--json").stdout.splitlines()[-1])
    assert spoken["say"] == "It costs twenty bucks."
    assert Path(spoken["takes"][0]["path"]).is_file()
    voiceover("retake", "ep.md", "12", "--speed", "1.2")
    after = planned(voiceover)
    assert [take["text"] for take in after] == [take["text"] for take in before]
    assert [old["address"] != new["address"] for old, new in zip(before, after, strict=True)] == [False, True, False, True, True]
    assert after[4]["spoken"] == "It costs twenty bucks."
    assert {take["status"] for take in after} == {"cached"}
    assert [take["chosen"] for take in after] == [[], ["attempt 2"], [], ["seed 7"], ["speed 1.2", "say"]]
    assert "0 takes recorded, 5 reused" in voiceover("render", "ep.md").stderr
    listed = voiceover("takes", "list", "ep.md").stdout.splitlines()
    assert [line.partition("  [")[2] for line in listed] == ["", "attempt 2]", "", "seed 7]", "speed 1.2; say]"]
    assert "2  ep.md:7:125: Ann: " in listed[1]
    forgotten = voiceover("takes", "forget", "ep.md", "7", "10:37", "12").stderr
    assert forgotten.count("forgotten: ") == 3
    assert not (tmp_path / "ep.takes.yaml").exists()
    assert [take["address"] for take in planned(voiceover)] == [take["address"] for take in before]


def test_an_own_recording_outlives_engine_and_cache(voiceover: Run, tmp_path: Path) -> None:
    tone(tmp_path / "mine.wav", 2.5)
    assert "own recording, 2.5 s" in voiceover("retake", "ep.md", "12", "--audio", "mine.wav").stderr
    (tmp_path / "mine.wav").unlink()
    (copy,) = (tmp_path / "ep.takes").iterdir()
    assert f"[own recording; chosen: own recording ep.takes/{copy.name}]" in voiceover("plan", "ep.md").stdout
    for engine, name in (("stumbler", "ep"), ("draft", "ep.draft")):
        voiceover("render", "ep.md", "--engine", engine, "--format", "wav", VOICEOVER_CACHE=tmp_path / f"cache-{engine}")
        last = json.loads((tmp_path / f"{name}.manifest.json").read_text("utf-8"))["takes"][-1]
        assert last["end"] - last["start"] == pytest.approx(2.5, abs=0.02)
        assert len(last["recording"]) == 64
        sound = read_audio(tmp_path / f"{name}.wav")
        part = sound.samples[round((last["start"] + 1) * sound.sample_rate) :][: sound.sample_rate]
        peak = np.argmax(np.abs(np.fft.rfft(part))) * sound.sample_rate / len(part)
        assert peak == pytest.approx(24_000 / 9 / 2 / np.pi, abs=2)  # the writer's tone, at the rate of the episode
    assert "is up to date" in voiceover("render", "ep.md", "--format", "wav").stderr
    tone(copy.with_suffix(".wav"), 1.5).rename(copy)  # the writer has edited it
    assert "is up to date" not in voiceover("render", "ep.md", "--format", "wav").stderr
    assert "this is a recording of your own" in voiceover("retake", "ep.md", "12", check=2).stderr
    voiceover("takes", "forget", "ep.md", "12")
    assert copy.exists()  # it is not as it was written here
    assert not (tmp_path / "ep.takes.yaml").exists()


def test_when_the_words_change(voiceover: Run, tmp_path: Path) -> None:
    tone(tmp_path / "mine.wav")
    voiceover("retake", "ep.md", "10:1", "--seed", "3", "-q")
    voiceover("retake", "ep.md", "12", "--audio", "mine.wav", "-q")
    changed = HEAD + BODY.replace("Hello there", "Hello over there").replace("$25", "$26")
    (tmp_path / "ep.md").write_text(changed, "utf-8")
    for command in (("check", "ep.md"), ("plan", "ep.md"), ("render", "ep.md"), ("batch", "ep.md", "-o", "out")):
        told = voiceover(*command, check=2)
        words = told.stderr + told.stdout
        assert 'Bob does not say "It costs $25 in all." any more, so its recording ep.takes/' in words
        assert 'the nearest line is ep.md:12:6: Bob: "It costs $26 in all."' in words
    assert 'warning: Ann does not say "Hello there, my friend."' in voiceover("check", "ep.md", check=2).stdout
    (copy,) = (tmp_path / "ep.takes").iterdir()
    voiceover("retake", "ep.md", "12", "--audio", copy, "-q")
    assert "so what was chosen for it is not used" in voiceover("render", "ep.md").stderr
    assert len(list((tmp_path / "ep.takes").iterdir())) == 1
    assert "forgotten: Ann: Hello there, my friend." in voiceover("takes", "forget", "ep.md", "--gone").stderr
    assert "nothing to forget" in voiceover("takes", "forget", "ep.md", "--gone").stderr
    voiceover("takes", "forget", "ep.md", "12")
    assert not (tmp_path / "ep.takes").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("99",), "ep.md:99: no line is spoken here; the nearest is 12"),
        (("9",), "ep.md:9: no line is spoken here; the nearest are 7:125"),
        (("2",), "ep.md:2: no line is spoken here; the nearest is 7:6"),
        (("0",), '"0" is not a place in a script; give LINE or LINE:COLUMN'),
        (("x",), '"x" is not a place'),
        (("7:0",), '"7:0" is not a place'),
        (("10",), 'ep.md:10: several turns begin on this line; add the column of one: 10:7 "Hello there, my friend."; 10:37 "Good day'),
        (("12", "--seed", "-4"), "seed must be a whole number"),
        (("12", "--speed", "9"), "speed must be a number from 0.3 to 3"),
        (("12", "--seed", "1", "--speed", "1"), "--seed and --speed exclude each other"),
        (("12", "--say", "..."), "--say must be words that can be spoken"),
        (("7", "--say", "x"), "ep.md:7:6: this turn has 2 takes, and --say is for one of them: 7:6, 7:125"),
        (("12", "--audio", "silence.wav"), "silence.wav: holds only silence"),
        (("12", "--audio", "long.wav"), "long.wav: lasts 40 minutes; a recording of a line may last at most 10 minutes"),
        (("12", "--audio", "ep.md"), "ep.md: is not a recording that can be read"),
        (("12", "--audio", "gone.wav"), "gone.wav: there is no such file"),
    ],
)
def test_what_cannot_be_retaken_changes_nothing(voiceover: Run, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    if "silence.wav" in arguments:
        tone(tmp_path / "silence.wav", level=0.0)
    if "long.wav" in arguments:
        tone(tmp_path / "long.wav", 2400.0, rate=4000)
    before = sorted(path.name for path in tmp_path.iterdir())
    told = voiceover("retake", "ep.md", *arguments, check=2).stderr
    assert said in told
    assert len(told.splitlines()) <= 4
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_strangers_choices_are_one_error_and_stay_as_they_are(voiceover: Run, tmp_path: Path) -> None:
    file = tmp_path / "ep.takes.yaml"
    for text, said in (
        ("takes: [", "ep.takes.yaml:1:"),
        ("takes:\n  - {speaker: Ann, text: Hi, audio: /etc/passwd}\n", "ep.takes.yaml:2:37: "),
        ("takes:\n  - {speaker: Ann, text: Hi, audio: ../x.wav}\n", "lies outside the folder"),
        ("takes:\n  - {speaker: Ann, text: Hi, accept: [a], x: 1}\n", 'unknown key "x"'),
    ):
        file.write_text(text, "utf-8")
        for command in (("check", "ep.md"), ("render", "ep.md"), ("batch", "ep.md", "-o", "out")):
            told = voiceover(*command, check=2)
            assert said in told.stderr + told.stdout
        assert file.read_text("utf-8") == text
    assert not list(tmp_path.glob("*.mp3"))


def test_a_script_on_standard_input_and_a_file_of_choices_are_refused(voiceover: Run, tmp_path: Path) -> None:
    assert "there is no such file" in voiceover("retake", "-", "7", check=2).stderr
    (tmp_path / "ep.takes.yaml").write_text("takes:\n", "utf-8")
    assert "name the script itself" in voiceover("render", "ep.takes.yaml", check=2).stderr
    assert "to do: 1" in voiceover("batch", ".", "-o", "out", "--dry-run").stderr


def test_a_turn_that_the_script_records_is_not_retaken(voiceover: Run, tmp_path: Path) -> None:
    tone(tmp_path / "guest.wav")
    (tmp_path / "ep.md").write_text(HEAD + BODY + "\nBob: [audio: guest.wav] What the guest says.\n", "utf-8")
    assert "ep.md:14: this turn is a recording that the script names" in voiceover("retake", "ep.md", "14", check=2).stderr


def test_kokoro_has_no_seeds_and_offers_the_rest(voiceover: Run, kokoro_data: Path) -> None:
    told = voiceover("retake", "ep.md", "12", "--engine", "kokoro", "--voice", "ada", check=2).stderr
    assert told.startswith("ep.md:12:6: the engine kokoro has no seeds: it speaks a line in the same way every time; use --speed or --say")


def test_the_retake_is_played(voiceover: Run, tmp_path: Path) -> None:
    player = tmp_path / "bin" / "aplay"
    player.parent.mkdir()
    player.write_text(f'#!/bin/sh\nfor file; do :; done\necho "$file" >>{tmp_path}/played\n', "utf-8")
    player.chmod(0o755)
    voiceover("retake", "ep.md", "12", "--play", "-q", PATH=f"{player.parent}:/bin:/usr/bin")
    assert (tmp_path / "played").read_text("utf-8").strip().endswith("take.wav")
