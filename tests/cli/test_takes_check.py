"""``voiceover takes check``: any recording against its words, and everything that may be given in place of one."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.conftest import Run
from tests.takes.listening.parts import false_model

CLIP = Path(__file__).parents[2] / "voices" / "ada" / "plain.flac"
WORDS = "The river is low this morning, and the heron stands where the boats used to lie."
OTHER = "I told you twice to leave those letters alone, and now look at this table!"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A good recording, with a little silence on both sides."""
    samples, rate = soundfile.read(CLIP, dtype="float32")
    soundfile.write(tmp_path / "clip.wav", np.pad(samples, rate // 5), rate)
    return tmp_path / "clip.wav"


@pytest.fixture
def no_recognizer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voiceover.takes.listening.packaged.PACKAGE", "no_such_package_of_a_recognizer")


def test_a_good_recording_is_clean(voiceover: Run, clip: Path) -> None:
    done = voiceover("takes", "check", clip, "--text", WORDS)
    assert (done.stdout, done.stderr) == ("", f"{clip}: nothing found\n")
    found = json.loads(voiceover("takes", "check", clip, "--text", WORDS, "--voice", "ada", "--json").stdout)
    assert found == {"path": str(clip), "seconds": found["seconds"], "suspect": False, "score": 0.0, "heard": None, "findings": []}


def test_findings_have_times_and_exit_code_3(voiceover: Run, clip: Path, tmp_path: Path) -> None:
    samples, rate = soundfile.read(clip, dtype="float32")
    soundfile.write(tmp_path / "cut.flac", samples[rate:], rate)
    done = voiceover("takes", "check", "cut.flac", "--text", WORDS, check=3)
    assert done.stdout == "cut.flac at 0.00 s: start-cut: it begins in the middle of a sound: the first word may be cut\n"
    soundfile.write(tmp_path / "gap.wav", np.concatenate([samples[: 2 * rate], np.zeros(2 * rate), samples[2 * rate :]]), rate)
    found = json.loads(voiceover("takes", "check", "gap.wav", "--text", WORDS, "--json", check=3).stdout)
    assert [finding["check"] for finding in found["findings"]] == ["silence"]
    assert found["findings"][0]["begin_seconds"] == pytest.approx(2.0, abs=0.3)
    assert "clip.wav: short: " in voiceover("takes", "check", "clip.wav", "--text", f"{WORDS} {OTHER} {WORDS}", check=3).stdout


def test_the_noise_of_a_room_is_no_fault_of_a_recording(voiceover: Run, clip: Path) -> None:
    samples, rate = soundfile.read(clip, dtype="float32")
    noise = np.random.default_rng(3).standard_normal(len(samples)) * 0.002
    soundfile.write(clip, samples + noise, rate)
    assert voiceover("takes", "check", clip, "--text", WORDS).returncode == 0


def silence(path: Path) -> None:
    soundfile.write(path, np.zeros(48_000), 24_000)


def forty_minutes(path: Path) -> None:
    soundfile.write(path, np.zeros(40 * 60 * 8000, np.int16), 8000)


def test_silence_is_suspect(voiceover: Run, tmp_path: Path) -> None:
    silence(tmp_path / "a.wav")
    assert "a.wav: silent: it is silent: every sample is zero" in voiceover("takes", "check", "a.wav", "--text", WORDS, check=3).stdout
    soundfile.write(tmp_path / "b.wav", np.zeros(0), 24_000)
    assert "b.wav: silent" in voiceover("takes", "check", "b.wav", "--text", WORDS, check=3).stdout


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "a.wav: there is no such file"),
        (Path.mkdir, "a.wav: is a folder; name a file in it"),
        (lambda path: path.write_bytes(b""), "a.wav: is not"),
        (lambda path: path.write_bytes(b"RIFF\xff\xff\xff\x7fWAVEfmt "), "a.wav: is not"),
        (lambda path: path.write_text("# Notes\n\nNot audio at all.\n"), "a.wav: is not"),
        (forty_minutes, "a.wav: lasts 40 minutes; a recording of a line may last at most 10 minutes. Cut out the words of the line"),
        (
            lambda path: soundfile.write(path, np.full((4800, 40), 0.1), 24_000),
            "a.wav: has 40 channels; a recording of a line may have at most 32",
        ),
        (lambda path: soundfile.write(path, np.full(2400, np.nan, np.float32), 24_000, "FLOAT"), "a.wav: contains NaN or infinity"),
    ],
)
def test_what_cannot_be_a_take_is_one_clear_line(voiceover: Run, tmp_path: Path, make, said: str) -> None:
    make(tmp_path / "a.wav")
    done = voiceover("takes", "check", "a.wav", "--text", WORDS, check=2)
    assert said in done.stderr
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--text", ""), "--text has no words to speak"),
        (("--text", "... — \U0001f600"), "--text has no words to speak"),
        (("--text", "a" * 100_000), "--text has 100,000 characters; a take may have 10,000"),
        (("--text", WORDS, "--voice", "nobody"), "nobody"),
        ((), "Missing option '--text'"),
    ],
)
def test_words_that_cannot_be_checked_are_refused(voiceover: Run, clip: Path, more: tuple[str, ...], said: str) -> None:
    done = voiceover("takes", "check", clip, *more, check=2)
    assert said in done.stderr
    assert done.stdout == ""


