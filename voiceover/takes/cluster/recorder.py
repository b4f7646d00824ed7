"""Record on the machines of a Ray cluster: each worker is an actor that opens the engines that it needs, and gets groups of utterances.

A worker that crashes, alone or with its machine, costs at most the take it was recording, which another worker records. A machine that
cannot reach the shared store is paused and tried again. A machine with another version of voiceover, or whose engine would sound
different, is rejected with the reason, for that engine alone if there are others; the recording fails only if no machine is left.
"""

from __future__ import annotations

import logging
import pickle
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from voiceover.errors import RunError, StoreError
from voiceover.system.version import __version__
from voiceover.takes.cluster.connection import connected, ray_error
from voiceover.takes.cluster.worker import OpenWorkerSetup, RemoteWorker
from voiceover.takes.grouping import engine_of
from voiceover.takes.session import RecordingSession
from voiceover.takes.single import Request
from voiceover.takes.worker import WorkerMessage
from voiceover.takes.worker_pool import PooledWorker, WorkerPool

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
LOOK_SECONDS = 5.0
"""How often the list of machines is refreshed; machines that join later are used."""
PATIENCE_SECONDS = 60.0
"""How long the cluster may have no machine that can record."""


@dataclass(frozen=True, slots=True)
class _Node:
    """A node of the cluster."""

    id: str
    name: str
    cpus: float
    gpus: float


@dataclass(slots=True, eq=False)
class _ClusterWorker(PooledWorker):
    node: _Node
    actor: Any
    answer: Any
    """Ray reference of the pending answer."""
    pending: str
    """The pending call: ``version``, ``open``, ``keys`` (grouping keys) or ``record``; "" while the worker is idle."""


@dataclass(slots=True, kw_only=True)
class _ClusterPool(WorkerPool):
    """Actors of a cluster. ``crashes[id]`` counts failures of a machine since its last recorded take."""

    opening_of: Callable[[str], OpenWorkerSetup]
    jobs: int
    workers: list[_ClusterWorker] = field(default_factory=list)
    rejected: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Machines that cannot record: name and reason, by id."""
    unable: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """Machines that cannot open an engine: name and reason, by id and engine."""
    openings: dict[str, bytes] = field(default_factory=dict)
    """What ``opening_of`` returned, pickled, by engine."""
    paused_until: dict[str, float] = field(default_factory=dict)
    """Time until which a machine gets no new worker, by id."""
    nodes: list[_Node] = field(default_factory=list)
    known_nodes: set[str] = field(default_factory=set)
    """Ids of all machines seen so far."""
    last_check: float = -LOOK_SECONDS
    last_able: float = field(default_factory=time.monotonic)
    """When a worker had last started, or a missing one was last reported."""

    @property
    def busy(self) -> int:
        return sum(bool(worker.group) for worker in self.workers)

    @property
    def why(self) -> str:
        """Each reason why machines cannot record, with the names of the machines."""
        return _reasons(self.rejected.values())

    def able_nodes(self, now: float) -> list[_Node]:
        """Return the machines that may get a new worker at the time ``now``: neither rejected nor paused."""
        return [node for node in self.nodes if node.id not in self.rejected and self.paused_until.get(node.id, now) <= now]

    def choose_engine(self, node: _Node, worker: _ClusterWorker | None) -> str | None:
        """Return the engine that ``worker``, or a new one, should record with on ``node``; None if it should wait."""
        others = [other.use for other in self.workers if other is not worker]
        barred = [engine for machine, engine in self.unable if machine == node.id]
        return self.engine_for(worker.batch_sizes if worker else (), others, barred)

    def opening(self, engine: str) -> bytes:
        """Return what opens an engine in a worker, pickled."""
        if engine not in self.openings:
            self.openings[engine] = pickle.dumps(self.opening_of(engine))
        return self.openings[engine]


def _reasons(found: Iterable[tuple[str, str]]) -> str:
    """Return each reason with the names of its machines; ``found`` has pairs of name and reason."""
    names: dict[str, list[str]] = {}
    for name, why in dict.fromkeys(found):
        names.setdefault(why, []).append(name)
    return "; ".join(f"{', '.join(machines)}: {why}" for why, machines in names.items())


def record_on_cluster(
    requests: Sequence[Request],
    address: str,
    opening_of: Callable[[str], OpenWorkerSetup],
    session: RecordingSession,
    *,
    jobs: int,
    attempts: int,
    prepare: Callable[[Sequence[Request]], None] | None = None,
) -> None:
    """Record ``requests`` and what the feed of ``session`` adds, with ``jobs`` workers on each machine of the cluster at ``address``.

    The address ``auto`` means the cluster of this machine. ``opening_of`` returns, by the name of an engine, what is called in each worker
    that needs it; that must be picklable, and what it needs must exist on every machine. ``prepare`` is called with new requests before
    any worker gets them. Raises InputError if there is no such cluster, RunError if no machine can record, EngineError and VoiceError as
    ``record_takes`` does.
    """
    pool = _ClusterPool(opening_of=opening_of, jobs=jobs, attempts=attempts, session=session, prepare=prepare)
    pool.add_requests(requests)
    with connected(address):
        try:
            while pool.has_work(pool.busy):
                if not pool.stopping:
                    _start_workers(pool)
                    _assign_work(pool)
                _wait_for_messages(pool)
        except ray_error() as error:
            raise RunError(f"the cluster at {address} no longer answers; what was recorded is kept: {type(error).__name__}") from error
        finally:
            for worker in pool.workers:
                _stop_workers(worker)
    if pool.error is not None:
        raise pool.error


def _start_workers(pool: _ClusterPool) -> None:
    """Start missing workers on every machine while there is work for them."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    now = time.monotonic()
    if now - pool.last_check >= LOOK_SECONDS:
        pool.last_check = now
        pool.nodes = _list_nodes()
        pool.known_nodes.update(node.id for node in pool.nodes)
    able = pool.able_nodes(now)
    if not pool.waiting or any(worker.pending != "version" for worker in pool.workers):
        pool.last_able = now
    is_late = now - pool.last_able > PATIENCE_SECONDS
    if pool.known_nodes and pool.known_nodes == set(pool.rejected):
        pool.error = RunError(f"no machine of the cluster can record: {pool.why}")
    elif is_late and {node.id for node in pool.nodes} <= set(pool.rejected):
        because = f" ({pool.why})" if pool.rejected else ""
        pool.error = RunError(f"the cluster has had no machine to record on for {PATIENCE_SECONDS:.0f} s{because}")
    elif is_late:
        log.warning("no worker has started for %.0f s; are all cores of the cluster in use?", now - pool.last_able)
        pool.last_able = now
    here = Counter(worker.node.id for worker in pool.workers)
    for _ in range(pool.jobs):  # one on each machine before a second on any
        for node in able:
            if here[node.id] >= pool.jobs or len(pool.workers) >= pool.busy + pool.waiting:
                continue
            engine = pool.choose_engine(node, None)
            if engine is None:
                continue
            here[node.id] += 1
            actor = (
                ray.remote(RemoteWorker)
                .options(
                    num_cpus=_cores(pool, node),
                    num_gpus=min(1.0, node.gpus / pool.jobs),
                    max_restarts=0,
                    scheduling_strategy=NodeAffinitySchedulingStrategy(node.id, soft=False),
                )
                .remote()
            )
            pool.workers.append(_ClusterWorker(node, actor, actor.version.remote(), "version", opening=engine))


