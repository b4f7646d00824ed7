"""What recorders with several workers share: the queue, how lines are grouped, and what happens to a line that fails."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from voiceover.errors import VoiceoverError
from voiceover.takes.check import engine_error
from voiceover.takes.grouping import Group, engine_of, grouped
from voiceover.takes.session import LINE_ERRORS, RecordingSession
from voiceover.takes.single import Request

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineUse:
    """The engines of a worker."""

    engines: Collection[str]
    """Names of those that it has opened or is opening."""
    is_free: bool
    """True if it has no lines to record."""


@dataclass(slots=True, eq=False, kw_only=True)
class PooledWorker:
    """A worker of a pool: what it has opened, and what it is working on."""

    group: Group = ()
    """The requests it is working on."""
    batch_sizes: dict[str, int] = field(default_factory=dict)
    """How many utterances each engine that it has opened takes per call, by the engine's name."""
    opening: str | None = None
    """The engine that it is opening, or will open first."""

    @property
    def use(self) -> EngineUse:
        opened = (*self.batch_sizes, *(() if self.opening is None else (self.opening,)))
        return EngineUse(opened, not self.group)


@dataclass(slots=True, kw_only=True)
class WorkerPool:
    """The state of one recording, whether its workers are processes here or actors of a cluster."""

    attempts: int
    """Number of workers that may crash on the same line."""
    session: RecordingSession
    prepare: Callable[[Sequence[Request]], None] | None = None
    """Called with new requests before any worker gets them."""
    new: dict[str, list[Request]] = field(default_factory=dict)
    """By engine, requests that are not in its queue yet: if it speaks several lines per call, a worker first finds out which."""
    queues: dict[str, deque[Group]] = field(default_factory=dict)
    """By engine, what is to be recorded next."""
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """By engine, the seconds of speech that no worker has: kept up to date, since a sum over the queue per take would be quadratic."""
    broken: dict[str, VoiceoverError] = field(default_factory=dict)
    """Engines that cannot be opened, with the error."""
    crashes: Counter[str] = field(default_factory=Counter)
    """Crashed workers, by the address they were recording, or by another key if they crashed before they were ready."""
    error: VoiceoverError | None = None
    """The first fatal error; no work is handed out after it."""

    @property
    def stopping(self) -> bool:
        """True if no more work may be handed out."""
        return self.error is not None or self.session.is_stopped()

    @property
    def waiting(self) -> int:
        """Number of groups that no worker has."""
        return sum(map(self.waiting_for, self.queues))

    def waiting_for(self, engine: str) -> int:
        """Return the number of groups for an engine that no worker has."""
        return len(self.queues[engine]) + len(self.new[engine])

    def has_work(self, busy: int) -> bool:
        """Accept new requests; return True if there is still work to do or to wait for. ``busy`` workers are recording now."""
        if self.stopping:
            return bool(busy)
        # Read before the requests are taken: a request added just before the feed closes must not be missed.
        expects_more = self.session.expects_more
        for requests in self.session.new_requests():
            self.add_requests(requests)
        return bool(busy or self.waiting or expects_more)

    def add_requests(self, requests: Sequence[Request]) -> None:
        """Add ``requests`` behind those already waiting, longest first so that several workers finish at about the same time."""
        if requests and self.prepare is not None:
            self.prepare(requests)
        for request in sorted(requests, key=lambda request: -request[0].estimate_seconds):
            engine = request[0].engine
            if engine in self.broken:
                self.give_up(request, self.broken[engine])
                continue
            self.queues.setdefault(engine, deque())
            self.new.setdefault(engine, []).append(request)
            self._count(engine, (request,), 1)

    def engine_for(self, opened: Collection[str], others: Sequence[EngineUse], barred: Collection[str] = ()) -> str | None:
        """Return the engine that an idle worker should record with; None if it should wait.

        A worker stays with the engines that it has ``opened``, since each takes memory and time to load. It opens another one only if
        more groups wait for that than there are workers with it, or if it has none yet and the free workers cannot take all of them.
        ``others`` are the engines of the other workers. Engines in ``barred`` cannot be opened by this worker.
        """
        waiting = [engine for engine in self.queues if self.waiting_for(engine) and engine not in barred]
        ready = [engine for engine in waiting if engine in opened]
        if ready:
            return max(ready, key=self.seconds.__getitem__)
        having = {engine: [use for use in others if engine in use.engines] for engine in waiting}
        needed = [engine for engine in waiting if self.waiting_for(engine) > sum(1 for use in having[engine] if opened or use.is_free)]
        return max(needed, key=lambda engine: self.seconds[engine] / (1 + len(having[engine])), default=None)

    def _count(self, engine: str, requests: Iterable[Request], sign: int) -> None:
        self.seconds[engine] += sign * sum(utterance.estimate_seconds for utterance, _ in requests)

    def next_group(self, engine: str, batch_size: int) -> tuple[Group, bool]:
        """Return the next group for an engine, and True if the worker should only compute grouping keys (then it is all new requests)."""
        new, self.new[engine] = tuple(self.new[engine]), []
        if new and batch_size > 1:
            self._count(engine, new, -1)
            return new, True
        self.queues[engine].extend((request,) for request in new)
        group = self.queues[engine].popleft()
        self._count(engine, group, -1)
        return group, False

    def queue_by_keys(self, group: Group, keys: Sequence[Hashable], batch_size: int) -> None:
        """Queue the requests of ``group`` so that those with equal keys are recorded together."""
        self.queues[engine_of(group)].extend(grouped(group, keys, batch_size))
        self._count(engine_of(group), group, 1)

    def requeue(self, group: Group) -> None:
        """Put ``group`` back at the front of its queue."""
        self.queues[engine_of(group)].appendleft(group)
        self._count(engine_of(group), group, 1)

    def requeue_keys(self, group: Group) -> None:
        """Put back requests whose grouping keys were not found."""
        self.new[engine_of(group)] += group
        self._count(engine_of(group), group, 1)

    def fail_engine(self, engine: str, error: VoiceoverError) -> None:
        """Give up the lines of an engine that cannot be opened; if there is no other engine, the error is fatal."""
        if set(self.queues) <= {engine}:
            self.error = self.error or error
            return
        log.warning("the engine %s cannot be opened: %s", engine, error)
        self.broken[engine] = error
        left = [*self.new[engine], *(request for group in self.queues[engine] for request in group)]
        self.new[engine].clear()
        self.queues[engine].clear()
        self.seconds[engine] = 0.0
        for request in left:
            self.give_up(request, error)

    def take_recorded(self, group: Group, address: str) -> Group:
        """Report the take at ``address`` as recorded; return the rest of ``group``."""
        for utterance, _ in group:
            if utterance.address == address:
                self.session.recorded_take(utterance)
        return tuple(request for request in group if request[0].address != address)

    def handle_failure(self, group: Group, error: VoiceoverError, *, recording: bool) -> bool:
        """Return True if ``error`` belongs to one line of ``group``; give that line up and requeue the others."""
        if not group or not isinstance(error, LINE_ERRORS):
            return False
        if recording and len(group) == 1:
            self.give_up(group[0], error)
        else:  # it is not known which line failed
            self.requeue_singly(group)
        return True

    def requeue_singly(self, group: Group) -> None:
        """Put the requests of ``group`` back at the front of the queue, one per group."""
        for request in reversed(group):
            self.requeue((request,))

    def requeue_or_give_up(self, request: Request, lost: str, final: str) -> None:
        """Handle a worker that crashed while recording only this request: requeue it, up to ``attempts`` times.

        ``lost`` is logged for a retry; ``final`` is the error after the last attempt.
        """
        utterance = request[0]
        self.crashes[utterance.address] += 1
        if self.crashes[utterance.address] < self.attempts:
            if not self.stopping:  # otherwise there is no retry, and we may have killed the worker ourselves
                log.warning("%s: %s", utterance.source, lost)
            self.requeue((request,))
        else:
            self.give_up(request, engine_error(utterance, final))

    def give_up(self, request: Request, error: VoiceoverError) -> None:
        """Leave an utterance out, or make ``error`` fatal if the session does not allow that."""
        try:
            self.session.failed(request[0], error)
        except VoiceoverError as fatal:
            self.error = self.error or fatal
