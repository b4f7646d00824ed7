"""Record with worker processes. A worker that crashes is replaced and costs at most the take it was recording.

Each worker opens the engines that it needs; see ``WorkerPool.engine_for``.
"""

from __future__ import annotations

import logging
import multiprocessing
import selectors
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection, resource_tracker
from multiprocessing.context import SpawnProcess

from voiceover.errors import EngineError
from voiceover.system.cpu import share_of, sharing
from voiceover.takes.grouping import engine_of
from voiceover.takes.session import RecordingSession
from voiceover.takes.single import OpenerOf, Request
from voiceover.takes.store import TakeStore
from voiceover.takes.worker import WorkerMessage, WorkerOrder, WorkerTask, work
from voiceover.takes.worker_pool import PooledWorker, WorkerPool

log = logging.getLogger(__name__)

CLOSE_SECONDS = 5.0
"""Time a worker has to close its engine."""
STOP_SECONDS = 1.0
"""Time a worker has to remove the take it is writing."""
_POLL_SECONDS = 1.0
"""A dead worker is noticed within this time even if its own child processes keep its pipe open."""


@dataclass(slots=True, eq=False)
class _WorkerProcess(PooledWorker):
    process: SpawnProcess
    pipe: connection.Connection
    finding_keys: bool = False
    """True while it computes the grouping keys of ``group``."""


@dataclass(slots=True, kw_only=True)
class _ProcessPool(WorkerPool):
    """Processes on this machine. ``crashes["opening NAME"]`` counts workers that crashed with that engine, since one last opened it."""

    task: WorkerTask
    opener_of: OpenerOf
    size: int
    workers: list[_WorkerProcess] = field(default_factory=list)
    selector: selectors.BaseSelector
    """Waits for messages and exits of workers and for the feed. Created once, because every take sends a message."""
    last_check: float = -_POLL_SECONDS
    """When all workers were last checked to be alive."""

    @property
    def busy(self) -> int:
        return sum(bool(worker.group) for worker in self.workers)

    def choose_engine(self, worker: _WorkerProcess | None) -> str | None:
        """Return the engine that ``worker``, or a new one, should record with; None if it should wait."""
        others = [other.use for other in self.workers if other is not worker]
        return self.engine_for(worker.batch_sizes if worker else (), others)


def record_in_workers(
    requests: Sequence[Request],
    store: TakeStore,
    opener_of: OpenerOf,
    session: RecordingSession,
    *,
    jobs: int,
    attempts: int,
) -> None:
    """Record ``requests`` and what the feed of ``session`` adds, with up to ``jobs`` processes, which all end before this returns.

    The CPU cores are divided among them. Raises what ``record_takes`` raises.
    """
    task = WorkerTask(store, logging.getLogger("voiceover").getEffectiveLevel())
    with selectors.DefaultSelector() as selector:
        pool = _ProcessPool(task=task, opener_of=opener_of, size=jobs, attempts=attempts, session=session, selector=selector)
        pool.add_requests(requests)
        if session.feed is not None:
            selector.register(session.feed.wakeup, selectors.EVENT_READ)
        try:
            while pool.has_work(pool.busy):
                if not pool.stopping:
                    _start_workers(pool)
                    _assign_work(pool)
                _wait_for_messages(pool)
        except BaseException:
            _stop_workers(pool.workers, at_once=True)
            raise
        _stop_workers(pool.workers, at_once=False)
    if pool.error is not None:
        raise pool.error


def _start_workers(pool: _ProcessPool) -> None:
    while len(pool.workers) < min(pool.size, pool.busy + pool.waiting) and (engine := pool.choose_engine(None)) is not None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, pool.task), name="voiceover-recorder")
        worker = _WorkerProcess(process, ours)
        pool.workers.append(worker)
        with theirs, _interrupts_blocked(), sharing(share_of(pool.size)):
            process.start()
        for thing in (ours, process.sentinel):
            pool.selector.register(thing, selectors.EVENT_READ, worker)
        _open(pool, worker, engine)


