from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.takes.parts import VOICE, ToneEngine, ada, line, lines, noted, only, open_missing, open_tone, tones
from voiceover.errors import EngineError, EngineMissingError, VoiceoverError
from voiceover.takes import FileStore, OpenerOf, record_takes
from voiceover.types import Audio, Options, Progress, Utterance, Voice


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "cache")


@pytest.fixture
def engine(tmp_path: Path) -> OpenerOf:
    return only(functools.partial(open_tone, tmp_path))


def test_takes_hold_what_the_engine_spoke(store: FileStore, engine: OpenerOf, tmp_path: Path) -> None:
    utterances = [line("one two"), line("three", 2)]
    takes = record_takes(ada(utterances), store, engine)
    assert list(takes) == [utterance.address for utterance in utterances]
    for utterance in utterances:
        samples, _ = soundfile.read(takes[utterance.address].path, dtype="float32")
        assert np.array_equal(samples, tones(utterance.text).samples)
    assert store.about(utterances[0].address) == {
        "text": "one two",
        "spoken": [{"text": "one two", "language": "en"}],
        "engine": "tone r1",
        "options": {"speed": 1.1},
        "seed": 7,
    }
    assert len(noted(tmp_path, "opened")) == len(noted(tmp_path, "closed")) == 1


def test_only_what_is_missing_is_recorded(store: FileStore, engine: OpenerOf, tmp_path: Path) -> None:
    script = lines(5)
    before = record_takes(ada(script), store, engine)
    edited = [*script[:2], line("changed", 3), *script[3:], script[0]]
    after = record_takes(ada(edited), store, engine)
    assert len(noted(tmp_path, "begun-changed")) == 1
    assert [len(noted(tmp_path, f"begun-line{n}")) for n in range(1, 6)] == [1] * 5
    assert {address: take for address, take in after.items() if address in before} == {
        utterance.address: before[utterance.address] for utterance in script if utterance != script[2]
    }


def test_no_engine_is_opened_where_nothing_is_missing(store: FileStore, engine: OpenerOf) -> None:
    takes = record_takes(ada(lines(2)), store, engine)
    assert record_takes(ada(lines(2)), store, only(open_missing)) == takes
    assert record_takes([], store, only(open_missing)) == {}


def test_a_damaged_take_is_recorded_again(store: FileStore, engine: OpenerOf) -> None:
    utterance = line("one")
    before = record_takes(ada([utterance]), store, engine)
    before[utterance.address].path.write_bytes(b"")
    assert record_takes(ada([utterance]), store, engine) == before


def test_equal_lines_of_two_speakers_with_one_voice_share_a_take(store: FileStore, engine: OpenerOf, tmp_path: Path) -> None:
    assert len(record_takes(ada([line("one"), line("one", 2, speaker="Bea")]), store, engine)) == 1
    assert len(noted(tmp_path, "begun-one")) == 1


def test_what_is_told(store: FileStore, engine: OpenerOf) -> None:
    record_takes(ada([line("one")]), store, engine)
    told: list[Progress] = []
    record_takes(ada([line("one"), line("two", 2), line("three", 3)]), store, engine, on_progress=told.append)
    assert told == [
        Progress("record", 1, 3),
        Progress("record", 1, 3, "Ada: two"),
        Progress("record", 2, 3, "Ada: two"),
        Progress("record", 2, 3, "Ada: three"),
        Progress("record", 3, 3, "Ada: three"),
    ]


@pytest.mark.parametrize(("text", "why"), [("please fail", "no such sound"), ("please break", "ZeroDivisionError: oops")])
def test_an_engine_that_fails(text: str, why: str, store: FileStore, engine: OpenerOf, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=rf'^play.md:2:1: the engine cannot speak "{text}": {why}$') as caught:
        record_takes(ada([line("one"), line(text, 2), line("three", 3)]), store, engine)
    assert caught.value.__cause__ is not None
    assert store.has(line("one").address)
    assert not store.has(line("three").address)
    assert noted(tmp_path, "closed")


def test_a_line_that_fails_is_told_and_the_rest_goes_on(store: FileStore, engine: OpenerOf) -> None:
    failed: list[tuple[Utterance, VoiceoverError]] = []
    script = [line("one"), line("please fail", 2), line("three", 3)]
    takes = record_takes(ada(script), store, engine, on_failed=lambda *told: failed.append(told))
    assert list(takes) == [script[0].address, script[2].address]
    assert [utterance for utterance, _ in failed] == [script[1]]
    assert str(failed[0][1]) == 'play.md:2:1: the engine cannot speak "please fail": no such sound'


def test_a_recording_stops_between_takes(store: FileStore, engine: OpenerOf, tmp_path: Path) -> None:
    takes = record_takes(ada(lines(4)), store, engine, stop=lambda: store.has(lines(2)[1].address))
    assert list(takes) == [utterance.address for utterance in lines(2)]
    again = record_takes(ada(lines(4)), store, engine, stop=lambda: False)
    assert len(again) == 4
    assert len(noted(tmp_path, "begun-line1")) == 1
    assert record_takes(ada([line("late")]), store, only(open_missing), stop=lambda: True) == {}


class HearingEngine(ToneEngine):
    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        self._note(f"{utterance.text}-by-{voice.name}")
        return super().speak(utterance, voice)


def test_two_episodes_may_name_two_voices_alike(store: FileStore, tmp_path: Path) -> None:
    requests = [(line("one"), VOICE), (line("two"), replace(VOICE, name="bea"))]
    record_takes(requests, store, only(lambda: HearingEngine(tmp_path)))
    assert noted(tmp_path, "one-by-ada")
    assert noted(tmp_path, "two-by-bea")


class EmptyEngine(ToneEngine):
    def speak(self, utterance: Utterance, voice: Voice) -> Audio:
        return Audio(np.zeros(0, np.float32), self.info.sample_rate)


def test_success_over_an_empty_recording_is_a_failure(store: FileStore, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"play\.md:1:1.*an empty recording"):
        record_takes(ada([line("one")]), store, only(lambda: EmptyEngine(tmp_path)))
    assert not store.has(line("one").address)


def test_an_engine_that_is_not_there(store: FileStore) -> None:
    with pytest.raises(EngineMissingError, match="pip install tone"):
        record_takes(ada([line("one")]), store, only(open_missing))


def test_no_jobs(store: FileStore, engine: OpenerOf) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        record_takes(ada([line("one")]), store, engine, 0)


def test_options_that_say_nothing_are_not_written(store: FileStore, engine: OpenerOf) -> None:
    utterance = line("one", options=Options())
    record_takes(ada([utterance]), store, engine)
    about = store.about(utterance.address)
    assert about is not None
    assert about["options"] == {}
