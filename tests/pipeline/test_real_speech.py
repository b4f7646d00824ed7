"""An episode of human voices, from the script to the finished MP3, and what a recognizer hears in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.conftest import EXAMPLES
from tests.listening import character_error, hear_file, voiced_share
from voiceover import Job, Settings, open_store, render
from voiceover.types import FloatArray

pytestmark = pytest.mark.usefixtures("ears")


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


@pytest.fixture(scope="module")
def lighthouse(kokoro_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rendering]:
    folder = tmp_path_factory.mktemp("lighthouse")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEOVER_DATA", str(kokoro_store))
        patch.setenv("VOICEOVER_CACHE", str(folder / "cache"))
        rendered = render(Job(EXAMPLES / "lighthouse.md", Settings(engine="kokoro"), folder / "out", folder / "cache"))
        store = open_store(folder / "cache")
        manifest = json.loads((folder / "out" / "lighthouse.manifest.json").read_bytes())
        recorded = {line["text"]: soundfile.read(store.path(line["address"]), dtype="float32") for line in manifest["takes"]}
    yield Rendering(rendered.episode.files[0].path, tuple(manifest["takes"]), manifest, recorded)


def test_every_line_of_the_finished_mp3_is_heard(lighthouse: Rendering) -> None:
    assert lighthouse.audio.name == "lighthouse.mp3"  # no draft
    assert len(lighthouse.takes) == 7
    heard = {line["text"]: hear_file(lighthouse.audio, line["start"], line["end"]) for line in lighthouse.takes}
    assert {text: words for text, words in heard.items() if character_error(text, words) > 0.08} == {}
    # The recognizer is no yes-man: it hears that a line is not another one.
    lines = list(heard)
    assert min(character_error(said, heard[other]) for said, other in pairwise(lines)) > 0.3


def test_the_sample_of_the_docs_is_what_its_command_makes(lighthouse: Rendering) -> None:
    """Not bit for bit: processors of other kinds round differently."""
    sample = Path(__file__).parents[2] / "docs" / "lighthouse.mp3"
    assert abs(soundfile.info(sample).duration - soundfile.info(lighthouse.audio).duration) < 0.05
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


def level_db(samples: FloatArray) -> float:
    """Level of the parts with sound."""
    frames = samples[: len(samples) // 480 * 480].reshape(-1, 480)
    power = np.mean(np.square(frames), axis=1)
    return float(10 * np.log10(np.mean(power[power > 0.01 * np.max(power)])))
