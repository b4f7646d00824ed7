"""Recording on the machines of a Ray cluster: an actor a worker holds the engine, groups of utterances are its tasks.

A worker that dies, with its machine or alone, costs no take but the one it was at, which goes to another. A machine that cannot reach the
shared store rests and tries again. One whose voiceover is of another version, or whose engine would sound different, is refused with the
reason; only where none is left does the recording fail.
"""

from __future__ import annotations

import logging
import pickle
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import voiceover
from voiceover.errors import RunError, StoreError
from voiceover.takes.cluster.connection import connected, ray_error
from voiceover.takes.cluster.worker import OpenWorkerSetup, RemoteWorker
from voiceover.takes.grouping import Group
from voiceover.takes.queue import Crew
from voiceover.takes.record import RecordingSession
from voiceover.takes.single import Request
from voiceover.takes.worker import Message

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
LOOK_SECONDS = 5.0
"""How often the cluster is asked which machines it has; one that comes later is used from then on."""
PATIENCE_SECONDS = 60.0
"""How long the cluster may be without a machine that could record."""


@dataclass(frozen=True, slots=True)
class _Machine:
    """A node of the cluster."""

    id: str
    name: str
    cpus: float
    gpus: float


@dataclass(slots=True, eq=False)
class _Worker:
    machine: _Machine
    actor: Any
    answer: Any
    """The reference of what it was asked for last."""
    asked: str
    """``version``, ``open``, ``keys`` (which requests go together) or ``record``; "" while it has nothing to do."""
    group: Group = ()
    """What it is at."""
    batch_size: int = 1


@dataclass(slots=True, kw_only=True)
class _Crew(Crew):
    """Actors of a cluster; what a machine could not do since it last kept a take is counted in ``deaths`` under its id."""

    opening: bytes
    jobs: int
    workers: list[_Worker] = field(default_factory=list)
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name of a machine that cannot record, and why, by its id."""
    resting: dict[str, float] = field(default_factory=dict)
    """Until when a machine gets no new worker, by its id."""
    machines: list[_Machine] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    """The ids of all machines that there have been."""
    looked: float = -LOOK_SECONDS
    able: float = field(default_factory=time.monotonic)
    """When there last was a worker that had begun, or a word was said of that."""

    @property
    def busy(self) -> int:
        return sum(bool(worker.group) for worker in self.workers)

    @property
    def why(self) -> str:
        """Each reason why machines cannot record, with their names."""
        names: dict[str, list[str]] = {}
        for name, why in dict.fromkeys(self.refused.values()):
            names.setdefault(why, []).append(name)
        return "; ".join(f"{', '.join(found)}: {why}" for why, found in names.items())


def record_on_cluster(
    requests: Sequence[Request],
    address: str,
    open_worker_setup: OpenWorkerSetup,
    told: RecordingSession,
    *,
    jobs: int,
    attempts: int,
    prepare: Callable[[Sequence[Request]], None] | None = None,
) -> None:
    """Record ``requests`` and what else ``told`` is fed with ``jobs`` workers on each machine of the cluster at ``address``.

    The address ``auto`` is that of the cluster which this machine belongs to. ``open_worker_setup`` is called in each worker and must be
    picklable; what it needs must be had on every machine. ``prepare`` is handed what has come before a worker is. Raises InputError
    where there is no such cluster, RunError where no machine can record, EngineError and VoiceError as ``record_takes`` does.
    """
    crew = _Crew(opening=pickle.dumps(open_worker_setup), jobs=jobs, attempts=attempts, told=told, prepare=prepare)
    crew.take_in(requests)
    with connected(address):
        try:
            while crew.goes_on(crew.busy):
                if not crew.ending:
                    _man(crew)
                    _hand_out(crew)
                _listen(crew)
        except ray_error() as error:
            raise RunError(f"the cluster at {address} no longer answers; what was recorded is kept: {type(error).__name__}") from error
        finally:
            for worker in crew.workers:
                _dismiss(worker)
    if crew.error is not None:
        raise crew.error


def _man(crew: _Crew) -> None:
    """Let each machine have its workers, as long as there is work for them."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    now = time.monotonic()
    if now - crew.looked >= LOOK_SECONDS:
        crew.looked = now
        crew.machines = _machines()
        crew.seen.update(machine.id for machine in crew.machines)
    able = [machine for machine in crew.machines if machine.id not in crew.refused and crew.resting.get(machine.id, now) <= now]
    if not crew.waiting or any(worker.asked != "version" for worker in crew.workers):
        crew.able = now
    is_late = now - crew.able > PATIENCE_SECONDS
    if crew.seen and crew.seen == set(crew.refused):
        crew.error = RunError(f"no machine of the cluster can record: {crew.why}")
    elif is_late and {machine.id for machine in crew.machines} <= set(crew.refused):
        because = f" ({crew.why})" if crew.refused else ""
        crew.error = RunError(f"the cluster has had no machine to record on for {PATIENCE_SECONDS:.0f} s{because}")
    elif is_late:
        log.warning("no worker has begun for %.0f s: are all cores of the cluster taken?", now - crew.able)
        crew.able = now
    here = Counter(worker.machine.id for worker in crew.workers)
    for _ in range(crew.jobs):  # one on each machine before a second on any
        for machine in able:
            if here[machine.id] >= crew.jobs or len(crew.workers) >= crew.busy + crew.waiting:
                continue
            here[machine.id] += 1
            actor = (
                ray.remote(RemoteWorker)
                .options(
                    num_cpus=_cores(crew, machine),
                    num_gpus=min(1.0, machine.gpus / crew.jobs),
                    max_restarts=0,
                    scheduling_strategy=NodeAffinitySchedulingStrategy(machine.id, soft=False),
                )
                .remote()
            )
            crew.workers.append(_Worker(machine, actor, actor.version.remote(), "version"))


