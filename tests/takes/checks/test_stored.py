"""The checks of one take are stored beside it, measured once, and change neither its recording nor its address."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.takes.parts import RATE, VOICE, line, only, tones
from voiceover import Job, plan_episode, render
from voiceover.takes import FileStore, OpenerOf, check_take, record_takes
from voiceover.takes.checks import revision
from voiceover.types import Audio, EngineInfo, Finding, Heard, Settings, TakeChecks, Utterance, Voice

DRAFT = Settings(engine="draft", formats=("wav",))
INFO = EngineInfo("odd", 1, "odd r1", RATE, 30.0, False)


class OddEngine:
    """Speaks tones, clipped."""

    info = INFO

    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        return Audio(np.clip(20 * tones(utterance.text).samples, -1, 1).astype(np.float32), RATE)

    def close(self) -> None:
        pass


def odd() -> OpenerOf:
    return only(OddEngine)


def test_a_take_is_checked_when_it_is_recorded(tmp_path: Path) -> None:
    said, store = line("one two three"), FileStore(tmp_path)
    taken = record_takes([(said, VOICE)], store, odd())[said.address]
    assert taken.checks is not None
    assert "clipped" in {finding.check for finding in taken.checks.findings}
    assert store.get(said.address) == taken
    assert taken.checks == check_take(OddEngine().speak(said, VOICE), said, VOICE, INFO)


def test_what_is_noted_of_a_take_is_read_again_and_leaves_its_recording_alone(tmp_path: Path) -> None:
    said, store = line("one two three"), FileStore(tmp_path)
    taken = store.put(said.address, tones("one two three"), {"text": "one two three"})
    assert (taken.checks, taken.heard) == (None, None)
    before = taken.path.read_bytes()
    checks = TakeChecks(
        (Finding("silence", "1.5 s of silence within it", 0.5, 2.0), Finding("clipped", "2% of it is clipped")), 6.0, (-40.5, -80.0)
    )
    store.note(replace(taken, checks=checks, heard=Heard("ear", ("One, zwei, drei. \U0001f600", ""))))
    read = store.get(said.address)
    assert read == replace(taken, checks=checks, heard=Heard("ear", ("One, zwei, drei. \U0001f600", "")))
    assert taken.path.read_bytes() == before
    assert store.about(said.address) == {"text": "one two three"}


def test_nothing_is_noted_of_a_take_that_is_gone_or_was_recorded_again(tmp_path: Path) -> None:
    said, store = line("one"), FileStore(tmp_path)
    taken = store.put(said.address, tones("one"), {})
    store.remove(said.address)
    store.note(replace(taken, checks=TakeChecks()))
    assert store.get(said.address) is None
    again = store.put(said.address, tones("two"), {})
    store.note(replace(taken, checks=TakeChecks()))
    assert store.get(said.address) == again


def test_checks_of_another_revision_count_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said, store = line("one"), FileStore(tmp_path)
    store.put(said.address, tones("one"), {}, TakeChecks())
    assert store.get(said.address).checks == TakeChecks()  # type: ignore[union-attr]
    monkeypatch.setattr("voiceover.takes.take_file.CHECKS_REVISION", revision.CHECKS_REVISION + 1)
    assert store.get(said.address).checks is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "checks", [{"revision": revision.CHECKS_REVISION}, [], "good", {"revision": revision.CHECKS_REVISION, "findings": [1]}]
)
def test_a_recording_is_not_lost_for_checks_that_cannot_be_read(tmp_path: Path, checks: object) -> None:
    from voiceover.takes.take_file import _checksum

    said, store = line("one"), FileStore(tmp_path)
    taken = store.put(said.address, tones("one"), {}, TakeChecks())
    file = taken.path.with_name("take.json")
    content = {**json.loads(file.read_bytes()), "checks": checks, "heard": checks}
    del content["checksum"]
    file.write_text(json.dumps({**content, "checksum": _checksum(content)}))
    assert store.get(said.address) == replace(taken, checks=None, heard=None)


def test_a_take_of_an_older_version_is_measured_when_it_is_used(tmp_path: Path) -> None:
    script = tmp_path / "one.md"
    script.write_text("Hello there, this is the first line.\n\nAnd this is a second line.\n", "utf-8")
    job = Job(script, DRAFT, tmp_path / "out", tmp_path / "cache")
    first = render(job)
    files = sorted((tmp_path / "cache" / "takes").rglob("take.json"))
    contents = {file: file.read_bytes() for file in files}
    manifest = first.episode.files[-1].path.read_bytes()
    for file in files:
        _forget_checks(file)
    plan = plan_episode(job)
    (tmp_path / "out" / "one.draft.wav").unlink()
    again = render(job)
    assert again.recorded == 0
    assert [planned.utterance.address for planned in plan.planned] == [planned.utterance.address for planned in first.plan.planned]
    assert {file: file.read_bytes() for file in files} == contents
    assert again.episode.files[-1].path.read_bytes() == manifest


def _forget_checks(file: Path) -> None:
    """Write take.json as a version without checks did."""
    from voiceover.takes.take_file import decode_json, encode_json

    take, about = decode_json(file.read_bytes(), file.with_name("take.wav"))
    file.write_bytes(encode_json(replace(take, checks=None), about))
    assert "checks" not in json.loads(file.read_bytes())
