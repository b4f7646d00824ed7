"""The inside of a recording process: one engine, one utterance or group at a time, takes kept by itself.

It hears ``Order``s through its pipe, and answers with ``Message``s. It ends when the pipe does, and when its parent dies, however
that comes.
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
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass, fields
from multiprocessing.connection import Connection
from operator import attrgetter
from typing import Any, Literal

from voiceover import errors
from voiceover.errors import RunError, VoiceoverError
from voiceover.takes.grouping import Group, batch_size, keys_of, record_group
from voiceover.takes.store import TakeStore
from voiceover.types import Clip, Engine, Options, Source, SpokenSpan, Style, Utterance, Voice

_KINDS: dict[str, type[VoiceoverError]] = {
    kind.__name__: kind
    for kind in (
        errors.EngineError,
        errors.EngineMissingError,
        errors.EngineOptionError,
        errors.ModelError,
        errors.OutputError,
        errors.StoreError,
        errors.VoiceError,
    )
}
LAST_SECONDS = 2.0
"""What an orphan gets to leave the store clean."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a worker says."""

    kind: Literal["ready", "keys", "kept", "failed", "log"]
    text: str = ""
    """Of an error or a log record; the address of what was kept."""
    name: str = ""
    """Class of the error, or the logger."""
    level: int = 0
    batch_size: int = 1
    """With ``ready``: how many utterances the engine wants together."""
    keys: tuple[Hashable, ...] = ()

    @property
    def error(self) -> VoiceoverError:
        """Of a ``failed`` one; of a class of ours where it was one."""
        return _KINDS.get(self.name, RunError)(self.text)


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is told to do."""

    kind: Literal["keys", "record"]
    """Find the key of each request; or record them, by one call where they are several."""
    requests: Group


def _pickle_by_fields(kind: type[Any]) -> None:
    """Have a dataclass of two fields or more pickled as a call of itself: its own way walks over its fields in Python, twice as slow."""
    values = attrgetter(*(field.name for field in fields(kind)))
    copyreg.pickle(kind, lambda noun: (kind, values(noun)))


for _kind in (Message, Order, Utterance, SpokenSpan, Options, Source, Voice, Style, Clip):
    _pickle_by_fields(_kind)


@dataclass(frozen=True, slots=True)
class Task:
    """All that a worker is given at its start; pickled."""

    store: TakeStore
    open_engine: Callable[[], Engine]
    log_level: int


class _Line:
    """The worker's end of the pipe, for several threads."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.lock = threading.Lock()

    def say(self, message: Message) -> None:
        with self.lock, suppress(OSError):  # nobody listens any more: the end comes with the next recv
            self.connection.send(message)


class _LogLine(logging.Handler):
    """Hands log records to the parent, which knows where they shall go."""

    def __init__(self, line: _Line) -> None:
        super().__init__()
        self.line = line

    def emit(self, record: logging.LogRecord) -> None:
        self.line.say(Message("log", self.format(record), record.name, record.levelno))


def work(connection: Connection, task: Task) -> None:
    """The life of a worker process."""
    # These reach the whole process group; what they mean is the parent's to decide. The parent starts us with SIGINT blocked.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    line = _Line(connection)
    logging.getLogger().addHandler(_LogLine(line))
    logging.getLogger().setLevel(task.log_level)
    try:
        engine = task.open_engine()
    except Exception as error:
        line.say(failed(error))
        return
    try:
        line.say(Message("ready", batch_size=batch_size(engine)))
        _record(line, task, engine)
    finally:
        engine.close()


def _record(line: _Line, task: Task, engine: Engine) -> None:
    while True:
        try:
            order: Order = line.connection.recv()
        except (EOFError, OSError):
            return
        try:
            if order.kind == "keys":
                line.say(Message("keys", keys=tuple(keys_of(order.requests, engine))))
                continue
            for utterance, _ in record_group(order.requests, engine, task.store):
                line.say(Message("kept", utterance.address))
        except Exception as error:
            line.say(failed(error))


def failed(error: Exception) -> Message:
    """What a worker says of ``error``."""
    text = str(error) if isinstance(error, VoiceoverError) else f"{type(error).__name__}: {error}"
    return Message("failed", text, type(error).__name__)


def _leave(number: int, frame: object) -> None:
    sys.exit(128 + number)


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        # First as a signal, so that a take that is being written is cleared away; an engine deep in foreign code hears none.
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(LAST_SECONDS)
        os._exit(128 + signal.SIGTERM)
