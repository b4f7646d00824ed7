"""What recorders with several workers have in common: the queue, which lines go together, and what becomes of a line that fails."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from voiceover.errors import VoiceoverError
from voiceover.takes.check import engine_error
from voiceover.takes.record import LINE_ERRORS, Told
from voiceover.takes.speaking import Request
from voiceover.takes.together import Group, grouped

log = logging.getLogger(__name__)


def longest_first(requests: Sequence[Request]) -> deque[Group]:
    """The queue of a recording, each request alone."""
    return deque((request,) for request in sorted(requests, key=lambda request: -request[0].estimate_seconds))


@dataclass(slots=True, kw_only=True)
class Crew:
    """The state of one recording, whatever its workers are."""

    attempts: int
    """Workers that may die of a line."""
    queue: deque[Group]
    told: Told
    deaths: Counter[str] = field(default_factory=Counter)
    """Of workers, by the address they were at, or by another word where they died before they were ready."""
    grouped: bool = False
    """Whether the queue stands as it is to be recorded: at first each request is alone, and a worker is asked which go together."""
    error: VoiceoverError | None = None
    """The first one; nothing new is begun after it."""

    @property
    def ending(self) -> bool:
        return self.error is not None or self.told.is_over()

    def take_work(self, batch_size: int) -> tuple[Group, bool]:
        """The next group of a queue that is not empty, and whether its keys are asked for: all of the queue, once."""
        finds_keys = not self.grouped and batch_size > 1
        self.grouped = True
        if not finds_keys:
            return self.queue.popleft(), False
        group = tuple(request for group in self.queue for request in group)
        self.queue.clear()
        return group, True

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
