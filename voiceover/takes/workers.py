"""Recording by worker processes: each holds one engine; one that dies is replaced, and costs no take but the one it was at."""

from __future__ import annotations

import logging
import multiprocessing
import selectors
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection, resource_tracker
from multiprocessing.context import SpawnProcess

from voiceover.errors import EngineError
from voiceover.system.cpu import share_of, sharing
from voiceover.takes.grouping import Group
from voiceover.takes.queue import Crew
from voiceover.takes.record import RecordingSession
from voiceover.takes.single import Request
from voiceover.takes.store import TakeStore
from voiceover.takes.worker import Message, Order, Task, work
from voiceover.types import Engine

log = logging.getLogger(__name__)

CLOSE_SECONDS = 5.0
"""What a worker gets to close its engine."""
STOP_SECONDS = 1.0
"""What a worker gets to clear away the take that it is writing."""
_POLL_SECONDS = 1.0
"""A dead worker whose own children keep its pipes open is noticed within this time."""


@dataclass(slots=True, eq=False)
class _Worker:
    process: SpawnProcess
    line: connection.Connection
    ready: bool = False
    batch_size: int = 1
    group: Group = ()
    """What it is at."""
    finds_keys: bool = False
    """It is to tell which of them go together."""


@dataclass(slots=True, kw_only=True)
class _Crew(Crew):
    """Processes of this machine; deaths before a worker was ready, since the last that was, stand under ""."""

    task: Task
    size: int
    workers: list[_Worker] = field(default_factory=list)
    ears: selectors.BaseSelector
    """Wakes for the line and the end of each worker, and for the bell of the feed: made once, as there is a message a take."""
    looked: float = -_POLL_SECONDS
    """When all workers were last asked whether they live."""

    @property
    def busy(self) -> int:
        return sum(bool(worker.group) for worker in self.workers)


def record_in_workers(
    requests: Sequence[Request],
    store: TakeStore,
    open_engine: Callable[[], Engine],
    told: RecordingSession,
    *,
    jobs: int,
    attempts: int,
) -> None:
    """Record ``requests`` and what else ``told`` is fed into ``store`` with up to ``jobs`` processes; none of them remains.

    The cores are shared out among them. Raises as ``record_takes`` does.
    """
    task = Task(store, open_engine, logging.getLogger("voiceover").getEffectiveLevel())
    with selectors.DefaultSelector() as ears:
        crew = _Crew(task=task, size=jobs, attempts=attempts, told=told, ears=ears)
        crew.take_in(requests)
        if told.feed is not None:
            ears.register(told.feed.bell, selectors.EVENT_READ)
        try:
            while crew.goes_on(crew.busy):
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
    while len(crew.workers) < min(crew.size, crew.busy + crew.waiting):
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, crew.task), name="voiceover-recorder")
        worker = _Worker(process, ours)
        crew.workers.append(worker)
        with theirs, _interrupts_blocked(), sharing(share_of(crew.size)):
            process.start()
        for thing in (ours, process.sentinel):
            crew.ears.register(thing, selectors.EVENT_READ, worker)


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
        if not worker.ready or worker.group or not crew.waiting:
            continue
        worker.group, worker.finds_keys = crew.take_work(worker.batch_size)
        with suppress(OSError):  # it has died: _listen will see that
            worker.line.send(Order("keys" if worker.finds_keys else "record", worker.group))
        if not worker.finds_keys:
            for utterance, _ in worker.group:
                crew.told.begun(utterance)


def _listen(crew: _Crew) -> None:
    """Wait for something to happen, and take it in."""
    dead: list[_Worker] = []
    for key, _ in crew.ears.select(_POLL_SECONDS):
        worker: _Worker | None = key.data
        if worker is None:
            if crew.told.feed is not None:
                crew.told.feed.hush()
        elif key.fileobj is not worker.line:
            dead.append(worker)
        else:
            try:
                _hear(crew, worker, worker.line.recv())
            except (EOFError, OSError):
                dead.append(worker)
    if (now := time.monotonic()) >= crew.looked + _POLL_SECONDS:
        crew.looked = now
        dead += [worker for worker in crew.workers if not worker.process.is_alive()]
    for worker in dict.fromkeys(dead):
        with suppress(EOFError, OSError):
            while worker.line.poll():  # its last words
                _hear(crew, worker, worker.line.recv())
        _bury(crew, worker)


def _hear(crew: _Crew, worker: _Worker, message: Message) -> None:
    if message.kind == "log":
        logging.getLogger(message.name).log(message.level, "%s", message.text)
    elif message.kind == "ready":
        worker.ready, worker.batch_size = True, message.batch_size
        del crew.deaths[""]
    elif message.kind == "keys":
        crew.hear_keys(worker.group, message.keys, worker.batch_size)
        worker.group = ()
    elif message.kind == "kept":
        worker.group = crew.hear_kept(worker.group, message.text)
    elif message.kind == "failed":
        group, worker.group = worker.group, ()
        if not crew.hear_failed(group, message.error, recording=not worker.finds_keys):
            crew.error = crew.error or message.error


def _bury(crew: _Crew, worker: _Worker) -> None:
    """Take a worker that has died out of the crew; what it was at goes to another."""
    crew.workers.remove(worker)
    for thing in (worker.line, worker.process.sentinel):
        crew.ears.unregister(thing)
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
    given_up = f"{crew.attempts} recording processes died of it, the last one {how}"
    crew.bury(request, f"a recording process {how}; another one tries this line", given_up)


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
