"""The manifest: what it says, and that a damaged one is no more than a missing one."""

from __future__ import annotations

import dataclasses
import json
import logging
import math
from pathlib import Path

import pytest

from tests.publish.parts import ENGINE, manifest_input, metadata, report, small_timeline
from voiceover.publish import Manifest, read_manifest
from voiceover.publish.manifest import make_manifest
from voiceover.publish.manifest_json import manifest_text
from voiceover.types import EpisodeFile, LoudnessTarget, Mark, RecordedLine, SpokenSpan, Status


def made(**changes: object) -> Manifest:
    line = small_timeline()
    files = [EpisodeFile(Path("x/town.mp3"), 12, "ab" * 32), EpisodeFile(Path("x/town.vtt"), 3, "cd" * 32)]
    return dataclasses.replace(make_manifest(manifest_input(line), line, metadata(), report(), files), **changes)  # type: ignore[arg-type]


def test_it_reads_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "town.manifest.json"
    acx = LoudnessTarget("acx", None, -3.0, (-23.0, -18.0), -60.0)
    for manifest in (made(), made(loudness=dataclasses.replace(report(-math.inf), target=acx, gain_db=-math.inf))):
        path.write_text(manifest_text(manifest), "utf-8")
        assert read_manifest(path) == manifest


def test_what_machines_read(tmp_path: Path) -> None:
    text = manifest_text(made(loudness=report(-math.inf)))
    content = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert content["synthetic"] is True
    assert content["recipe"] == "r1"
    assert [set(take) >= {"address", "line", "start", "end", "voice_digest", "spoken", "seed"} for take in content["takes"]] == [True, True]
    assert [(take["line"], take["start"], take["end"]) for take in content["takes"]] == [(10, 0.04, 0.96), (12, 0.94, 1.96)]
    assert content["voices"] == [
        {"name": "ben", "speakers": ["Country", "Town"], "digests": {"": "ben--f5"}, "licence": "CC0-1.0", "consent": None}
    ]
    assert content["loudness"]["after"]["integrated_lufs"] is None
    assert [file["name"] for file in content["files"]] == ["town.mp3", "town.vtt"]
    assert set(content["versions"]) == {"voiceover", "lameenc", "soxr"}


def test_words_are_listed_for_takes_with_marks(tmp_path: Path) -> None:
    line = small_timeline("Good\n [4,\n  1.5\n ] cheese")
    first, second = line.placed
    spoken = second.utterance.text
    marks = tuple(Mark(spoken.index(word), frame) for word, frame in (("Good", 1440), ("cheese", 12_000), ("is", 18_000), ("walk", 21_600)))
    marked = dataclasses.replace(second, take=dataclasses.replace(second.take, marks=marks))
    line = dataclasses.replace(line, placed=(first, marked))
    manifest = make_manifest(manifest_input(line), line, metadata(), report(), [])
    text = manifest_text(manifest)
    takes = json.loads(text)["takes"]
    assert "words" not in takes[0]
    assert takes[1]["text"] == spoken
    shown = " ".join(spoken.split())
    words = {shown[at:].split()[0]: seconds for at, seconds in takes[1]["words"]}
    assert (words["Good"], words["cheese"], words["is"], words["walk."]) == (1.0, 1.44, 1.69, 1.84)
    assert '"words": [\n    [0, 1.0],\n' in text
    path = tmp_path / "town.manifest.json"
    path.write_text(text, "utf-8")
    assert read_manifest(path) == manifest


def test_people_can_read_it_too() -> None:
    line = small_timeline("城里的老鼠 é")
    text = manifest_text(make_manifest(manifest_input(line), line, metadata("Mäuse"), report(), []))
    assert "城里的老鼠 é is worth a walk." in text
    assert text.startswith('{\n "')
    assert text.endswith("\n}\n")


def test_a_kept_take_is_recorded_as_what_it_is() -> None:
    line = small_timeline()
    given = manifest_input(line, status=Status.KEPT)
    first = line.placed[0].utterance
    before = RecordedLine(
        address=first.address,
        line_key="older",
        segment_key="older",
        speaker="Town",
        style="",
        text=first.text,
        spoken=(SpokenSpan("older spelling", "en"),),
        options=first.options,
        seed=5,
        attempt=0,
        voice_digest="older",
        engine="f5",
        model="f5-base",
        fingerprint="f5-2-old",
        revision=2,
        seconds=1.0,
    )
    manifest = make_manifest(dataclasses.replace(given, previous=(before,)), line, metadata(), report(), [])
    kept, new = manifest.lines
    assert (kept.revision, kept.fingerprint, kept.voice_digest, kept.seed) == (2, "f5-2-old", "older", 5)
    assert kept.spoken == before.spoken
    assert kept.line_key == first.line_key
    assert (new.revision, new.fingerprint) == (ENGINE.revision, ENGINE.fingerprint)


def test_none_is_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert read_manifest(tmp_path / "none.json") is None
    assert not caplog.records


DAMAGE = {
    "empty": "",
    "cut off": manifest_text(made())[:700],
    "not an object": "[1]",
    "null": "null",
    "deep": "[" * 100_000,
    "older schema": manifest_text(made()).replace('"schema": 1', '"schema": 0'),
    "a file elsewhere": manifest_text(made()).replace("town.vtt", "../town.vtt"),
    "a number as text": manifest_text(made()).replace('"seed": 7', '"seed": "7"'),
    "an unknown option": manifest_text(made()).replace('"speed": 1.1', '"sped": 1.1'),
    "words without times": manifest_text(made()).replace('"voice":', '"words": [3], "voice":'),
    "no takes": manifest_text(made()).replace('"takes"', '"tokens"'),
}


@pytest.mark.parametrize("text", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_one_is_none_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str) -> None:
    path = tmp_path / "town.manifest.json"
    path.write_text(text, "utf-8")
    with caplog.at_level(logging.WARNING):
        assert read_manifest(path) is None
    assert str(path) in caplog.text


def test_one_that_is_not_text(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "town.manifest.json"
    path.write_bytes(b"\xff\xfe{")
    assert read_manifest(path) is None
    assert read_manifest(tmp_path) is None
    assert len(caplog.records) == 2
