"""Make the new and changed episodes: plan ahead, record their lines as one queue, finish each as soon as its takes exist."""

from __future__ import annotations

import logging
import time
from collections import defaultdict, deque
from collections.abc import Sequence

from voiceover import takes
from voiceover.batch.changes import ChangeDetector
from voiceover.batch.episode import ActiveEpisode
from voiceover.batch.outcomes import OutcomeReporter
from voiceover.batch.planning import jobs_for, start_episode
from voiceover.batch.recording import BackgroundRecording, RecordingEnded, TakeFailed, TakeRecorded
from voiceover.batch.state import OutputState
from voiceover.batch.types import BatchRequest, FoundScript
from voiceover.errors import RunError, StoreError
from voiceover.pipeline.context import open_store
from voiceover.pipeline.job import OpenableEngine
from voiceover.pipeline.rates import FINISH, MeasuredRates, engine_key
from voiceover.pipeline.render import record_feed
from voiceover.pipeline.steps import run_after_recording
from voiceover.types import EngineInfo, OnProgress, Progress, Utterance

AHEAD_SECONDS = 120.0
"""Recording time to plan ahead, so that the recorders never wait."""
AHEAD_EPISODES = 32
"""Most episodes to plan ahead; each holds a lock and a plan."""
STORE_FAILURES = 3
"""After this many episodes in a row that failed because of a shared store, the rest is left for the next batch."""

log = logging.getLogger(__name__)


class _TimedOutError(RunError):
    """An episode exceeded its time limit."""


