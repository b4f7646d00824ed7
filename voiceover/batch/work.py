"""The episodes that are new or changed: planned, recorded as one queue, and each finished as soon as its takes are there."""

from __future__ import annotations

import logging
import time
from collections import deque

from voiceover import takes
from voiceover.batch.changes import ChangeDetector
from voiceover.batch.episode import ActiveEpisode, engine_of, failure_of
from voiceover.batch.outcomes import OutcomeReporter
from voiceover.batch.planning import start_episode
from voiceover.batch.rates import FINISH, MeasuredRates, engine_key
from voiceover.batch.recording import BackgroundRecording, RecordingEnded, TakeFailed, TakeRecorded
from voiceover.batch.types import BatchRequest, FoundScript
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


class EpisodeMaker:
    """Makes episodes, and tells of each how it went."""

    def __init__(
        self, request: BatchRequest, changes: ChangeDetector, reporter: OutcomeReporter, rates: MeasuredRates, on_progress: OnProgress
    ) -> None:
        self._request, self._changes, self._reporter, self._rates, self._on_progress = request, changes, reporter, rates, on_progress
        self._store = open_store(request.cache_folder, request.store)
        self.abandoned = False
        """Whether a recording was left behind that does not end."""
        self._active: list[ActiveEpisode] = []
        """In the order in which they were; all of one engine."""
        self._engine = ("", "")
        """Of those begun, and of the recording."""
        self._of_another: ActiveEpisode | None = None
        """The next one, where it has another engine."""
        self._coming: dict[str, float] = {}
        """Seconds of speech that the recorders have before them, as estimated, by address."""
        self._recording: BackgroundRecording | None = None
        self._since = 0.0
        """When the recording last gave anything, or was given it."""
        self._is_starting = False
        """Whether the recording has given nothing yet: its first take has the start of processes and models in its time."""
        self._line_failed = False

    def make(self, queue: deque[tuple[FoundScript, str]]) -> None:
        """Make every episode of ``queue``, which has the reason with each. What is left in it at the end was not come to."""
        try:
            while True:
                self._begin_more(queue)
                ready = next((active for active in self._active if active.is_ready), None)
                if ready is not None:
                    self._complete(ready)
                elif self._active:
                    self._handle_events()
                else:
                    self._end_recording()
                    if not self._may_begin(queue):
                        break
        except BaseException:
            if self._recording is not None:
                self.abandoned = not self._recording.end() or self.abandoned
            raise
        finally:
            for active in filter(None, (*self._active, self._of_another)):
                active.holds.close()
                self._reporter.unfinished(active)
        try:
            takes.collect_when_due(self._store)
        except StoreError as error:
            log.warning("the cache was not tidied: %s", error)

    # ------------------------------------------------------------ beginning

    def _may_begin(self, queue: deque[tuple[FoundScript, str]]) -> bool:
        return (bool(queue) or self._of_another is not None) and not self._stopped()

    def _begin_more(self, queue: deque[tuple[FoundScript, str]]) -> None:
        """Plan ahead, so that the recorders have work; several episodes at once, so that lines which go together can be found."""
        most = AHEAD_EPISODES if self._request.timeout_seconds is None else 1
        if self._active and (len(self._active) > most // 2 or self._ahead_seconds() > AHEAD_SECONDS / 2):
            return
        added: list[takes.Request] = []
        while self._may_begin(queue) and len(self._active) < most and self._ahead_seconds() < AHEAD_SECONDS:
            active, self._of_another = self._of_another or self._begin(*queue.popleft()), None
            if active is None:
                continue
            if (self._active or self._recording is not None) and engine_of(active) != self._engine:
                self._of_another = active
                break
            self._engine = engine_of(active)
            active.started = time.monotonic()
            self._active.append(active)
            added += self._missing(active)
            if self._request.stop_at is not None:  # the longest lines of older ones would come before the newest's
                break
            if self._recording is not None and self._recording.has_events():
                break
        if added:
            self._record(added)
        if self._recording is not None and not self._may_begin(queue):
            self._recording.feed.close()  # the workers need not wait for more while the last episodes are finished

    def _begin(self, found: FoundScript, why: str) -> ActiveEpisode | None:
        return start_episode(self._request, found, why, self._store, self._changes, self._reporter)

    def _missing(self, active: ActiveEpisode) -> list[takes.Request]:
        """What is to be recorded for an episode and is not on its way."""
        new: list[takes.Request] = []
        for utterance, voice in active.episode.requests:
            address, seconds = utterance.address, utterance.estimate_seconds
            if address in active.takes or address in active.awaited:
                continue
            active.awaited.add(address)
            if address not in self._coming:
                new.append((utterance, voice))
                self._coming[address] = active.own[address] = seconds
        return new

    # ------------------------------------------------------------ recording

    def _record(self, requests: list[takes.Request]) -> None:
        if self._recording is None:
            first = self._active[0].episode

            def record(recording: BackgroundRecording) -> None:  # the only place where a batch records
                record_feed(
                    first,
                    recording.feed,
                    self._store,
                    self._request.jobs,
                    self._on_progress,
                    on_recorded=recording.kept,
                    on_failed=recording.failed,
                    stop=recording.must_stop,
                    cluster=self._request.cluster,
                )

            self._recording, self._since, self._is_starting = BackgroundRecording(record, self._stopped), time.monotonic(), True
        elif len(self._coming) == len(requests):
            self._since = time.monotonic()
        self._recording.add(requests)

    def _handle_events(self) -> None:
        """Wait for something to happen to an episode, and take it in."""
        recording = self._recording
        if recording is None:  # it has ended before its time
            for active in self._active:
                active.error = active.error or RunError("the recording has ended")
            return
        deadline = min(self._deadline_of(active) for active in self._active)
        event = recording.next_event(deadline)
        if event is not None:
            self._take_in(event)
        elif deadline <= time.monotonic():
            self._give_up(recording)

    def _take_in(self, event: TakeRecorded | TakeFailed | RecordingEnded) -> None:
        if isinstance(event, RecordingEnded):
            self._recording = None
            self._coming.clear()
            for active in [active for active in self._active if not active.is_ready]:
                if isinstance(event.error, Exception):  # of the store or the engine as a whole: it would come back with each of them
                    active.error = event.error
                else:
                    self._drop(active)
                    self._reporter.unfinished(active)
            return
        address = event.address if isinstance(event, TakeRecorded) else event.utterance.address
        self._coming.pop(address, None)
        took, self._since = event.at - self._since, event.at
        tells_the_rate, self._is_starting = not self._is_starting, False
        for active in self._active:
            if address in active.own:
                active.wall_seconds += took
                if tells_the_rate:
                    active.record_wall_seconds += took
                    active.record_speech_seconds += active.own[address]
            if address in active.awaited and isinstance(event, TakeFailed) and active.error is None:
                active.error = failure_of(active, event.utterance, event.error)
                self._line_failed = True
            active.awaited.discard(address)

    def _give_up(self, recording: BackgroundRecording) -> None:
        """An episode is late: there is one alone then, and its recording goes with it."""
        if not recording.end():
            self.abandoned = True
        while recording.has_events():
            event = recording.next_event()
            if isinstance(event, (TakeRecorded, TakeFailed)):
                self._take_in(event)
        self._recording = None
        self._coming.clear()
        for active in [active for active in self._active if not active.is_ready]:
            active.error = self._too_long()

    def _end_recording(self) -> None:
        """Let the recorders go, which have nothing to do any more."""
        if self._recording is not None:
            self._recording.feed.close()
        while self._recording is not None:
            event = self._recording.next_event()
            if isinstance(event, RecordingEnded):
                self._recording = None
        self._coming.clear()

    # ------------------------------------------------------------ completing

    def _complete(self, active: ActiveEpisode) -> None:
        """See an episode off whose takes are there, or will not be."""
        if active.error is not None:
            self._reporter.failed(active.found, active.error, active.wall_seconds)
        elif self._is_broken_off():
            self._reporter.unfinished(active)
        else:
            self._finish(active)
        self._drop(active)

    def _drop(self, active: ActiveEpisode) -> None:
        self._active.remove(active)
        active.holds.close()

    def _finish(self, active: ActiveEpisode) -> None:
        started = time.monotonic()
        deadline = self._deadline_of(active)

        def on_progress(progress: Progress) -> None:
            if time.monotonic() > deadline:
                raise self._too_long()
            self._on_progress(progress)

        self._rates.add(self._key(active), active.record_wall_seconds, active.record_speech_seconds)
        try:
            self._fetch(active)
            finished = finish_episode(active.episode, active.takes, on_progress)
            self._store.register_manifest(active.episode.place.manifest)
        except Exception as error:
            self._reporter.failed(active.found, error, active.wall_seconds + time.monotonic() - started)
            return
        wall = time.monotonic() - started
        active.wall_seconds += wall
        self._rates.add(FINISH, wall, finished.seconds)
        self._reporter.made(active, finished)

    def _fetch(self, active: ActiveEpisode) -> None:
        """Read what was recorded."""
        missing = active.addresses - active.takes.keys()
        active.takes.update(self._store.get_many(missing))
        for utterance, _ in active.episode.requests:
            if utterance.address not in active.takes:
                raise RunError(f"{utterance.source}: its take was recorded and has gone again; is another program clearing the cache?")

    # ------------------------------------------------------------ small questions

    def _stopped(self) -> bool:
        stop_at = self._request.stop_at
        # A shared store that is down takes a minute each time to say so.
        is_down = self._request.store is not None and self._reporter.store_failures >= STORE_FAILURES
        return self._is_broken_off() or is_down or (stop_at is not None and time.time() >= stop_at)

    def _is_broken_off(self) -> bool:
        return self._request.fail_fast and (self._line_failed or self._reporter.any_failed)

    def _deadline_of(self, active: ActiveEpisode) -> float:
        seconds = self._request.timeout_seconds
        return float("inf") if seconds is None else active.started + seconds

    def _too_long(self) -> _TimedOutError:
        return _TimedOutError(f"took longer than the {self._request.timeout_seconds:g} s that an episode may take; its takes are kept")

    def _key(self, active: ActiveEpisode) -> str:
        return engine_key(active.episode.plan.engine.fingerprint, self._request.jobs, self._request.cluster)

    def _ahead_seconds(self) -> float:
        """What the recorders will take for what they have before them."""
        if not self._active:
            return 0.0
        rate, _ = self._rates.of(self._active[0].episode.plan.engine, self._request.jobs, self._request.cluster)
        return sum(self._coming.values()) * rate