def _machines() -> list[_Machine]:
    import ray

    return [
        _Machine(
            node["NodeID"], node.get("NodeManagerHostname") or node["NodeID"], node["Resources"]["CPU"], node["Resources"].get("GPU", 0)
        )
        for node in ray.nodes()
        if node["Alive"] and node["Resources"].get("CPU", 0) >= 1
    ]


def _cores(crew: _Crew, machine: _Machine) -> int:
    return max(1, int(machine.cpus) // crew.jobs)


def _hand_out(crew: _Crew) -> None:
    for worker in crew.workers:
        if worker.asked or not crew.waiting:
            continue
        worker.group, finds_keys = crew.take_work(worker.batch_size)
        if finds_keys:
            worker.asked, worker.answer = "keys", worker.actor.keys.remote(pickle.dumps(worker.group))
        else:
            worker.asked, worker.answer = "record", worker.actor.record.remote(pickle.dumps(worker.group))
            for utterance, _ in worker.group:
                crew.told.begun(utterance)


def _listen(crew: _Crew) -> None:
    """Wait for something to happen, and take it in."""
    import ray

    if crew.told.feed is not None:
        crew.told.feed.hush()
    waiting = {worker.answer: worker for worker in crew.workers if worker.asked}
    if not waiting:
        time.sleep(POLL_SECONDS if crew.waiting or crew.told.is_fed else 0)
        return
    ray.wait(list(waiting), timeout=POLL_SECONDS)
    done, _ = ray.wait(list(waiting), num_returns=len(waiting), timeout=0)
    for answer in done:
        worker = waiting[answer]
        if worker not in crew.workers:  # of a machine that was refused a moment ago
            continue
        try:
            found = ray.get(answer)
        except ray.exceptions.RayError as error:
            _bury(crew, worker, error)
        else:
            _hear(crew, worker, found)


def _hear(crew: _Crew, worker: _Worker, found: Any) -> None:
    if worker.asked == "version":
        if found != voiceover.__version__:
            _refuse(crew, worker.machine, f"voiceover is {found} there, and {voiceover.__version__} here")
        else:
            worker.asked = "open"
            worker.answer = worker.actor.open.remote(crew.opening, _cores(crew, worker.machine))
        return
    for message in found:
        _take_in(crew, worker, message)
    worker.asked = ""


def _take_in(crew: _Crew, worker: _Worker, message: Message) -> None:
    if message.kind == "ready":
        worker.batch_size = message.batch_size
    elif message.kind == "keys":
        crew.hear_keys(worker.group, message.keys, worker.batch_size)
        worker.group = ()
    elif message.kind == "kept":
        worker.group = crew.hear_kept(worker.group, message.text)
        del crew.deaths[worker.machine.id]
    elif crew.hear_failed(worker.group, message.error, recording=worker.asked == "record"):
        worker.group = ()
    elif isinstance(message.error, StoreError):  # it may well answer in a moment
        _rest(crew, worker.machine, message.text)
        if worker in crew.workers:
            _let_go(crew, worker)
    else:  # what is wrong there need not be wrong elsewhere
        _refuse(crew, worker.machine, message.text)


def _refuse(crew: _Crew, machine: _Machine, why: str) -> None:
    """Use a machine no more; what its workers are at goes to others."""
    log.warning("%s records no more: %s", machine.name, why)
    crew.refused[machine.id] = machine.name, why
    for worker in [worker for worker in crew.workers if worker.machine == machine]:
        _let_go(crew, worker)


def _let_go(crew: _Crew, worker: _Worker) -> None:
    crew.workers.remove(worker)
    if worker.asked == "keys":
        crew.fresh += worker.group
    elif worker.group:
        crew.queue.appendleft(worker.group)
    _dismiss(worker)


def _rest(crew: _Crew, machine: _Machine, why: str) -> None:
    """Give a machine no new worker for a while, each time a longer one; refuse it where nothing comes of it again and again."""
    crew.deaths[machine.id] += 1
    seconds = LOOK_SECONDS * crew.deaths[machine.id]
    crew.resting[machine.id] = time.monotonic() + seconds
    if crew.deaths[machine.id] >= crew.attempts:
        _refuse(crew, machine, why)
    else:
        log.warning("%s rests for %.0f s: %s", machine.name, seconds, why)


def _bury(crew: _Crew, worker: _Worker, error: Exception) -> None:
    """Take a worker that has died out of the crew; what it was at goes to another."""
    crew.workers.remove(worker)
    _dismiss(worker)
    crew.looked = -LOOK_SECONDS  # its machine may be gone
    how = next((line for line in reversed(str(error).splitlines()) if line.strip()), type(error).__name__).strip()
    if not worker.group:
        _rest(crew, worker.machine, f"its workers end before they are ready ({how})")
        return
    group, name = worker.group, worker.machine.name
    if worker.asked == "keys" or len(group) > 1:  # nobody knows which one it was: none is given up before it has been tried by itself
        log.warning("a worker on %s was lost; the %d lines that it was at are tried one by one (%s)", name, len(group), how)
        crew.put_back_singly(group)
        return
    given_up = f"{crew.attempts} workers were lost at it, the last one on {name}"
    crew.bury(group[0], f"a worker on {name} was lost; another one tries this line ({how})", given_up)


def _dismiss(worker: _Worker) -> None:
    import ray

    with suppress(Exception):  # dead already, or the whole cluster is
        ray.kill(worker.actor)
