"""Which machines of a cluster get work, and what becomes of those that fail: the pool by itself, without Ray."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import pytest

from tests.takes.parts import line
from voiceover.errors import RunError, VoiceoverError
from voiceover.takes import RecordingSession
from voiceover.takes.cluster import recorder
from voiceover.types import Utterance

ONE, TWO = recorder._Node("1", "one", 4.0, 0.0), recorder._Node("2", "two", 9.0, 0.0)


def pool(on_failed: Callable[[Utterance, VoiceoverError], None] | None = None) -> recorder._ClusterPool:
    session = RecordingSession(lambda progress: None, 0, 0, on_failed, None)
    made = recorder._ClusterPool(opening_of=lambda engine: lambda: None, jobs=2, attempts=3, session=session)  # type: ignore[arg-type,return-value]
    made.nodes, made.known_nodes = [ONE, TWO], {"1", "2"}
    return made


def test_a_machine_that_fails_is_paused_longer_each_time_and_then_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    made = pool()
    assert made.able_nodes(now) == [ONE, TWO]
    for failure in (1, 2):
        recorder._pause_node(made, ONE, "the store is away")
        over = now + failure * recorder.LOOK_SECONDS
        assert [made.able_nodes(at) for at in (now, over - 0.1, over)] == [[TWO], [TWO], [ONE, TWO]]
    assert made.rejected == {}
    recorder._pause_node(made, ONE, "the store is away")
    assert made.rejected == {"1": ("one", "the store is away")}
    assert made.able_nodes(now + 1000) == [TWO]
    assert made.why == "one: the store is away"


def test_an_engine_is_given_up_once_no_machine_can_open_it() -> None:
    failed: list[tuple[str, str]] = []
    made = pool(lambda utterance, error: failed.append((utterance.text, str(error))))
    made.queues, made.new = {"a": deque(), "b": deque([((line("hello"), None),)])}, {"a": [], "b": []}  # type: ignore[list-item]
    recorder._bar_engine(made, ONE, "b", "no weights")
    assert made.choose_engine(ONE, None) is None
    assert made.choose_engine(TWO, None) == "b"
    assert (failed, made.error) == ([], None)
    recorder._bar_engine(made, TWO, "b", "no weights")
    assert failed == [("hello", "no machine of the cluster can record with b: one, two: no weights")]
    assert isinstance(made.broken["b"], RunError)


def test_a_rejected_machine_does_not_keep_an_engine_from_being_given_up() -> None:
    made = pool()
    made.queues, made.new = {"a": deque()}, {"a": []}
    recorder._reject_node(made, ONE, "another version")
    recorder._bar_engine(made, TWO, "a", "no weights")
    assert str(made.error) == "no machine of the cluster can record with a: two: no weights"


def test_each_worker_gets_its_share_of_the_cores_and_at_least_one() -> None:
    made = pool()
    assert [recorder._cores(made, node) for node in (ONE, TWO, recorder._Node("3", "three", 1.0, 0.0))] == [2, 4, 1]
