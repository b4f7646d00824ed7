"""What recorders with several workers share: the queue, how lines are grouped, and what happens to a line that fails."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from voiceover.errors import VoiceoverError
from voiceover.takes.check import engine_error
from voiceover.takes.grouping import Group, grouped
from voiceover.takes.session import LINE_ERRORS, RecordingSession
from voiceover.takes.single import Request

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class WorkerPool:
    """The state of one recording, whether its workers are processes here or actors of a cluster."""

    attempts: int
    """Number of workers that may crash on the same line."""
    session: RecordingSession
    prepare: Callable[[Sequence[Request]], None] | None = None
    """Called with new requests before any worker gets them."""
    new: list[Request] = field(default_factory=list)
    """Requests that are not in the queue yet: if the engine speaks several lines per call, a worker first finds out which."""
    queue: deque[Group] = field(default_factory=deque)
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
        return len(self.queue) + len(self.new)

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
        self.new += sorted(requests, key=lambda request: -request[0].estimate_seconds)

    def next_group(self, batch_size: int) -> tuple[Group, bool]:
        """Return the next group, and True if the worker should only compute grouping keys for it (then it is all new requests)."""
        new, self.new = tuple(self.new), []
        if new and batch_size > 1:
            return new, True
        self.queue.extend((request,) for request in new)
        return self.queue.popleft(), False

    def queue_by_keys(self, group: Group, keys: Sequence[Hashable], batch_size: int) -> None:
        """Queue the requests of ``group`` so that those with equal keys are recorded together."""
        self.queue.extend(grouped(group, keys, batch_size))

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
        self.queue.extendleft((request,) for request in reversed(group))

    def requeue_or_give_up(self, request: Request, lost: str, final: str) -> None:
        """Handle a worker that crashed while recording only this request: requeue it, up to ``attempts`` times.

        ``lost`` is logged for a retry; ``final`` is the error after the last attempt.
        """
        utterance = request[0]
        self.crashes[utterance.address] += 1
        if self.crashes[utterance.address] < self.attempts:
            if not self.stopping:  # otherwise there is no retry, and we may have killed the worker ourselves
                log.warning("%s: %s", utterance.source, lost)
            self.queue.appendleft((request,))
        else:
            self.give_up(request, engine_error(utterance, final))

    def give_up(self, request: Request, error: VoiceoverError) -> None:
        """Leave an utterance out, or make ``error`` fatal if the session does not allow that."""
        try:
            self.session.failed(request[0], error)
        except VoiceoverError as fatal:
            self.error = self.error or fatal
