"""Recording by worker processes: each holds one engine; one that dies is replaced, and costs no take but the one it was at."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection, resource_tracker
from multiprocessing.context import SpawnProcess

from voiceover import errors
from voiceover.cores import share_of, sharing
from voiceover.errors import EngineError, RunError, VoiceoverError
from voiceover.takes.check import engine_error
from voiceover.takes.record import LINE_ERRORS, Request, Told
from voiceover.takes.store import TakeStore
from voiceover.takes.worker import Message, Task, work
from voiceover.types import Engine

log = logging.getLogger(__name__)

CLOSE_SECONDS = 5.0
"""What a worker gets to close its engine."""
STOP_SECONDS = 1.0
"""What a worker gets to clear away the take that it is writing."""
_POLL_SECONDS = 1.0
"""A dead worker whose own children keep its pipe open is noticed within this time."""
_KINDS: dict[str, type[VoiceoverError]] = {
    kind.__name__: kind
    for kind in (errors.EngineError, errors.EngineMissingError, errors.ModelError, errors.OutputError, errors.StoreError, errors.VoiceError)
}


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    line: connection.Connection
    ready: bool = False
    request: Request | None = None
    """What it is at."""


@dataclass(slots=True)
class _Crew:
    """The state of one recording."""

    task: Task
    size: int
    attempts: int
    queue: deque[Request]
    told: Told
    workers: list[_Worker] = field(default_factory=list)
    deaths: Counter[str] = field(default_factory=Counter)
    """Of workers, by the address they were at; under "" those that died before they were ready, since the last that was."""
    error: VoiceoverError | None = None
    """The first one; nothing new is begun after it."""

    @property
    def busy(self) -> int:
        return sum(worker.request is not None for worker in self.workers)

    @property
    def ending(self) -> bool:
        return self.error is not None or self.told.is_over()

    def fail(self, request: Request, error: VoiceoverError) -> None:
        """Do without an utterance, or end for it once what is under way is kept."""
        try:
            self.told.failed(request[0], error)
        except VoiceoverError as fatal:
            self.error = self.error or fatal


def record_in_workers(
    requests: Sequence[Request],
    store: TakeStore,
    open_engine: Callable[[], Engine],
    told: Told,
    *,
    jobs: int,
    attempts: int,
) -> None:
    """Record ``requests`` into ``store`` with up to ``jobs`` processes, the longest first; none of them remains.

    The cores are shared out among them. Raises as ``record_takes`` does.
    """
    task = Task(store, open_engine, logging.getLogger("voiceover").getEffectiveLevel())
    longest_first = sorted(requests, key=lambda request: -request[0].estimate_seconds)
    crew = _Crew(task, jobs, attempts, deque(longest_first), told)
    try:
        while crew.busy or (crew.queue and not crew.ending):
            if not crew.ending:
                _man(crew)
                _hand_out(crew)
            _listen(crew)
    except BaseException:
        _dismiss(crew.workers, at_once=True)
        raise
    _dismiss(crew.workers, at_once=False)
    if crew.error is not None:
        raise crew.error


def _man(crew: _Crew) -> None:
    cores = share_of(crew.size)
    while len(crew.workers) < min(crew.size, crew.busy + len(crew.queue)):
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, crew.task), name="voiceover-recorder")
        crew.workers.append(_Worker(process, ours))
        with theirs, _interrupts_blocked(), sharing(cores):
            process.start()


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """A process started in here is deaf to Ctrl-C from its first instant, so it cannot end in a traceback."""
    resource_tracker.ensure_running()  # its own start would lift the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _hand_out(crew: _Crew) -> None:
    for worker in crew.workers:
        if worker.ready and worker.request is None and crew.queue:
            worker.request = crew.queue.popleft()
            with suppress(OSError):  # it has died: _listen will see that
                worker.line.send(worker.request)
            crew.told.begun(worker.request[0])


def _listen(crew: _Crew) -> None:
    """Wait for something to happen, and take it in."""
    connection.wait([thing for worker in crew.workers for thing in (worker.line, worker.process.sentinel)], _POLL_SECONDS)
    for worker in list(crew.workers):
        alive = worker.process.is_alive()  # before its last words are read
        try:
            while worker.line.poll():
                _hear(crew, worker, worker.line.recv())
        except (EOFError, OSError):
            alive = False
        if not alive:
            _bury(crew, worker)


def _hear(crew: _Crew, worker: _Worker, message: Message) -> None:
    request = worker.request
    if message.kind == "log":
        logging.getLogger(message.name).log(message.level, "%s", message.text)
    elif message.kind == "ready":
        worker.ready = True
        del crew.deaths[""]
    elif message.kind == "kept" and request is not None:
        worker.request = None
        crew.told.kept(request[0])
    elif message.kind == "failed":
        worker.request = None
        error = _KINDS.get(message.name, RunError)(message.text)
        if request is not None and isinstance(error, LINE_ERRORS):
            crew.fail(request, error)
        else:
            crew.error = crew.error or error


def _bury(crew: _Crew, worker: _Worker) -> None:
    """Take a worker that has died out of the crew; what it was at goes to another."""
    crew.workers.remove(worker)
    _dismiss([worker], at_once=True)
    if crew.error is not None or (worker.ready and worker.request is None):
        return
    how = _ending(worker.process.exitcode)
    if worker.request is None:
        crew.deaths[""] += 1
        if crew.deaths[""] >= crew.attempts:
            crew.error = EngineError(
                f"the recording processes end before they are ready (the last one {how}); "
                'a program that records with several processes must do so under if __name__ == "__main__"'
            )
    else:
        _try_again(crew, worker.request, how)


def _try_again(crew: _Crew, request: Request, how: str) -> None:
    """See to a request whose worker has died, in the way that ``how`` tells."""
    utterance = request[0]
    if crew.task.store.has(utterance.address):  # it was kept, only not told
        crew.told.kept(utterance)
        return
    crew.deaths[utterance.address] += 1
    if crew.deaths[utterance.address] < crew.attempts:
        log.warning("%s: a recording process %s; another one tries this line", utterance.source, how)
        crew.queue.appendleft(request)
    else:
        crew.fail(request, engine_error(utterance, f"{crew.attempts} recording processes died of it, the last one {how}"))


def _ending(code: int | None) -> str:
    if code is None or code >= 0:
        return f"ended with exit code {code}"
    with suppress(ValueError):
        name = signal.Signals(-code).name
        return f"was killed by {name}" + (" (is there too little memory?)" if name == "SIGKILL" else "")
    return f"was killed by signal {-code}"


def _dismiss(workers: Sequence[_Worker], *, at_once: bool) -> None:
    """Let workers end, and see to it that they do."""
    started = [worker for worker in workers if worker.process.pid is not None]
    for worker in workers:
        worker.line.close()
    for worker in started:
        if at_once or not worker.ready:
            worker.process.terminate()
    deadline = time.monotonic() + (STOP_SECONDS if at_once else CLOSE_SECONDS)
    for worker in started:
        worker.process.join(max(deadline - time.monotonic(), 0.0))
        if worker.process.exitcode is None:
            worker.process.kill()
            worker.process.join()