def _open(pool: _ProcessPool, worker: _WorkerProcess, engine: str) -> None:
    worker.opening = engine
    with suppress(OSError):  # the worker has died; _wait_for_messages notices
        worker.pipe.send(WorkerOrder("open", engine, open_engine=pool.opener_of(engine)))


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Start a process that ignores Ctrl-C from its first instruction, and delay a Ctrl-C here until it has been started completely.

    The new process inherits the signal mask. The mask alone does not delay Ctrl-C in this process, because the signal may be delivered to
    another thread (of a BLAS library, for example); hence the temporary handler.
    """
    resource_tracker.ensure_running()  # starting it later would remove the mask
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


def _assign_work(pool: _ProcessPool) -> None:
    for worker in pool.workers:
        if worker.opening is not None or worker.group or not pool.waiting:
            continue
        engine = pool.choose_engine(worker)
        if engine is None:
            continue
        if engine not in worker.batch_sizes:
            _open(pool, worker, engine)
            continue
        worker.group, worker.finding_keys = pool.next_group(engine, worker.batch_sizes[engine])
        with suppress(OSError):  # the worker has died; _wait_for_messages notices
            worker.pipe.send(WorkerOrder("keys" if worker.finding_keys else "record", engine, worker.group))
        if not worker.finding_keys:
            for utterance, _ in worker.group:
                pool.session.started(utterance)


def _wait_for_messages(pool: _ProcessPool) -> None:
    """Wait for messages, exits or new requests, and handle them."""
    dead: list[_WorkerProcess] = []
    for key, _ in pool.selector.select(_POLL_SECONDS):
        worker: _WorkerProcess | None = key.data
        if worker is None:
            if pool.session.feed is not None:
                pool.session.feed.clear_wakeup()
        elif key.fileobj is not worker.pipe:
            dead.append(worker)
        else:
            try:
                _handle_message(pool, worker, worker.pipe.recv())
            except (EOFError, OSError):
                dead.append(worker)
    if (now := time.monotonic()) >= pool.last_check + _POLL_SECONDS:
        pool.last_check = now
        dead += [worker for worker in pool.workers if not worker.process.is_alive()]
    for worker in dict.fromkeys(dead):
        with suppress(EOFError, OSError):
            while worker.pipe.poll():  # messages it sent before it died
                _handle_message(pool, worker, worker.pipe.recv())
        _remove_dead_worker(pool, worker)


def _handle_message(pool: _ProcessPool, worker: _WorkerProcess, message: WorkerMessage) -> None:
    if message.kind == "log":
        logging.getLogger(message.name).log(message.level, "%s", message.text)
    elif message.kind == "opened" and worker.opening is not None:
        worker.batch_sizes[worker.opening] = message.batch_size
        del pool.crashes[_opening(worker.opening)]
        worker.opening = None
    elif message.kind == "keys":
        pool.queue_by_keys(worker.group, message.keys, worker.batch_sizes[engine_of(worker.group)])
        worker.group = ()
    elif message.kind == "kept":
        worker.group = pool.take_recorded(worker.group, message.text)
    elif worker.opening is not None:
        engine, worker.opening = worker.opening, None
        pool.fail_engine(engine, message.error)
    elif message.kind == "failed":
        group, worker.group = worker.group, ()
        if not pool.handle_failure(group, message.error, recording=not worker.finding_keys):
            pool.error = pool.error or message.error


def _opening(engine: str) -> str:
    """Return the key in ``crashes`` for workers that crash while they open an engine."""
    return f"opening {engine}"


def _remove_dead_worker(pool: _ProcessPool, worker: _WorkerProcess) -> None:
    """Remove a worker that has died and requeue its requests."""
    pool.workers.remove(worker)
    for thing in (worker.pipe, worker.process.sentinel):
        pool.selector.unregister(thing)
    _stop_workers([worker], at_once=True)
    if pool.error is not None or (worker.opening is None and not worker.group):
        return
    how = _exit_words(worker.process.exitcode)
    if worker.opening is not None:
        key = _opening(worker.opening)
        pool.crashes[key] += 1
        if pool.crashes[key] >= pool.attempts:
            why = EngineError(
                f"the recording processes exit before they are ready (the last one {how}); "
                'a program that records with several processes must call voiceover under if __name__ == "__main__"'
            )
            pool.fail_engine(worker.opening, why)
    else:
        if worker.finding_keys or len(worker.group) > 1:
            log.warning("a recording process %s; its %d lines are retried one by one", how, len(worker.group))
        for request in reversed(worker.group):
            _retry(pool, request, how, alone=len(worker.group) == 1 and not worker.finding_keys)


def _retry(pool: _ProcessPool, request: Request, how: str, *, alone: bool) -> None:
    """Requeue a request whose worker died; ``how`` describes the exit. ``alone``: the worker had no other request."""
    utterance = request[0]
    if pool.task.store.has(utterance.address):  # it was stored; only the message was lost
        pool.session.recorded_take(utterance)
        return
    if not alone:  # it is not known which line crashed the worker: try each alone before any is given up
        pool.requeue((request,))
        return
    final = f"{pool.attempts} recording processes crashed on it, the last one {how}"
    pool.requeue_or_give_up(request, f"a recording process {how}; retrying this line", final)


def _exit_words(code: int | None) -> str:
    if code is None or code >= 0:
        return f"ended with exit code {code}"
    with suppress(ValueError):
        name = signal.Signals(-code).name
        return f"was killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
    return f"was killed by signal {-code}"


def _stop_workers(workers: Sequence[_WorkerProcess], *, at_once: bool) -> None:
    """Ask workers to exit, then kill those that do not."""
    started = [worker for worker in workers if worker.process.pid is not None]
    for worker in workers:
        worker.pipe.close()
    for worker in started:
        if at_once or not worker.batch_sizes:
            worker.process.terminate()
    deadline = time.monotonic() + (STOP_SECONDS if at_once else CLOSE_SECONDS)
    for worker in started:
        worker.process.join(max(deadline - time.monotonic(), 0.0))
        if worker.process.exitcode is None:
            worker.process.kill()
            worker.process.join()
