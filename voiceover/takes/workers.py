"""Recording by worker processes: each holds one engine; one that dies is replaced, and costs no take but the one it was at."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection, resource_tracker
from multiprocessing.context import SpawnProcess

from voiceover.cores import share_of, sharing
from voiceover.errors import EngineError, VoiceoverError
from voiceover.takes.check import engine_error
from voiceover.takes.record import LINE_ERRORS, Told
from voiceover.takes.speaking import Request
from voiceover.takes.store import TakeStore
from voiceover.takes.together import Group, grouped
from voiceover.takes.worker import Message, Order, Task, work
from voiceover.types import Engine

log = logging.getLogger(__name__)

CLOSE_SECONDS = 5.0
"""What a worker gets to close its engine."""
STOP_SECONDS = 1.0
"""What a worker gets to clear away the take that it is writing."""
_POLL_SECONDS = 1.0
"""A dead worker whose own children keep its pipe open is noticed within this time."""


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    line: connection.Connection
    ready: bool = False
    batch_size: int = 1
    group: Group = ()
    """What it is at."""
    finds_keys: bool = False
    """It is to tell which of them go together."""


@dataclass(slots=True)
class _Crew:
    """The state of one recording."""

    task: Task
    size: int
    attempts: int
    queue: deque[Group]
    told: Told
    workers: list[_Worker] = field(default_factory=list)
    deaths: Counter[str] = field(default_factory=Counter)
    """Of workers, by the address they were at; under "" those that died before they were ready, since the last that was."""
    grouped: bool = False
    """Whether the queue stands as it is to be recorded: at first each request is alone, and a worker is asked which go together."""
    error: VoiceoverError | None = None
    """The first one; nothing new is begun after it."""

    @property
    def busy(self) -> int:
        return sum(bool(worker.group) for worker in self.workers)

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
    crew = _Crew(task, jobs, attempts, deque((request,) for request in longest_first), told)
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
    """A process started in here is deaf to Ctrl-C from its first instant, and is told all that it needs: Ctrl-C comes after.

    The mask is for the process, which inherits it. Ours does not hold Ctrl-C up, since it may reach another thread, a BLAS's say.
    """
    resource_tracker.ensure_running()  # its own start would lift the block
    came: list[int] = []
    handler = None
    if threading.current_thread() is threading.main_thread():
        handler = signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
            if came and callable(handler):
                handler(signal.SIGINT, None)


def _hand_out(crew: _Crew) -> None:
    for worker in crew.workers:
        if not worker.ready or worker.group or not crew.queue:
            continue
        worker.finds_keys = not crew.grouped and worker.batch_size > 1
        crew.grouped = True
        if worker.finds_keys:
            worker.group = tuple(request for group in crew.queue for request in group)
            crew.queue.clear()
        else:
            worker.group = crew.queue.popleft()
        with suppress(OSError):  # it has died: _listen will see that
            worker.line.send(Order("keys" if worker.finds_keys else "record", worker.group))
        if not worker.finds_keys:
            for utterance, _ in worker.group:
                crew.told.begun(utterance)


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
    if message.kind == "log":
        logging.getLogger(message.name).log(message.level, "%s", message.text)
    elif message.kind == "ready":
        worker.ready, worker.batch_size = True, message.batch_size
        del crew.deaths[""]
    elif message.kind == "keys":
        crew.queue.extend(grouped(worker.group, message.keys, worker.batch_size))
        worker.group = ()
    elif message.kind == "kept":
        for request in [one for one in worker.group if one[0].address == message.text]:
            worker.group = tuple(one for one in worker.group if one is not request)
            crew.told.kept(request[0])
    elif message.kind == "failed":
        _take_failure(crew, worker, message.error)


def _take_failure(crew: _Crew, worker: _Worker, error: VoiceoverError) -> None:
    group, worker.group = worker.group, ()
    if not group or not isinstance(error, LINE_ERRORS):
        crew.error = crew.error or error
    elif len(group) == 1 and not worker.finds_keys:
        crew.fail(group[0], error)
    else:  # nobody knows which one it was
        crew.queue.extendleft((request,) for request in reversed(group))


def _bury(crew: _Crew, worker: _Worker) -> None:
    """Take a worker that has died out of the crew; what it was at goes to another."""
    crew.workers.remove(worker)
    _dismiss([worker], at_once=True)
    if crew.error is not None or (worker.ready and not worker.group):
        return
    how = _ending(worker.process.exitcode)
    if not worker.group:
        crew.deaths[""] += 1
        if crew.deaths[""] >= crew.attempts:
            crew.error = EngineError(
                f"the recording processes end before they are ready (the last one {how}); "
                'a program that records with several processes must do so under if __name__ == "__main__"'
            )
    else:
        if worker.finds_keys or len(worker.group) > 1:
            log.warning("a recording process %s; the %d lines that it was at are tried one by one", how, len(worker.group))
        for request in reversed(worker.group):
            _try_again(crew, request, how, alone=len(worker.group) == 1 and not worker.finds_keys)


def _try_again(crew: _Crew, request: Request, how: str, *, alone: bool) -> None:
    """See to a request whose worker has died, in the way that ``how`` tells."""
    utterance = request[0]
    if crew.task.store.has(utterance.address):  # it was kept, only not told
        crew.told.kept(utterance)
        return
    if not alone:  # nobody knows which one it was: none dies of it before it has been tried by itself
        crew.queue.appendleft((request,))
        return
    crew.deaths[utterance.address] += 1
    if crew.deaths[utterance.address] < crew.attempts:
        log.warning("%s: a recording process %s; another one tries this line", utterance.source, how)
        crew.queue.appendleft((request,))
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
