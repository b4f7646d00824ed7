"""A worker on a machine of a Ray cluster. It exchanges plain bytes until both sides know that they run the same version."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from voiceover.errors import EngineError
from voiceover.system.cpu import SHARE_VARIABLE
from voiceover.system.version import __version__
from voiceover.takes.grouping import Group, batch_size, engine_of, keys_of, record_group
from voiceover.takes.store import TakeStore
from voiceover.takes.worker import WorkerMessage, failed
from voiceover.types import Engine


@dataclass(frozen=True, slots=True)
class WorkerSetup:
    """The engine and store of a worker."""

    engine: Engine
    store: TakeStore
    """A store that the driver reads."""

    def record(self, group: Group) -> Iterator[str]:
        """Record what the store lacks; yield each address as soon as its take is stored. Raises what ``record_group`` raises."""
        left = tuple(request for request in group if self.store.get(request[0].address) is None)
        missing = {utterance.address for utterance, _ in left}
        yield from (utterance.address for utterance, _ in group if utterance.address not in missing)
        if left:
            yield from (utterance.address for utterance, _ in record_group(left, self.engine, self.store))


OpenWorkerSetup: TypeAlias = Callable[[], WorkerSetup]
"""Creates a setup in the process that calls it; picklable."""


class RemoteWorker:
    """The Ray actor: one process with the engines that it was asked to open."""

    def __init__(self) -> None:
        self._setups: dict[str, WorkerSetup] = {}

    def version(self) -> str:
        """Return the version of voiceover on this machine."""
        return __version__

    def open(self, engine: str, opening: bytes, cores: int) -> list[WorkerMessage]:
        """Open an engine, by its name, and its store; use ``cores`` CPU cores."""
        os.environ[SHARE_VARIABLE] = str(cores)
        try:
            self._setups[engine] = pickle.loads(opening)()
        except Exception as error:
            return [failed(error)]
        return [WorkerMessage("opened", batch_size=batch_size(self._setups[engine].engine))]

    def keys(self, requests: bytes) -> list[WorkerMessage]:
        """Compute the grouping key of each request."""
        try:
            group: Group = pickle.loads(requests)
            return [WorkerMessage("keys", keys=tuple(keys_of(group, self._setup_for(group).engine)))]
        except Exception as error:
            return [failed(error)]

    def record(self, requests: bytes) -> list[WorkerMessage]:
        """Record a group; return a message per stored take, then one for an error."""
        said: list[WorkerMessage] = []
        try:
            group: Group = pickle.loads(requests)
            for address in self._setup_for(group).record(group):
                said.append(WorkerMessage("kept", address))
        except Exception as error:
            said.append(failed(error))
        return said

    def _setup_for(self, group: Group) -> WorkerSetup:
        setup = self._setups.get(engine_of(group))
        if setup is None:
            raise EngineError("the worker got work before it was ready")
        return setup
