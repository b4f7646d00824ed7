"""The code inside a recording process: one utterance or group at a time; the process stores its takes itself.

It opens an engine on request, and keeps it until it exits.

It reads each ``WorkerOrder`` from its pipe and answers with ``WorkerMessage`` objects. It exits when the pipe closes, and when its parent
dies for any reason.
"""

from __future__ import annotations

import copyreg
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass, fields
from multiprocessing.connection import Connection
from operator import attrgetter
from types import FrameType
from typing import Any, Literal

from voiceover import errors
from voiceover.errors import RunError, VoiceoverError
from voiceover.takes.grouping import Group, batch_size, keys_of, record_group
from voiceover.takes.single import OpenEngine
from voiceover.takes.store import TakeStore
from voiceover.types import Clip, Engine, Options, Source, SpokenSpan, Style, Utterance, Voice

_KINDS: dict[str, type[VoiceoverError]] = {
    kind.__name__: kind
    for kind in (
        errors.EngineError,
        errors.EngineMissingError,
        errors.EngineOptionError,
        errors.ModelError,
        errors.NetworkError,
        errors.OutputError,
        errors.StoreError,
        errors.UnusableTakeError,
        errors.VoiceError,
    )
}
LAST_SECONDS = 2.0
"""Time a worker whose parent died has to leave the store clean."""


@dataclass(frozen=True, slots=True)
class WorkerMessage:
    """A message from a worker to its parent."""

    kind: Literal["opened", "keys", "kept", "failed", "log"]
    text: str = ""
    """Text of an error or a log record; address of a recorded take."""
    name: str = ""
    """Class of the error, or name of the logger."""
    level: int = 0
    batch_size: int = 1
    """With ``opened``: how many utterances the engine takes per call."""
    keys: tuple[Hashable, ...] = ()

    @property
    def error(self) -> VoiceoverError:
        """The error of a ``failed`` message; a RunError if its class is not one of ours."""
        return _KINDS.get(self.name, RunError)(self.text)


@dataclass(frozen=True, slots=True)
class WorkerOrder:
    """An instruction to a worker."""

    kind: Literal["open", "keys", "record"]
    """Open an engine, compute the grouping key of each request, or record them, with one call if there are several."""
    engine: str
    """Name of the engine."""
    requests: Group = ()
    open_engine: OpenEngine | None = None
    """With ``open``: creates the engine."""


def _pickle_by_fields(kind: type[Any]) -> None:
    """Pickle a dataclass of two or more fields as a constructor call: twice as fast as the default, which loops over fields in Python."""
    values = attrgetter(*(field.name for field in fields(kind)))
    copyreg.pickle(kind, lambda noun: (kind, values(noun)))


for _kind in (WorkerMessage, WorkerOrder, Utterance, SpokenSpan, Options, Source, Voice, Style, Clip):
    _pickle_by_fields(_kind)


@dataclass(frozen=True, slots=True)
class WorkerTask:
    """What a worker gets when it starts; pickled."""

    store: TakeStore
    log_level: int


class _ParentPipe:
    """The worker's end of the pipe; may be used by several threads."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.lock = threading.Lock()

    def say(self, message: WorkerMessage) -> None:
        with self.lock, suppress(OSError):  # the parent is gone; the next recv raises EOFError
            self.connection.send(message)


class _LogForwarder(logging.Handler):
    """Sends log records to the parent, which has the log handlers."""

    def __init__(self, line: _ParentPipe) -> None:
        super().__init__()
        self.line = line

    def emit(self, record: logging.LogRecord) -> None:
        self.line.say(WorkerMessage("log", self.format(record), record.name, record.levelno))


def work(connection: Connection, task: WorkerTask) -> None:
    """Run a worker process until its pipe closes."""
    # These signals reach the whole process group; only the parent acts on them. The parent starts us with SIGINT blocked.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    line = _ParentPipe(connection)
    logging.getLogger().addHandler(_LogForwarder(line))
    logging.getLogger().setLevel(task.log_level)
    engines: dict[str, Engine] = {}
    try:
        _follow_orders(line, task, engines)
    finally:
        for engine in engines.values():
            engine.close()


def _follow_orders(line: _ParentPipe, task: WorkerTask, engines: dict[str, Engine]) -> None:
    while True:
        try:
            order: WorkerOrder = line.connection.recv()
        except (EOFError, OSError):
            return
        try:
            if order.open_engine is not None:
                engines[order.engine] = order.open_engine()
                line.say(WorkerMessage("opened", batch_size=batch_size(engines[order.engine])))
            elif order.kind == "keys":
                line.say(WorkerMessage("keys", keys=tuple(keys_of(order.requests, engines[order.engine]))))
            else:
                for utterance, _ in record_group(order.requests, engines[order.engine], task.store):
                    line.say(WorkerMessage("kept", utterance.address))
        except Exception as error:
            line.say(failed(error))


def failed(error: Exception) -> WorkerMessage:
    """Return the message that reports ``error``."""
    text = str(error) if isinstance(error, VoiceoverError) else f"{type(error).__name__}: {error}"
    return WorkerMessage("failed", text, type(error).__name__)


def _leave(number: int, frame: FrameType | None) -> None:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            # C++ aborts, with a traceback, if an exception reaches a native module that is being loaded. No take is being written here.
            os._exit(128 + number)
        frame = frame.f_back
    sys.exit(128 + number)


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        # SIGTERM first, so that a take that is being written is removed; an engine that is inside native code does not react to it.
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(LAST_SECONDS)
        os._exit(128 + signal.SIGTERM)
