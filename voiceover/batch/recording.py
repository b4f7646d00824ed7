"""A recording in its own thread, so that the caller can plan and finish episodes meanwhile and react to signals and deadlines."""

from __future__ import annotations

import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeAlias

from voiceover import takes
from voiceover.errors import VoiceoverError
from voiceover.system.threads import BackgroundThread
from voiceover.types import Utterance
from voiceover.types.lazy_dataclass import dataclass

GRACE_SECONDS = 2.0
"""Time a recording has to end between two takes; worker processes that are still recording are then killed."""
_LAST_SECONDS = 1.0
"""Time it then has to notice that they are gone."""
LOOK_SECONDS = 0.2
"""A signal is handled within this time."""


@dataclass(frozen=True, slots=True)
class TakeRecorded:
    """A take was recorded and stored."""

    address: str
    at: float
    """By ``time.monotonic``."""


@dataclass(frozen=True, slots=True)
class TakeFailed:
    """A line cannot be recorded."""

    utterance: Utterance
    error: VoiceoverError
    at: float


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """The recording has ended."""

    error: BaseException | None
    """What ended it early."""


Event: TypeAlias = TakeRecorded | TakeFailed | RecordingEnded


class BackgroundRecording:
    """Records lines that are added while it runs, and reports each take as an event."""

    def __init__(self, work: Callable[[BackgroundRecording], None], stop: Callable[[], bool]) -> None:
        """Start ``work``, which records what comes through ``feed`` until it is closed or ``must_stop`` (which calls ``stop``) is True."""
        self.feed = takes.RequestFeed()
        self._stop = stop
        self._must_end = False
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._buffered: deque[Event] = deque()
        BackgroundThread(lambda: self._run(work))

    # ------------------------------------------------------------ called by the recorder's thread

    def must_stop(self) -> bool:
        """True if no more takes may be started."""
        return self._must_end or self._stop()

    def recorded(self, utterance: Utterance) -> None:
        self._events.put(TakeRecorded(utterance.address, time.monotonic()))

    def failed(self, utterance: Utterance, error: VoiceoverError) -> None:
        self._events.put(TakeFailed(utterance, error, time.monotonic()))

    def _run(self, work: Callable[[BackgroundRecording], None]) -> None:
        try:
            work(self)
        except BaseException as error:  # passed to the owner as an event
            self._events.put(RecordingEnded(error))
        else:
            self._events.put(RecordingEnded(None))

    # ------------------------------------------------------------ called by the owner's thread

    def add(self, requests: Sequence[takes.Request]) -> None:
        """Record ``requests``; none of them may have been added before."""
        self.feed.put(requests)

    def has_events(self) -> bool:
        return bool(self._buffered) or not self._events.empty()

    def next_event(self, deadline: float = float("inf")) -> Event | None:
        """Return the next event; None if there is none within a moment, or by ``deadline`` (``time.monotonic``)."""
        if self._buffered:
            return self._buffered.popleft()
        with suppress(Empty):
            return self._events.get(timeout=min(LOOK_SECONDS, max(deadline - time.monotonic(), 0.0)))
        return None

    def end(self) -> bool:
        """Make the recording end within seconds; return True if it has. Earlier events can still be read."""
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
