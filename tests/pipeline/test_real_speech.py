"""An episode of human voices, from the script to the finished MP3, and what a recognizer hears in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.conftest import EXAMPLES, Run
from tests.engines.piper.piper_parts import joes_folder
from tests.listening import character_error, hear_file, voiced_share
from tests.shared import shared_folder
from voiceover import Job, Settings, open_store, render
from voiceover.system.folders import data_folder
from voiceover.types import FloatArray

pytestmark = pytest.mark.usefixtures("ears")

HOME_DATA = data_folder()
"""The data folder of the person who runs the tests, as it is before each test gets one of its own."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """The example lighthouse.md, rendered once for all tests here."""

    audio: Path
    takes: tuple[dict[str, Any], ...]
    """The lines in the manifest."""
    manifest: dict[str, Any]
    recorded: dict[str, tuple[FloatArray, int]]
    """Samples and rate of the take of each line, by its text."""

    def take(self, start: str) -> tuple[FloatArray, int]:
        """The take of the line that starts so."""
        return next(take for text, take in self.recorded.items() if text.startswith(start))


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lighthouse(kokoro_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Rendering:
    def make(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("VOICEOVER_DATA", str(kokoro_store))
            patch.setenv("VOICEOVER_CACHE", str(folder / "cache"))
            render(Job(EXAMPLES / "lighthouse.md", Settings(engine="kokoro"), folder / "out", folder / "cache"))

    folder = shared_folder(tmp_path_factory, "lighthouse", make)
    store = open_store(folder / "cache")
    manifest = json.loads((folder / "out" / "lighthouse.manifest.json").read_bytes())
    recorded = {line["text"]: soundfile.read(store.path(line["address"]), dtype="float32") for line in manifest["takes"]}
    return Rendering(folder / "out" / "lighthouse.mp3", tuple(manifest["takes"]), manifest, recorded)


def test_every_line_of_the_finished_mp3_is_heard(lighthouse: Rendering) -> None:
    assert lighthouse.audio.is_file()  # no draft
    assert len(lighthouse.takes) == 7
    heard = {line["text"]: hear_file(lighthouse.audio, line["start"], line["end"]) for line in lighthouse.takes}
    assert {text: words for text, words in heard.items() if character_error(text, words) > 0.08} == {}
    # The recognizer is no yes-man: it hears that a line is not another one.
    lines = list(heard)
    assert min(character_error(said, heard[other]) for said, other in pairwise(lines)) > 0.3


def test_the_sample_of_the_docs_is_what_its_command_makes(lighthouse: Rendering) -> None:
    """Not bit for bit: processors of other kinds round differently."""
    sample = Path(__file__).parents[2] / "docs" / "lighthouse.mp3"
    # Other processors round the length of a phoneme to the next 25 ms.
    assert abs(soundfile.info(sample).duration - soundfile.info(lighthouse.audio).duration) < 0.2
    assert sample.stat().st_size < 300_000
    line = lighthouse.takes[-1]
    assert character_error(line["text"], hear_file(sample, line["start"], line["end"])) <= 0.08


def test_the_manifest_says_who_spoke(lighthouse: Rendering) -> None:
    assert lighthouse.manifest["engine"]["name"] == "kokoro"
    assert {voice["name"]: voice["licence"] for voice in lighthouse.manifest["voices"]} == dict.fromkeys(
        ("ada", "ben", "cora", "dan"), "Apache-2.0"
    )
    assert lighthouse.manifest["synthetic"] is True
    assert lighthouse.manifest["loudness"]["reached"] is True


def test_a_whisper_has_less_voice_and_a_lower_level(lighthouse: Rendering) -> None:
    plain, whisper = lighthouse.take("And what is that light"), lighthouse.take("Then why is it coming")
    assert voiced_share(*whisper) < 0.75 * voiced_share(*plain)
    assert level_db(whisper[0]) < level_db(plain[0]) - 1


def test_an_angry_line_is_louder(lighthouse: Rendering) -> None:
    plain, angry = lighthouse.take("How beautiful"), lighthouse.take("Very funny")
    assert level_db(angry[0]) > level_db(plain[0]) + 1


# ---------------------------------------------------------------- Piper, and both


@pytest.fixture(scope="module")
def both(kokoro_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with Kokoro's weights and one voice of Piper's, joe, twice: as himself, and as the guest of mixed_cast.md."""
    data = joes_folder(tmp_path_factory.mktemp("both"), "ljspeech")
    (data / "models" / "kokoro").symlink_to(kokoro_store / "models" / "kokoro")
    return data