def _list_nodes() -> list[_Node]:
    import ray

    return [
        _Node(node["NodeID"], node.get("NodeManagerHostname") or node["NodeID"], node["Resources"]["CPU"], node["Resources"].get("GPU", 0))
        for node in ray.nodes()
        if node["Alive"] and node["Resources"].get("CPU", 0) >= 1
    ]


def _cores(pool: _ClusterPool, node: _Node) -> int:
    return max(1, int(node.cpus) // pool.jobs)


def _assign_work(pool: _ClusterPool) -> None:
    for worker in pool.workers:
        if worker.pending or not pool.waiting:
            continue
        engine = pool.choose_engine(worker.node, worker)
        if engine is None:
            continue
        if engine not in worker.batch_sizes:
            _open(pool, worker, engine)
            continue
        worker.group, finding_keys = pool.next_group(engine, worker.batch_sizes[engine])
        if finding_keys:
            worker.pending, worker.answer = "keys", worker.actor.keys.remote(pickle.dumps(worker.group))
        else:
            worker.pending, worker.answer = "record", worker.actor.record.remote(pickle.dumps(worker.group))
            for utterance, _ in worker.group:
                pool.session.started(utterance)


def _open(pool: _ClusterPool, worker: _ClusterWorker, engine: str) -> None:
    worker.opening, worker.pending = engine, "open"
    worker.answer = worker.actor.open.remote(engine, pool.opening(engine), _cores(pool, worker.node))


def _wait_for_messages(pool: _ClusterPool) -> None:
    """Wait for answers and handle them."""
    import ray

    if pool.session.feed is not None:
        pool.session.feed.clear_wakeup()
    waiting = {worker.answer: worker for worker in pool.workers if worker.pending}
    if not waiting:
        time.sleep(POLL_SECONDS if pool.waiting or pool.session.expects_more else 0)
        return
    ray.wait(list(waiting), timeout=POLL_SECONDS)
    done, _ = ray.wait(list(waiting), num_returns=len(waiting), timeout=0)
    for answer in done:
        worker = waiting[answer]
        if worker not in pool.workers:  # its machine was just rejected
            continue
        try:
            found = ray.get(answer)
        except ray.exceptions.RayError as error:
            _remove_dead_worker(pool, worker, error)
        else:
            _handle_message(pool, worker, found)


def _handle_message(pool: _ClusterPool, worker: _ClusterWorker, found: Any) -> None:
    if worker.pending == "version":
        if found != __version__:
            _reject_node(pool, worker.node, f"voiceover is {found} there, and {__version__} here")
        elif worker.opening is not None:
            _open(pool, worker, worker.opening)
        return
    for message in found:
        _handle_recorder_message(pool, worker, message)
    worker.pending = ""


def _handle_recorder_message(pool: _ClusterPool, worker: _ClusterWorker, message: WorkerMessage) -> None:
    if message.kind == "opened" and worker.opening is not None:
        worker.batch_sizes[worker.opening] = message.batch_size
        worker.opening = None
    elif message.kind == "keys":
        pool.queue_by_keys(worker.group, message.keys, worker.batch_sizes[engine_of(worker.group)])
        worker.group = ()
    elif message.kind == "kept":
        worker.group = pool.take_recorded(worker.group, message.text)
        del pool.crashes[worker.node.id]
    elif pool.handle_failure(worker.group, message.error, recording=worker.pending == "record"):
        worker.group = ()
    elif isinstance(message.error, StoreError):  # the store may recover
        _pause_node(pool, worker.node, message.text)
        if worker in pool.workers:
            _remove_worker(pool, worker)
    elif worker.opening is not None and len(pool.queues) > 1:  # other engines, and other machines, may work
        engine, worker.opening = worker.opening, None
        _bar_engine(pool, worker.node, engine, message.text)
    else:  # other machines may work
        _reject_node(pool, worker.node, message.text)


def _bar_engine(pool: _ClusterPool, node: _Node, engine: str, why: str) -> None:
    """Stop using a machine for an engine; give the engine up if no machine can open it."""
    log.warning("%s is no longer used for the engine %s: %s", node.name, engine, why)
    pool.unable[node.id, engine] = node.name, why
    if all(machine in pool.rejected or (machine, engine) in pool.unable for machine in pool.known_nodes):
        reasons = [reason for (_, name), reason in pool.unable.items() if name == engine]
        pool.fail_engine(engine, RunError(f"no machine of the cluster can record with {engine}: {_reasons(reasons)}"))


def _reject_node(pool: _ClusterPool, node: _Node, why: str) -> None:
    """Stop using a machine; requeue what its workers were recording."""
    log.warning("%s is no longer used: %s", node.name, why)
    pool.rejected[node.id] = node.name, why
    for worker in [worker for worker in pool.workers if worker.node == node]:
        _remove_worker(pool, worker)


def _remove_worker(pool: _ClusterPool, worker: _ClusterWorker) -> None:
    pool.workers.remove(worker)
    if worker.pending == "keys":
        pool.requeue_keys(worker.group)
    elif worker.group:
        pool.requeue(worker.group)
    _stop_workers(worker)


def _pause_node(pool: _ClusterPool, node: _Node, why: str) -> None:
    """Give a machine no new worker for a while, longer each time; reject it after ``attempts`` failures in a row."""
    pool.crashes[node.id] += 1
    seconds = LOOK_SECONDS * pool.crashes[node.id]
    pool.paused_until[node.id] = time.monotonic() + seconds
    if pool.crashes[node.id] >= pool.attempts:
        _reject_node(pool, node, why)
    else:
        log.warning("%s is paused for %.0f s: %s", node.name, seconds, why)


def _remove_dead_worker(pool: _ClusterPool, worker: _ClusterWorker, error: Exception) -> None:
    """Remove a worker that has died and requeue its requests."""
    pool.workers.remove(worker)
    _stop_workers(worker)
    pool.last_check = -LOOK_SECONDS  # its machine may be gone
    how = next((line for line in reversed(str(error).splitlines()) if line.strip()), type(error).__name__).strip()
    if not worker.group:
        _pause_node(pool, worker.node, f"its workers exit before they are ready ({how})")
        return
    group, name = worker.group, worker.node.name
    if worker.pending == "keys" or len(group) > 1:  # it is not known which line crashed the worker: try each alone
        log.warning("a worker on %s was lost; its %d lines are retried one by one (%s)", name, len(group), how)
        pool.requeue_singly(group)
        return
    final = f"{pool.attempts} workers crashed on it, the last one on {name}"
    pool.requeue_or_give_up(group[0], f"a worker on {name} was lost; retrying this line ({how})", final)


def _stop_workers(worker: _ClusterWorker) -> None:
    import ray

    with suppress(Exception):  # dead already, or the whole cluster is
        ray.kill(worker.actor)
