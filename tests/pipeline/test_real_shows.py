"""The show and the article of the examples, spoken by human voices and heard by a recognizer in the finished MP3."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.conftest import EXAMPLES
from tests.engines.piper.piper_parts import joes_folder
from tests.listening import character_error, hear_file
from tests.shared import shared_folder
from voiceover import Job, Settings, render

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ears")]
ARTICLE = [
    "The cost of a lamp.",
    "On the fourth of July, twenty twenty-four, we replaced the lamp of a small lighthouse.",
    "The old one drew one thousand watts. The new one needs thirty-six.",
    "What we paid.",
    "The lamp was one thousand two hundred fifty dollars, and the boat another four hundred eighty dollars a day.",
    "In the first year we saved about three point two thousand dollars, or seventy-one percent of the bill.",
    "Part: Battery. Price: eight hundred ninety-nine dollars.",
    "Part: Cable, thirty meters. Price: seventy-five dollars.",
    "How it is watched.",
    "Every fifteen minutes check lamp reads the current.",
    "If the p ninety-nine of the delay is over two hundred fifty milliseconds, somebody is called.",
    "It runs on Python three point thirteen.",
    "You can read the source code, or write to us at example dot org.",
]
"""What is to be heard, written by hand."""


@pytest.fixture(scope="module")
def made(kokoro_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both, rendered once for all tests here: the show by Kokoro, the article by Piper, which takes a tenth of the time."""

    def make(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("VOICEOVER_CACHE", str(folder / "cache"))
            for name, engine, voice, data in (
                ("harbour_radio", "kokoro", None, kokoro_store),
                ("cost_of_a_lamp", "piper", "joe", joes_folder(folder / "joe")),
            ):
                patch.setenv("VOICEOVER_DATA", str(data))
                settings = Settings(engine=engine, voice=voice)
                render(Job(EXAMPLES / f"{name}.md", settings, folder / "out", folder / "cache", workers=1))

    return shared_folder(tmp_path_factory, "shows", make) / "out"


def manifest(made: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((made / f"{name}.manifest.json").read_bytes())
    return found


def parts(turns: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Turns in groups that fit into the 30 seconds which the recognizer hears at a time."""
    groups = [[turns[0]]]
    for turn in turns[1:]:
        if turn["end"] - groups[-1][0]["start"] < 20.0:
            groups[-1].append(turn)
        else:
            groups.append([turn])
    return groups


def hear_part(audio: Path, part: list[dict[str, Any]]) -> str:
    return hear_file(audio, part[0]["start"], part[-1]["end"])


def test_every_line_of_the_show_is_heard_over_its_music(made: Path) -> None:
    show, audio = manifest(made, "harbour_radio"), made / "harbour_radio.mp3"
    turns = sorted((*show["takes"], *show["recordings"]), key=lambda turn: turn["start"])
    assert {turn["speaker"] for turn in turns} == {"Cora", "Ben", "Keeper"}
    heard = {" ".join(turn["text"] for turn in part): hear_part(audio, part) for part in parts(turns)}
    assert {text: words for text, words in heard.items() if character_error(text, words) > 0.1} == {}


def test_the_show_has_what_a_show_has(made: Path) -> None:
    show = manifest(made, "harbour_radio")
    assert soundfile.info(made / "harbour_radio.mp3").samplerate == 44_100
    assert [chapter["title"] for chapter in show["chapters"]] == ["Good evening", "The keeper", "Good night"]
    assert [(sound["kind"], sound["name"]) for sound in show["sounds"]] == [
        ("intro", "theme"),
        ("music", "bed"),
        ("sound", "sting"),
        ("music", "bed"),
        ("outro", "theme"),
    ]
    assert show["music"]["least_lu"] >= 12.0
    assert any(span["text"].count("skerry vore") for take in show["takes"] for span in take["spoken"])
    assert show["disclosure"]["source_type"].endswith("/compositeWithTrainedAlgorithmicMedia")
    assert "except in recorded turns by Keeper" in show["disclosure"]["statement"]
    assert show["loudness"]["reached"]
    credits = (made / "harbour_radio.credits.txt").read_text("utf-8")
    assert "Sound: theme, made by scripts/make_sounds.py; CC0-1.0" in credits


def test_the_bed_is_there_between_the_lines_and_gone_where_it_stops(made: Path) -> None:
    show = manifest(made, "harbour_radio")
    samples, rate = soundfile.read(made / "harbour_radio.mp3", always_2d=True)
    bed = show["sounds"][1]
    last = max(take["end"] for take in show["takes"] if take["end"] < bed["end"])

    def level(start: float, stop: float) -> float:
        part = samples[round(start * rate) : round(stop * rate)]
        return 20 * float(np.log10(np.sqrt(np.mean(np.square(part))) + 1e-9))

    assert level(last + 0.1, last + 0.6) > -50.0
    quiet = show["sounds"][2]["end"]  # the sting's; the guest begins after a gap of 250 ms
    assert level(quiet + 0.05, quiet + 0.2) < -60.0


def test_every_line_of_the_article_is_heard_with_its_numbers(made: Path) -> None:
    article, audio = manifest(made, "cost_of_a_lamp"), made / "cost_of_a_lamp.mp3"
    assert "sounds" not in article
    wanted = " ".join(ARTICLE)
    heard = " ".join(hear_part(audio, part) for part in parts(article["takes"]))
    assert character_error(wanted, heard) < 0.1, heard
    assert article["disclosure"]["source_type"].endswith("/trainedAlgorithmicMedia")
    assert "return 2.5" not in (made / "cost_of_a_lamp.txt").read_text("utf-8")