def misheard(folder: Path, stem: str) -> dict[str, str]:
    """What is heard instead of each line of a finished MP3, if over 8% of its letters differ."""
    lines = json.loads((folder / f"{stem}.manifest.json").read_bytes())["takes"]
    assert len(lines) > 2
    heard = {line["text"]: hear_file(folder / f"{stem}.mp3", line["start"], line["end"]) for line in lines}
    return {text: words for text, words in heard.items() if character_error(text, words) > 0.08}


def test_every_line_that_piper_speaks_is_heard(both: Path, tmp_path: Path, voiceover: Run) -> None:
    script = "---\ncast: {Joe: joe}\n---\n\n"
    lines = ("The kettle was singing on the stove.", "We should bring the chairs inside.", "Somebody has left an umbrella behind the door.")
    (tmp_path / "stove.md").write_text(script + "".join(f"Joe: {line}\n\n" for line in lines))
    voiceover("render", "stove.md", "--engine", "piper", VOICEOVER_DATA=both)
    assert misheard(tmp_path, "stove") == {}


def test_every_line_of_a_cast_that_mixes_engines_is_heard(both: Path, tmp_path: Path, voiceover: Run) -> None:
    """The cast of the example, with a few words for each."""
    head = (EXAMPLES / "mixed_cast.md").read_text("utf-8").partition("**Host:**")[0]
    lines = ("**Host:** Welcome back, dear guest.", "**Guest:** Thank you for having me.", "**Host:** How did you get here?")
    (tmp_path / "mixed_cast.md").write_text(head + "\n\n".join(lines) + "\n", "utf-8")
    voiceover("render", "mixed_cast.md", VOICEOVER_DATA=both)
    assert misheard(tmp_path, "mixed_cast") == {}
    told = (tmp_path / "mixed_cast.manifest.json").read_text("utf-8")
    assert "kokoro r" in told
    assert "piper r" in told


def test_a_german_article_by_piper(tmp_path: Path, voiceover: Run) -> None:
    """Rendered where a German voice of Piper's is installed; the recognizer knows English only, so nobody listens."""
    found = json.loads(voiceover("voices", "list", "--json", VOICEOVER_DATA=HOME_DATA).stdout)
    german = [voice["name"] for voice in found if voice["engine"] == "piper" and voice["language"].startswith("de")]
    if not german:
        pytest.skip(f"no German voice of Piper's in {HOME_DATA}: voiceover models pull piper/thorsten")
    voiceover("render", EXAMPLES / "ebbe_und_flut.md", "--engine", "piper", "--voice", german[0], VOICEOVER_DATA=HOME_DATA)
    manifest = json.loads((tmp_path / "ebbe_und_flut.manifest.json").read_bytes())
    assert [chapter["title"] for chapter in manifest["chapters"]][1:] == ["Der Mond zieht", "Die Küste entscheidet"]
    assert 40 < manifest["seconds"] < 90


def level_db(samples: FloatArray) -> float:
    """Level of the parts with sound."""
    frames = samples[: len(samples) // 480 * 480].reshape(-1, 480)
    power = np.mean(np.square(frames), axis=1)
    return float(10 * np.log10(np.mean(power[power > 0.01 * np.max(power)])))