class EpisodeMaker:
    """Makes episodes and reports the outcome of each."""

    def __init__(
        self,
        request: BatchRequest,
        changes: ChangeDetector,
        reporter: OutcomeReporter,
        rates: MeasuredRates,
        on_progress: OnProgress,
        state: OutputState,
    ) -> None:
        self._state = state
        self._request, self._changes, self._reporter, self._rates, self._on_progress = request, changes, reporter, rates, on_progress
        self._store = open_store(request.cache_folder, request.store)
        self.abandoned = False
        """True if a recording did not end and was left behind."""
        self._active: list[ActiveEpisode] = []
        """In the order in which they were planned."""
        self._engines: dict[str, OpenableEngine] = {}
        """The engines of the active episodes and of the recording, by name."""
        self._jobs = 1
        """Number of processes of the recording."""
        self._waiting: ActiveEpisode | None = None
        """The next episode, if it cannot be recorded with the others: it starts when the recording has ended."""
        self._pending: dict[str, Utterance] = {}
        """What the recorders still have to record, by address."""
        self._recording: BackgroundRecording | None = None
        self._since = 0.0
        """When the recording last produced a take, or got its first line."""
        self._is_starting = False
        """True until the first take: its time includes the start of processes and models, so it does not count for the rate."""
        self._line_failed = False

    def make(self, queue: deque[tuple[FoundScript, str]]) -> None:
        """Make every episode of ``queue``, given with the reason for each. Scripts left in it at the end were not started."""
        try:
            while True:
                self._start_more(queue)
                ready = next((active for active in self._active if active.is_ready), None)
                if ready is not None:
                    if not self._retake(ready):
                        self._let_workers_exit(queue)
                        self._complete(ready)
                elif self._active:
                    self._wait_for_event()
                else:
                    self._end_recording()
                    if not self._may_start(queue):
                        break
        except BaseException:
            if self._recording is not None:
                self.abandoned = not self._recording.end() or self.abandoned
            raise
        finally:
            for active in filter(None, (*self._active, self._waiting)):
                active.context.close()
                self._reporter.unfinished(active)
        try:
            takes.collect_when_due(self._store)
        except StoreError as error:
            log.warning("could not clean up the cache: %s", error)

    # ------------------------------------------------------------ starting

    def _may_start(self, queue: deque[tuple[FoundScript, str]]) -> bool:
        return (bool(queue) or self._waiting is not None) and not self._stopped()

    def _start_more(self, queue: deque[tuple[FoundScript, str]]) -> None:
        """Plan ahead, so that the recorders have work; several episodes at once, so that more lines can be recorded together."""
        most = AHEAD_EPISODES if self._request.timeout_seconds is None else 1
        if self._active and (len(self._active) > most // 2 or self._ahead_seconds() > AHEAD_SECONDS / 2):
            return
        added: list[takes.Request] = []
        while self._may_start(queue) and len(self._active) < most and self._ahead_seconds() < AHEAD_SECONDS:
            active, self._waiting = self._waiting or self._start(*queue.popleft()), None
            if active is None:
                continue
            jobs = jobs_for(self._request, active.engines)
            if not self._active and self._recording is None:
                self._engines, self._jobs = {}, jobs
            elif jobs != self._jobs or any(self._differs(name, engine) for name, engine in active.engines.items()):
                self._waiting = active
                break
            self._engines |= active.engines
            active.started = time.monotonic()
            self._active.append(active)
            added += self._missing(active)
            if self._request.stop_at is not None:  # the longest lines come first, and those of older episodes must not precede the newest's
                break
            if self._recording is not None and self._recording.has_events():
                break
        if added:
            self._record(added)

    def _let_workers_exit(self, queue: deque[tuple[FoundScript, str]]) -> None:
        """Let the workers exit while the last episodes are finished, once no line can come any more."""
        if self._recording is not None and not self._may_start(queue) and all(active.is_judged for active in self._active):
            self._recording.feed.close()

    def _start(self, found: FoundScript, why: str) -> ActiveEpisode | None:
        return start_episode(self._request, found, why, self._store, self._changes, self._reporter, self._state)

    def _differs(self, name: str, engine: OpenableEngine) -> bool:
        """True if the recording has another engine of this name, such as one with another model."""
        return name in self._engines and self._engines[name].info.fingerprint != engine.info.fingerprint

    def _retake(self, active: ActiveEpisode) -> bool:
        """Record the suspect takes of an episode again; return False if there are none, or no more attempts at them."""
        if not active.is_judged and active.error is None and not self._is_broken_off():
            active.context.on_progress = self._watched(active)
            try:
                self._fetch(active)
                requests = active.context.attempts_to_record()
            except Exception as error:
                active.error = error
                requests = []
            active.retakes.update(utterance.address for utterance, _ in requests)
            if added := self._missing(active, requests):
                self._record(added)
        active.is_judged = active.is_ready
        return not active.is_judged

    def _missing(self, active: ActiveEpisode, requests: Sequence[takes.Request] | None = None) -> list[takes.Request]:
        """Return the lines of an episode, or ``requests``, that must be recorded and are not being recorded for another one."""
        new: list[takes.Request] = []
        for utterance, voice in active.plan.requests if requests is None else requests:
            address, seconds = utterance.address, utterance.estimate_seconds
            if address in active.takes or address in active.awaited:
                continue
            active.awaited.add(address)
            if address not in self._pending:
                new.append((utterance, voice))
                self._pending[address] = utterance
                active.own[address] = seconds
        return new

    # ------------------------------------------------------------ recording

    def _record(self, requests: list[takes.Request]) -> None:
        if self._recording is None:
            engines, jobs = self._engines, self._jobs

            def record(recording: BackgroundRecording) -> None:
                record_feed(
                    engines,
                    recording.feed,
                    self._store,
                    jobs,
                    self._on_progress,
                    on_recorded=recording.recorded,
                    on_failed=recording.failed,
                    stop=recording.must_stop,
                    cluster=self._request.cluster,
                )

            self._recording, self._since, self._is_starting = BackgroundRecording(record, self._stopped), time.monotonic(), True
        elif len(self._pending) == len(requests):
            self._since = time.monotonic()
        self._recording.add(requests)

    def _wait_for_event(self) -> None:
        """Wait for the next event of the recording and apply it."""
        recording = self._recording
        if recording is None:  # it ended early
            for active in self._active:
                active.error = active.error or RunError("the recording has ended")
            return
        deadline = min(self._deadline_of(active) for active in self._active)
        event = recording.next_event(deadline)
        if event is not None:
            self._apply(event)
        elif deadline <= time.monotonic():
            self._give_up(recording)

    def _apply(self, event: TakeRecorded | TakeFailed | RecordingEnded) -> None:
        if isinstance(event, RecordingEnded):
            self._recording = None
            self._pending.clear()
            for active in [active for active in self._active if not active.is_ready]:
                if isinstance(event.error, Exception):  # it concerns the store or the whole engine, so it would hit every episode
                    active.error = event.error
                else:
                    self._drop(active)
                    self._reporter.unfinished(active)
            return
        address = event.address if isinstance(event, TakeRecorded) else event.utterance.address
        self._pending.pop(address, None)
        took, self._since = event.at - self._since, event.at
        tells_the_rate, self._is_starting = not self._is_starting, False
        for active in self._active:
            if address in active.own:
                active.wall_seconds += took
                if tells_the_rate:
                    active.record_wall_seconds += took
                    active.record_speech_seconds += active.own[address]
            if address in active.awaited and isinstance(event, TakeFailed) and active.may_try_again(event.utterance, event.error):
                active.context.rounds.fail(event.utterance, event.error)
            elif address in active.awaited and isinstance(event, TakeFailed) and active.error is None:
                active.error = active.failure(event.utterance, event.error)
                self._line_failed = True
            active.awaited.discard(address)

    def _give_up(self, recording: BackgroundRecording) -> None:
        """End the recording of an episode that is late. With a time limit only one episode is active at a time."""
        if not recording.end():
            self.abandoned = True
        while recording.has_events():
            event = recording.next_event()
            if isinstance(event, (TakeRecorded, TakeFailed)):
                self._apply(event)
        self._recording = None
        self._pending.clear()
        for active in [active for active in self._active if not active.is_ready]:
            active.error = self._too_long()

    def _end_recording(self) -> None:
        """Let the recorders exit and wait for them."""
        if self._recording is not None:
            self._recording.feed.close()
        while self._recording is not None:
            event = self._recording.next_event()
            if isinstance(event, RecordingEnded):
                self._recording = None
        self._pending.clear()

    # ------------------------------------------------------------ completing

    def _complete(self, active: ActiveEpisode) -> None:
        """Finish an episode that waits for no more takes, or report why it cannot be made."""
        if active.error is not None:
            self._reporter.failed(active.found, active.error, active.wall_seconds)
        elif self._is_broken_off():
            self._reporter.unfinished(active)
        else:
            self._finish(active)
        self._drop(active)

    def _drop(self, active: ActiveEpisode) -> None:
        self._active.remove(active)
        active.context.close()

    def _finish(self, active: ActiveEpisode) -> None:
        started = time.monotonic()
        if len(recorded := self._recorded_with(active)) == 1:  # the time of several engines cannot be told apart
            self._rates.add(self._key(*recorded), active.record_wall_seconds, active.record_speech_seconds)
        try:
            run_after_recording(active.context)
            finished = active.context.result
        except Exception as error:
            self._reporter.failed(active.found, error, active.wall_seconds + time.monotonic() - started)
            return
        wall = time.monotonic() - started
        active.wall_seconds += wall
        self._rates.add(FINISH, wall, finished.seconds)
        self._reporter.made(active, finished)

    def _watched(self, active: ActiveEpisode) -> OnProgress:
        """Return what passes progress on and raises an error once the episode's time is over."""
        deadline = self._deadline_of(active)

        def on_progress(progress: Progress) -> None:
            if time.monotonic() > deadline:
                raise self._too_long()
            self._on_progress(progress)

        return on_progress

    def _fetch(self, active: ActiveEpisode) -> None:
        """Read the takes that were recorded."""
        missing = active.addresses - active.takes.keys()
        active.context.takes.update(self._store.get_many(missing))
        for utterance, _ in active.plan.requests:
            if utterance.address not in active.takes and not active.context.rounds.has_failed(utterance):
                raise RunError(f"{utterance.source}: its take was recorded and then disappeared; is another program clearing the cache?")

    # ------------------------------------------------------------ state

    def _stopped(self) -> bool:
        stop_at = self._request.stop_at
        # Each request to a shared store that is down takes a minute to fail.
        is_down = self._request.store is not None and self._reporter.store_failures >= STORE_FAILURES
        return self._is_broken_off() or is_down or (stop_at is not None and time.time() >= stop_at)

    def _is_broken_off(self) -> bool:
        return self._request.fail_fast and (self._line_failed or self._reporter.any_failed)

    def _deadline_of(self, active: ActiveEpisode) -> float:
        seconds = self._request.timeout_seconds
        return float("inf") if seconds is None else active.started + seconds

    def _too_long(self) -> _TimedOutError:
        return _TimedOutError(f"took longer than the time limit of {self._request.timeout_seconds:g} s per episode; its takes are kept")

    def _recorded_with(self, active: ActiveEpisode) -> set[str]:
        """Return the fingerprints of the engines with which lines were recorded for an episode."""
        planned = active.plan.plan
        return {planned.engine_of(utterance).fingerprint for utterance, _ in active.plan.requests if utterance.address in active.own}

    def _key(self, fingerprint: str) -> str:
        return engine_key(fingerprint, self._jobs, self._request.cluster)

    def _ahead_seconds(self) -> float:
        """Return the time that the recorders need for the lines they still have."""
        speech: dict[EngineInfo, float] = defaultdict(float)
        for utterance in self._pending.values():
            speech[self._engines[utterance.engine].info] += utterance.estimate_seconds
        return self._rates.work(speech, self._jobs, self._request.cluster)[0]
