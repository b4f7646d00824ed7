"""``voices add`` keeps a short cut of a recording, if it is certain which words are said in it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.conftest import Run
from tests.voice_parts import BOTH, RATE, SENTENCES, WORDS, save, sentence
from voiceover.audio.files import read_audio
from voiceover.voices.preflight import SAMPLE_RATE
from voiceover.voices.short_cut import short_cut

LICENCE = ("--licence", "CC0-1.0", "--to-folder", "voices")


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Two sentences of about 3.7 s, with a pause between them."""
    return save(tmp_path / "both.wav", np.concatenate((sentence(0, 1.3), sentence(1, 1.3))))


def entry(folder: Path) -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load((folder / "voices/me/voice.yaml").read_text("utf-8"))["reference"]
    return found


def test_add_keeps_one_of_two_sentences_and_shows_it(voiceover: Run, tmp_path: Path, recording: Path) -> None:
    add = ("voices", "add", "me", "--text", BOTH, "--audio", str(recording), *LICENCE)
    assert "short lines will be spoken with 3." in voiceover(*add).stdout
    short = entry(tmp_path)["short"]
    assert isinstance(short, dict) and short["text"] in SENTENCES[:2]
    audio = read_audio(tmp_path / "voices/me" / short["audio"])
    assert audio.sample_rate == SAMPLE_RATE and 3.0 <= len(audio.samples) / SAMPLE_RATE <= 4.5
    shown = json.loads(voiceover("voices", "list", "--json").stdout)
    (mine,) = (voice for voice in shown if voice["name"] == "me")
    assert mine["styles"]["plain"]["short"]["text"] == short["text"]
    # A recording of one sentence has no short cut, and the old one goes with its clip.
    single = save(tmp_path / "one.wav", sentence(0))
    assert "short lines" not in voiceover("voices", "add", "me", "--text", WORDS, "--audio", str(single), "--replace", *LICENCE).stdout
    assert set(entry(tmp_path)) == {"audio", "text"}
    assert len(list((tmp_path / "voices/me").glob("*.flac"))) == 1
    assert "short lines" in voiceover(*add, "--style", "loud").stdout
    assert "for short lines: loud-short.flac" in voiceover("voices", "show", "me").stdout


def test_a_cut_is_made_only_where_words_and_silence_agree() -> None:
    first, second = (sentence(number, 1.3)[RATE // 2 : -RATE // 2] for number in (0, 1))
    gap = np.zeros(RATE // 3, np.float32)

    def cut(*parts: np.ndarray, text: str = BOTH) -> str | None:  # at 44.1 kHz; the rate matters to nothing but the times
        from voiceover.audio.files import resample

        found = short_cut(resample(np.concatenate(parts), RATE, SAMPLE_RATE), text)
        return None if found is None else found.text

    assert cut(first, gap, second) in SENTENCES[:2]
    assert cut(first, second[: RATE // 10], gap, second[RATE // 10 :], text=BOTH.replace(".", ",")) is None  # no end of a sentence
    assert cut(first, second) is None  # no silence
    assert cut(first, gap, second, text=f"{BOTH} And this was never said, whatever anybody says.") is None
    half = len(second) // 6
    assert cut(first, gap, second[:half], gap, second[half:]) is None  # either silence may be the stop's


@pytest.mark.parametrize(
    ("short", "said"),
    [
        ("{audio: plain.flac}", '"text", its exact words; "text" is missing'),
        ("{audio: ../../secret.flac, text: x}", "secret.flac"),
        ("{audio: plain.flac, text: The same clip again.}", "it must be shorter"),
        ("yes", "short"),
        ("{audio: plain.flac, text: x, short: {audio: plain.flac, text: x}}", 'unknown key "short"'),
    ],
)
def test_a_short_clip_that_cannot_be_used_is_an_error_with_its_place(voiceover: Run, tmp_path: Path, short: str, said: str) -> None:
    folder = tmp_path / "voices" / "me"
    folder.mkdir(parents=True)
    save(folder / "plain.wav", sentence(0)).rename(folder / "plain.flac")
    (folder / "voice.yaml").write_text(f"licence: CC0-1.0\nreference:\n  audio: plain.flac\n  text: {WORDS}\n  short: {short}\n", "utf-8")
    (tmp_path / "a.md").write_text("---\ncast: {Ann: me}\n---\n\nAnn: Hello there.\n", "utf-8")
    told = voiceover("check", "a.md", check=2).stdout
    assert "voice.yaml:5:" in told and said in told
