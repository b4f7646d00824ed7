"""A worker on a machine of a Ray cluster. What it is given and gives is plain until both sides know that they are of one version."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import voiceover
from voiceover.errors import EngineError
from voiceover.system.cpu import SHARE_VARIABLE
from voiceover.takes.grouping import Group, batch_size, keys_of, record_group
from voiceover.takes.store import TakeStore
from voiceover.takes.worker import Message, failed
from voiceover.types import Engine


@dataclass(frozen=True, slots=True)
class WorkerSetup:
    """What a worker records with."""

    engine: Engine
    store: TakeStore
    """Where the driver finds what is put here."""

    def record(self, group: Group) -> Iterator[str]:
        """Record what no other worker has, and tell each address as soon as its take is kept. Raises as ``record_group`` does."""
        left = tuple(request for request in group if self.store.get(request[0].address) is None)
        missing = {utterance.address for utterance, _ in left}
        yield from (utterance.address for utterance, _ in group if utterance.address not in missing)
        if left:
            yield from (utterance.address for utterance, _ in record_group(left, self.engine, self.store))


OpenWorkerSetup: TypeAlias = Callable[[], WorkerSetup]
"""Opens one where it is called; picklable."""


class RemoteWorker:
    """The actor: one process, one engine."""

    def __init__(self) -> None:
        self._booth: WorkerSetup | None = None

    def version(self) -> str:
        """Of voiceover on this machine."""
        return voiceover.__version__

    def open(self, opening: bytes, cores: int) -> list[Message]:
        """Make ready for work with so many cores."""
        os.environ[SHARE_VARIABLE] = str(cores)
        try:
            self._booth = pickle.loads(opening)()
        except Exception as error:
            return [failed(error)]
        return [Message("ready", batch_size=batch_size(self._open_booth.engine))]

    def keys(self, requests: bytes) -> list[Message]:
        """Find the key of each request."""
        try:
            return [Message("keys", keys=tuple(keys_of(pickle.loads(requests), self._open_booth.engine)))]
        except Exception as error:
            return [failed(error)]

    def record(self, requests: bytes) -> list[Message]:
        """Record a group; tells what was kept, and then what went wrong."""
        said: list[Message] = []
        try:
            for address in self._open_booth.record(pickle.loads(requests)):
                said.append(Message("kept", address))
        except Exception as error:
            said.append(failed(error))
        return said

    @property
    def _open_booth(self) -> WorkerSetup:
        if self._booth is None:
            raise EngineError("the worker was given work before it was ready")
        return self._booth
