"""What recorders with several workers have in common: the queue, which lines go together, and what becomes of a line that fails."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from voiceover.errors import VoiceoverError
from voiceover.takes.check import engine_error
from voiceover.takes.grouping import Group, grouped
from voiceover.takes.record import LINE_ERRORS, RecordingSession
from voiceover.takes.single import Request

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Crew:
    """The state of one recording, whatever its workers are."""

    attempts: int
    """Workers that may die of a line."""
    told: RecordingSession
    prepare: Callable[[Sequence[Request]], None] | None = None
    """Is handed what has come before a worker is."""
    fresh: list[Request] = field(default_factory=list)
    """What has come and is not in the queue: of an engine that speaks several lines together, a worker is asked first which."""
    queue: deque[Group] = field(default_factory=deque)
    deaths: Counter[str] = field(default_factory=Counter)
    """Of workers, by the address they were at, or by another word where they died before they were ready."""
    error: VoiceoverError | None = None
    """The first one; nothing new is begun after it."""

    @property
    def ending(self) -> bool:
        return self.error is not None or self.told.is_over()

    @property
    def waiting(self) -> int:
        """Groups that nobody is at."""
        return len(self.queue) + len(self.fresh)

    def goes_on(self, busy: int) -> bool:
        """Take in what has come; whether there is anything to wait for, with ``busy`` workers at something."""
        if self.ending:
            return bool(busy)
        is_fed = self.told.is_fed  # asked first: what is put in before the end is taken then
        for come in self.told.more():
            self.take_in(come)
        return bool(busy or self.waiting or is_fed)

    def take_in(self, requests: Sequence[Request]) -> None:
        """Let ``requests`` wait behind what waits, the longest first, so that several workers end at about the same time."""
        if requests and self.prepare is not None:
            self.prepare(requests)
        self.fresh += sorted(requests, key=lambda request: -request[0].estimate_seconds)

    def take_work(self, batch_size: int) -> tuple[Group, bool]:
        """The next group, where one is waiting, and whether it is only asked for keys: all that is fresh."""
        fresh, self.fresh = tuple(self.fresh), []
        if fresh and batch_size > 1:
            return fresh, True
        self.queue.extend((request,) for request in fresh)
        return self.queue.popleft(), False

    def hear_keys(self, group: Group, keys: Sequence[Hashable], batch_size: int) -> None:
        """Queue a group as what goes together."""
        self.queue.extend(grouped(group, keys, batch_size))

    def hear_kept(self, group: Group, address: str) -> Group:
        """What is left of a group when the take at ``address`` has been kept."""
        for utterance, _ in group:
            if utterance.address == address:
                self.told.kept(utterance)
        return tuple(request for request in group if request[0].address != address)

    def hear_failed(self, group: Group, error: VoiceoverError, *, recording: bool) -> bool:
        """Whether ``error`` is of a line of ``group``; then it is seen to, and all others are recorded."""
        if not group or not isinstance(error, LINE_ERRORS):
            return False
        if recording and len(group) == 1:
            self.fail(group[0], error)
        else:  # nobody knows which one it was
            self.put_back_singly(group)
        return True

    def put_back_singly(self, group: Group) -> None:
        self.queue.extendleft((request,) for request in reversed(group))

    def bury(self, request: Request, lost: str, given_up: str) -> None:
        """A worker has died of a request alone: another tries it, until ``attempts`` have. ``lost`` and ``given_up`` say how."""
        utterance = request[0]
        self.deaths[utterance.address] += 1
        if self.deaths[utterance.address] < self.attempts:
            if not self.ending:  # else nobody tries, and it was perhaps we who killed it
                log.warning("%s: %s", utterance.source, lost)
            self.queue.appendleft((request,))
        else:
            self.fail(request, engine_error(utterance, given_up))

    def fail(self, request: Request, error: VoiceoverError) -> None:
        """Do without an utterance, or end for it once what is under way is kept."""
        try:
            self.told.failed(request[0], error)
        except VoiceoverError as fatal:
            self.error = self.error or fatal
