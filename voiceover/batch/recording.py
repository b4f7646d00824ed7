"""A recording in a thread of its own: the caller plans and finishes episodes meanwhile, and is free for signals and the clock."""

from __future__ import annotations

import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeAlias

from voiceover import takes
from voiceover.errors import VoiceoverError
from voiceover.system.threads import BackgroundThread
from voiceover.types import Utterance

GRACE_SECONDS = 2.0
"""What a recording gets to end between two takes once it must; worker processes that are not done then are killed."""
_LAST_SECONDS = 1.0
"""And what it gets to notice that they were."""
LOOK_SECONDS = 0.2
"""A signal is noticed within this time."""


@dataclass(frozen=True, slots=True)
class TakeRecorded:
    """There is a take."""

    address: str
    at: float
    """By ``time.monotonic``."""


@dataclass(frozen=True, slots=True)
class TakeFailed:
    """There will be no take."""

    utterance: Utterance
    error: VoiceoverError
    at: float


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """The recording is over."""

    error: BaseException | None
    """What ended it before it was told all."""


Event: TypeAlias = TakeRecorded | TakeFailed | RecordingEnded


class BackgroundRecording:
    """Takes come out of it while lines are put into it."""

    def __init__(self, work: Callable[[BackgroundRecording], None], stop: Callable[[], bool]) -> None:
        """Start ``work``, which records what comes through ``feed`` until that is closed or ``must_stop`` says so, which asks ``stop``."""
        self.feed = takes.RequestFeed()
        self._stop = stop
        self._must_end = False
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._buffered: deque[Event] = deque()
        BackgroundThread(lambda: self._run(work))

    # ------------------------------------------------------------ for the recorder's thread

    def must_stop(self) -> bool:
        """Whether no take shall be begun any more."""
        return self._must_end or self._stop()

    def kept(self, utterance: Utterance) -> None:
        self._events.put(TakeRecorded(utterance.address, time.monotonic()))

    def failed(self, utterance: Utterance, error: VoiceoverError) -> None:
        self._events.put(TakeFailed(utterance, error, time.monotonic()))

    def _run(self, work: Callable[[BackgroundRecording], None]) -> None:
        try:
            work(self)
        except BaseException as error:  # the caller hears of it
            self._events.put(RecordingEnded(error))
        else:
            self._events.put(RecordingEnded(None))

    # ------------------------------------------------------------ for the caller's

    def add(self, requests: Sequence[takes.Request]) -> None:
        """Have ``requests`` recorded, which are not on their way already."""
        self.feed.put(requests)

    def has_events(self) -> bool:
        return bool(self._buffered) or not self._events.empty()

    def next_event(self, deadline: float = float("inf")) -> Event | None:
        """What happened next; None where nothing did in a moment, or until ``deadline`` (``time.monotonic``)."""
        if self._buffered:
            return self._buffered.popleft()
        with suppress(Empty):
            return self._events.get(timeout=min(LOOK_SECONDS, max(deadline - time.monotonic(), 0.0)))
        return None

    def end(self) -> bool:
        """See to it that the recording ends within seconds, and say whether it has; what happened until then can be heard."""
        self._must_end = True
        self.feed.close()
        if self._wait(GRACE_SECONDS):
            return True
        for worker in multiprocessing.active_children():
            worker.kill()
        return self._wait(_LAST_SECONDS)

    def _wait(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not any(isinstance(event, RecordingEnded) for event in self._buffered):
            if time.monotonic() >= deadline:
                return False
            with suppress(Empty):
                self._buffered.append(self._events.get(timeout=LOOK_SECONDS))
        return True
