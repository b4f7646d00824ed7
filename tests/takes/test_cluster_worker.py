"""A worker of a cluster and the connection to one, without Ray."""

from __future__ import annotations

import functools
import os
import pickle
import signal
import socket
import sys
from collections import deque
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.takes.parts import ChoirEngine, ada, line, noted
from voiceover.errors import InputError
from voiceover.system.cpu import SHARE_VARIABLE
from voiceover.takes import FileStore, RecordingSession
from voiceover.takes.cluster import WorkerSetup
from voiceover.takes.cluster.connection import connected
from voiceover.takes.cluster.worker import RemoteWorker
from voiceover.takes.worker_pool import WorkerPool

LINES = ada([line("one", 1), line("two", 2), line("three", 3)])


def open_setup(folder: Path) -> WorkerSetup:
    return WorkerSetup(ChoirEngine(folder), FileStore(folder / "takes"))


def opened(folder: Path, cores: int = 1) -> RemoteWorker:
    worker = RemoteWorker()
    (said,) = worker.open(LINES[0][0].engine, pickle.dumps(functools.partial(open_setup, folder)), cores)
    assert (said.kind, said.batch_size) == ("opened", ChoirEngine.batch_size)
    return worker


def test_an_engine_opens_with_its_share_of_the_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SHARE_VARIABLE, raising=False)
    opened(tmp_path, cores=3)
    assert os.environ[SHARE_VARIABLE] == "3"


def test_takes_in_the_store_are_reported_before_the_others_are_recorded(tmp_path: Path) -> None:
    worker = opened(tmp_path)
    first, second, third = (utterance.address for utterance, _ in LINES)
    assert [said.text for said in worker.record(pickle.dumps((LINES[1],)))] == [second]
    notes = len(noted(tmp_path, "begun-two"))
    setup = open_setup(tmp_path)
    assert next(setup.record(tuple(LINES))) == second
    assert list(setup.record(tuple(LINES))) == [second, first, third]
    assert len(noted(tmp_path, "begun-two")) == notes


def test_what_a_worker_cannot_do_is_a_message(tmp_path: Path) -> None:
    """The driver waits for a message: none at all would look like a machine that does nothing."""
    broken, lines = RemoteWorker(), pickle.dumps(tuple(LINES))
    for said in (broken.open("tone", b"nothing", 1), broken.keys(b"nothing"), broken.record(b"nothing"), broken.keys(lines)):
        assert [message.kind for message in said] == ["failed"]
    assert "before it was ready" in str(broken.record(lines)[0].error)
    assert opened(tmp_path).keys(lines)[0].keys == (1, 1, 1)


def test_lines_that_come_back_count_as_waiting_again() -> None:
    """The seconds of speech decide which engine a free worker opens."""
    pool = WorkerPool(attempts=3, session=RecordingSession(lambda progress: None, 0, 0, None, None))
    pool.add_requests(LINES)
    engine = LINES[0][0].engine
    waiting = pool.seconds[engine]
    group, _ = pool.next_group(engine, 1)
    assert pool.seconds[engine] == pytest.approx(waiting - group[0][0].estimate_seconds)
    pool.requeue(group)
    assert pool.seconds[engine] == pytest.approx(waiting)
    new, only_keys = pool.next_group(engine, 1)
    assert (new, only_keys) == (group, False)
    assert isinstance(pool.queues[engine], deque)


def test_ray_leaves_our_handler_of_sigterm_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def init(**how: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    ray = SimpleNamespace(init=init, shutdown=lambda: None, is_initialized=lambda: False)
    monkeypatch.setitem(sys.modules, "ray", ray)
    before = signal.getsignal(signal.SIGTERM)
    try:
        with connected("auto"):
            assert signal.getsignal(signal.SIGTERM) is before
    finally:
        signal.signal(signal.SIGTERM, before)


def test_an_address_in_brackets_is_asked_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def create(address: object, timeout: float) -> socket.socket:
        asked.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    ray = SimpleNamespace(is_initialized=lambda: False)
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.setattr(socket, "create_connection", create)
    for address in ("[::1]:6379", "ray://[fe80::2]:10001", "head:6379"):
        with pytest.raises(InputError, match="there is no Ray cluster"), connected(address):
            pass
    assert asked == [("::1", 6379), ("fe80::2", 10001), ("head", 6379)]