@pytest.mark.usefixtures("no_recognizer")
def test_without_a_recognizer_the_way_to_one_is_told(voiceover: Run, clip: Path) -> None:
    told = voiceover("takes", "check", clip, "--text", WORDS, "--listen", check=2).stderr
    assert "there is no recognizer to listen to takes; get one: voiceover models pull whisper-tiny.en" in told
    assert voiceover("takes", "check", clip, "--text", WORDS).returncode == 0


@pytest.mark.usefixtures("no_recognizer")
def test_a_damaged_recognizer_is_one_clear_line(voiceover: Run, clip: Path, tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper")
    false_model(tmp_path / "ear")
    voiceover("models", "import", "ear", "--licence", "MIT")
    done = voiceover("takes", "check", clip, "--text", WORDS, "--listen", check=2)
    assert "the recognizer ear cannot be used" in done.stderr
    assert "voiceover models rm ear" in done.stderr
    assert done.stderr.count("\n") == 1
    weights = next((Path(os.environ["VOICEOVER_DATA"]) / "models" / "ear").rglob("model.bin"))
    weights.write_bytes(b"cut")
    assert "model.bin: cut short or changed" in voiceover("takes", "check", clip, "--text", WORDS, "--listen", check=2).stderr


def test_a_damaged_file_of_the_package_is_one_clear_line(
    voiceover: Run, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "damaged_recognizer"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('this must not run')\n")
    (package / "model" / "config.json").write_text("{}")
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setattr("voiceover.takes.listening.packaged.PACKAGE", "damaged_recognizer")
    told = voiceover("takes", "check", clip, "--text", WORDS, "--listen", check=2).stderr
    assert "config.json: missing or damaged, not the file of whisper-tiny.en" in told


@pytest.mark.usefixtures("ears")
def test_a_recording_is_judged_by_ear(voiceover: Run, clip: Path) -> None:
    found = json.loads(voiceover("takes", "check", clip, "--text", WORDS, "--listen", "--json").stdout)
    assert "heron stands where the boats used to lie" in found["heard"]
    assert found["findings"] == []
    done = voiceover("takes", "check", clip, "--text", OTHER, "--listen", check=3)
    assert "words: " in done.stdout
    told = voiceover("takes", "check", clip, "--text", WORDS, "--language", "de", "--listen", check=2).stderr
    assert "the recognizer whisper-tiny.en does not understand de; get one that does: voiceover models pull whisper-small" in told
