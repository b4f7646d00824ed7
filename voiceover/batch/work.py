"""The episodes that are new or changed: planned, recorded as one queue, and each finished as soon as its takes are there."""

from __future__ import annotations

import logging
import time
from collections import deque

from voiceover import takes
from voiceover.batch.changes import Changes
from voiceover.batch.episode import Begun, engine_of, failure_of
from voiceover.batch.outcomes import Telling
from voiceover.batch.planning import begin
from voiceover.batch.rates import FINISH, Rates, engine_key
from voiceover.batch.recording import Ended, Failed, Kept, Recording
from voiceover.batch.types import Found, Wanted
from voiceover.errors import RunError, StoreError
from voiceover.pipeline.context import open_store
from voiceover.pipeline.render import finish_episode, record_feed
from voiceover.types import OnProgress, Progress

AHEAD_SECONDS = 120.0
"""Work of the recorders that is planned ahead, so that they never wait."""
AHEAD_EPISODES = 32
"""At most: each holds a lock and a plan."""
STORE_FAILURES = 3
"""Episodes in a row that a shared store fails before the rest is left for the next batch."""

log = logging.getLogger(__name__)


class _TimedOutError(RunError):
    """An episode took longer than it may."""


class Work:
    """Makes episodes, and tells of each how it went."""

    def __init__(self, wanted: Wanted, changes: Changes, telling: Telling, rates: Rates, on_progress: OnProgress) -> None:
        self._wanted, self._changes, self._telling, self._rates, self._on_progress = wanted, changes, telling, rates, on_progress
        self._store = open_store(wanted.cache_folder, wanted.store)
        self.abandoned = False
        """Whether a recording was left behind that does not end."""
        self._begun: list[Begun] = []
        """In the order in which they were; all of one engine."""
        self._engine = ("", "")
        """Of those begun, and of the recording."""
        self._of_another: Begun | None = None
        """The next one, where it has another engine."""
        self._coming: dict[str, float] = {}
        """Seconds of speech that the recorders have before them, as estimated, by address."""
        self._recording: Recording | None = None
        self._since = 0.0
        """When the recording last gave anything, or was given it."""
        self._is_starting = False
        """Whether the recording has given nothing yet: its first take has the start of processes and models in its time."""
        self._line_failed = False

    def make(self, queue: deque[tuple[Found, str]]) -> None:
        """Make every episode of ``queue``, which has the reason with each. What is left in it at the end was not come to."""
        try:
            while True:
                self._begin_more(queue)
                ready = next((begun for begun in self._begun if begun.is_ready), None)
                if ready is not None:
                    self._complete(ready)
                elif self._begun:
                    self._hear()
                else:
                    self._end_recording()
                    if not self._may_begin(queue):
                        break
        except BaseException:
            if self._recording is not None:
                self.abandoned = not self._recording.end() or self.abandoned
            raise
        finally:
            for begun in filter(None, (*self._begun, self._of_another)):
                begun.holds.close()
                self._telling.unfinished(begun)
        try:
            takes.collect_when_due(self._store)
        except StoreError as error:
            log.warning("the cache was not tidied: %s", error)

    # ------------------------------------------------------------ beginning

    def _may_begin(self, queue: deque[tuple[Found, str]]) -> bool:
        return (bool(queue) or self._of_another is not None) and not self._stopped()

    def _begin_more(self, queue: deque[tuple[Found, str]]) -> None:
        """Plan ahead, so that the recorders have work; several episodes at once, so that lines which go together can be found."""
        most = AHEAD_EPISODES if self._wanted.timeout_seconds is None else 1
        if self._begun and (len(self._begun) > most // 2 or self._ahead_seconds() > AHEAD_SECONDS / 2):
            return
        added: list[takes.Request] = []
        while self._may_begin(queue) and len(self._begun) < most and self._ahead_seconds() < AHEAD_SECONDS:
            begun, self._of_another = self._of_another or self._begin(*queue.popleft()), None
            if begun is None:
                continue
            if (self._begun or self._recording is not None) and engine_of(begun) != self._engine:
                self._of_another = begun
                break
            self._engine = engine_of(begun)
            begun.started = time.monotonic()
            self._begun.append(begun)
            added += self._missing(begun)
            if self._wanted.stop_at is not None:  # the longest lines of older ones would come before the newest's
                break
            if self._recording is not None and self._recording.has_news():
                break
        if added:
            self._record(added)
        if self._recording is not None and not self._may_begin(queue):
            self._recording.feed.close()  # the workers need not wait for more while the last episodes are finished

    def _begin(self, found: Found, why: str) -> Begun | None:
        return begin(self._wanted, found, why, self._store, self._changes, self._telling)

    def _missing(self, begun: Begun) -> list[takes.Request]:
        """What is to be recorded for an episode and is not on its way."""
        new: list[takes.Request] = []
        for utterance, voice in begun.episode.requests:
            address, seconds = utterance.address, utterance.estimate_seconds
            if address in begun.takes or address in begun.awaited:
                continue
            begun.awaited.add(address)
            if address not in self._coming:
                new.append((utterance, voice))
                self._coming[address] = begun.own[address] = seconds
        return new

    # ------------------------------------------------------------ recording

    def _record(self, requests: list[takes.Request]) -> None:
        if self._recording is None:
            first = self._begun[0].episode

            def record(recording: Recording) -> None:  # the only place where a batch records
                record_feed(
                    first,
                    recording.feed,
                    self._store,
                    self._wanted.jobs,
                    self._on_progress,
                    on_recorded=recording.kept,
                    on_failed=recording.failed,
                    stop=recording.must_stop,
                    cluster=self._wanted.cluster,
                )

            self._recording, self._since, self._is_starting = Recording(record, self._stopped), time.monotonic(), True
        elif len(self._coming) == len(requests):
            self._since = time.monotonic()
        self._recording.add(requests)

    def _hear(self) -> None:
        """Wait for something to happen to an episode, and take it in."""
        recording = self._recording
        if recording is None:  # it has ended before its time
            for begun in self._begun:
                begun.error = begun.error or RunError("the recording has ended")
            return
        deadline = min(self._deadline_of(begun) for begun in self._begun)
        event = recording.hear(deadline)
        if event is not None:
            self._take_in(event)
        elif deadline <= time.monotonic():
            self._give_up(recording)

    def _take_in(self, event: Kept | Failed | Ended) -> None:
        if isinstance(event, Ended):
            self._recording = None
            self._coming.clear()
            for begun in [begun for begun in self._begun if not begun.is_ready]:
                if isinstance(event.error, Exception):  # of the store or the engine as a whole: it would come back with each of them
                    begun.error = event.error
                else:
                    self._drop(begun)
                    self._telling.unfinished(begun)
            return
        address = event.address if isinstance(event, Kept) else event.utterance.address
        self._coming.pop(address, None)
        took, self._since = event.at - self._since, event.at
        tells_the_rate, self._is_starting = not self._is_starting, False
        for begun in self._begun:
            if address in begun.own:
                begun.wall_seconds += took
                if tells_the_rate:
                    begun.record_wall_seconds += took
                    begun.record_speech_seconds += begun.own[address]
            if address in begun.awaited and isinstance(event, Failed) and begun.error is None:
                begun.error = failure_of(begun, event.utterance, event.error)
                self._line_failed = True
            begun.awaited.discard(address)

    def _give_up(self, recording: Recording) -> None:
        """An episode is late: there is one alone then, and its recording goes with it."""
        if not recording.end():
            self.abandoned = True
        while recording.has_news():
            event = recording.hear()
            if isinstance(event, (Kept, Failed)):
                self._take_in(event)
        self._recording = None
        self._coming.clear()
        for begun in [begun for begun in self._begun if not begun.is_ready]:
            begun.error = self._too_long()

    def _end_recording(self) -> None:
        """Let the recorders go, which have nothing to do any more."""
        if self._recording is not None:
            self._recording.feed.close()
        while self._recording is not None:
            event = self._recording.hear()
            if isinstance(event, Ended):
                self._recording = None
        self._coming.clear()

    # ------------------------------------------------------------ completing

    def _complete(self, begun: Begun) -> None:
        """See an episode off whose takes are there, or will not be."""
        if begun.error is not None:
            self._telling.failed(begun.found, begun.error, begun.wall_seconds)
        elif self._is_broken_off():
            self._telling.unfinished(begun)
        else:
            self._finish(begun)
        self._drop(begun)

    def _drop(self, begun: Begun) -> None:
        self._begun.remove(begun)
        begun.holds.close()

    def _finish(self, begun: Begun) -> None:
        started = time.monotonic()
        deadline = self._deadline_of(begun)

        def on_progress(progress: Progress) -> None:
            if time.monotonic() > deadline:
                raise self._too_long()
            self._on_progress(progress)

        self._rates.add(self._key(begun), begun.record_wall_seconds, begun.record_speech_seconds)
        try:
            self._fetch(begun)
            finished = finish_episode(begun.episode, begun.takes, on_progress)
            self._store.register_manifest(begun.episode.place.manifest)
        except Exception as error:
            self._telling.failed(begun.found, error, begun.wall_seconds + time.monotonic() - started)
            return
        wall = time.monotonic() - started
        begun.wall_seconds += wall
        self._rates.add(FINISH, wall, finished.seconds)
        self._telling.made(begun, finished)

    def _fetch(self, begun: Begun) -> None:
        """Read what was recorded."""
        missing = begun.addresses - begun.takes.keys()
        begun.takes.update(self._store.get_many(missing))
        for utterance, _ in begun.episode.requests:
            if utterance.address not in begun.takes:
                raise RunError(f"{utterance.source}: its take was recorded and has gone again; is another program clearing the cache?")

    # ------------------------------------------------------------ small questions

    def _stopped(self) -> bool:
        stop_at = self._wanted.stop_at
        # A shared store that is down takes a minute each time to say so.
        is_down = self._wanted.store is not None and self._telling.store_failures >= STORE_FAILURES
        return self._is_broken_off() or is_down or (stop_at is not None and time.time() >= stop_at)

    def _is_broken_off(self) -> bool:
        return self._wanted.fail_fast and (self._line_failed or self._telling.any_failed)

    def _deadline_of(self, begun: Begun) -> float:
        seconds = self._wanted.timeout_seconds
        return float("inf") if seconds is None else begun.started + seconds

    def _too_long(self) -> _TimedOutError:
        return _TimedOutError(f"took longer than the {self._wanted.timeout_seconds:g} s that an episode may take; its takes are kept")

    def _key(self, begun: Begun) -> str:
        return engine_key(begun.episode.plan.engine.fingerprint, self._wanted.jobs, self._wanted.cluster)

    def _ahead_seconds(self) -> float:
        """What the recorders will take for what they have before them."""
        if not self._begun:
            return 0.0
        rate, _ = self._rates.of(self._begun[0].episode.plan.engine, self._wanted.jobs, self._wanted.cluster)
        return sum(self._coming.values()) * rate
