"""The episodes that are new or changed: planned, recorded as one queue and finished, a group at a time."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path, PurePosixPath

from voiceover import folders, studio, takes
from voiceover.batch.begun import Begun, engine_of, facts_of, failure_of, is_silent, notes_of, silence_of, takes_in_words
from voiceover.batch.changes import Changes
from voiceover.batch.contents import stamp_of
from voiceover.batch.journal import Journal
from voiceover.batch.nouns import Ending, FileMade, Found, Outcome, Wanted
from voiceover.batch.rates import FINISH, Rates, engine_key
from voiceover.batch.watch import EndlessError, Watched
from voiceover.config import Settings
from voiceover.errors import RunError, StoreError, VoiceoverError
from voiceover.files import os_errors_as
from voiceover.reads import noting
from voiceover.types import Episode, OnProgress, Progress, Take, Utterance

GROUP_SECONDS = 120.0
"""A group is at least so much work: what it costs to start the workers is little then, and an episode is finished soon after its takes."""
GROUP_EPISODES = 32
"""At most: each holds a lock and a plan."""

log = logging.getLogger(__name__)


class _TimedOutError(RunError):
    """An episode took longer than it may."""


class Work:
    """Makes episodes, and tells of each how it went."""

    def __init__(
        self, wanted: Wanted, changes: Changes, journal: Journal, tell: Callable[[Outcome], None], on_progress: OnProgress
    ) -> None:
        self._wanted, self._changes, self._journal = wanted, changes, journal
        self._tell, self._on_progress = tell, on_progress
        self._store = studio.open_store(wanted.cache_folder, wanted.store)
        self.rates = Rates(folders.cache_folder(wanted.cache_folder))
        self.guessed = False
        """Whether an estimate had to go by an engine's own figure."""
        self.abandoned = False
        """Whether a recording was left behind that does not end."""
        self._broken = False

    def make(self, queue: deque[tuple[Found, str]]) -> None:
        """Make every episode of ``queue``, which has the reason with each. What is left in it at the end was not come to."""
        while queue and not self._stopped():
            self._make_group(queue)
        try:
            takes.collect_when_due(self._store)
        except StoreError as error:
            log.warning("the cache was not tidied: %s", error)

    def plan(self, found: Found, why: str) -> None:
        """Tell what would be done, and do nothing."""
        try:
            episode = studio.plan_episode(self._job(found), strict=True)
        except Exception as error:
            if is_silent(error):
                self._tell(Outcome(found, Ending.SKIPPED, str(error)))
            else:
                self._fail(found, error)
            return
        if reason := silence_of(episode):
            self._tell(Outcome(found, Ending.SKIPPED, reason))
            return
        to_record = episode.plan.to_record
        if not to_record and episode.standing() is not None:
            self._tell(Outcome(found, Ending.UNCHANGED, why))
            return
        addresses = {planned.utterance.address for planned in episode.plan.planned}
        self._tell(
            Outcome(
                found,
                Ending.TO_DO,
                f"{why}; {takes_in_words(episode)}",
                recorded=len(to_record),
                reused=len(addresses) - len(to_record),
                to_record_seconds=sum(utterance.estimate_seconds for utterance in to_record),
                wall_seconds=self._work_seconds(episode),
            )
        )

    # ------------------------------------------------------------ a group

    def _make_group(self, queue: deque[tuple[Found, str]]) -> None:
        with ExitStack() as stack:
            group: list[Begun] = []
            load = 0.0
            most = GROUP_EPISODES if self._wanted.timeout_seconds is None else 1
            while queue and len(group) < most and load < GROUP_SECONDS and not self._stopped():
                found, why = queue[0]
                begun = self._begin(found, why, stack.enter_context(ExitStack()))
                if begun is not None and group and engine_of(begun) != engine_of(group[0]):
                    begun.own.close()
                    break
                queue.popleft()
                if begun is not None:
                    group.append(begun)
                    load += self._work_seconds(begun.episode)
            if not group:
                return
            stack.enter_context(self._store.hold(address for begun in group for address in begun.addresses))
            try:
                self._record_and_finish(group)
            except BaseException:
                for begun in group:
                    self._unfinished(begun)
                raise

    def _record_and_finish(self, group: list[Begun]) -> None:
        """Takes each episode out of ``group`` when it has been told of."""
        recorded, failures = self._record(group)
        seen: set[str] = set()
        while group:
            begun = group[0]
            error = failures.get(begun.found.name)
            if error is not None:
                self._fail(begun.found, error, begun.wall_seconds)
            elif all(address in recorded for address in begun.addresses) and not self._broken:
                self._finish(begun, recorded, seen)
            elif self._deadline_of(begun) <= time.monotonic():
                self._fail(begun.found, self._too_long(), begun.wall_seconds)
            else:
                self._unfinished(begun)
            begun.own.close()
            group.pop(0)

    def _begin(self, found: Found, why: str, own: ExitStack) -> Begun | None:
        """Lock and plan an episode; None where that was all there is to do, and has been told."""
        started, since_ns = time.monotonic(), time.time_ns()
        asked: set[str] = set()
        try:
            with noting() as asked:
                episode, standing = own.enter_context(studio.at_work(self._job(found), strict=True))
        except Exception as error:
            own.close()
            if is_silent(error):
                self._skip_silent(found, str(error), asked, since_ns)
            else:
                self._fail(found, error, time.monotonic() - started)
            return None
        stem = (PurePosixPath(found.name).parent / episode.place.stem).as_posix()
        entry = self._changes.entry_of(found, stem, asked, episode.plan.cast, since_ns)
        begun = Begun(found, why, own, episode, entry, started, time.monotonic() - started)
        reason = silence_of(episode)
        if reason:
            self._skip_silent(found, reason, asked, since_ns)
        elif standing is not None:
            # A run that was killed just before its end has not told the store.
            self._store.register_manifest(episode.place.manifest)
            lines = episode.previous.lines if episode.previous else ()
            self._stands(begun, standing, Ending.UNCHANGED, sum(line.seconds for line in lines))
        else:
            return begun
        own.close()
        return None

    def _record(self, group: Sequence[Begun]) -> tuple[Mapping[str, Take], Mapping[str, Exception]]:
        """The takes of a group, and what went wrong with an episode, by name."""
        started = time.monotonic()
        failed: dict[str, tuple[Utterance, VoiceoverError]] = {}
        try:
            recorded = self._record_queue(group, failed)
            failures: dict[str, Exception] = {begun.found.name: why for begun in group if (why := failure_of(begun, failed)) is not None}
        except Exception as error:  # of the store or the engine as a whole: it would come back with each of them
            recorded, failures = {}, {begun.found.name: error for begun in group}
        wall = time.monotonic() - started
        fresh = {
            said.address: said.estimate_seconds for begun in group for said in begun.episode.plan.to_record if said.address in recorded
        }
        self.rates.add(self._key(group[0].episode), wall, sum(fresh.values()))
        total = sum(begun.record_seconds for begun in group)
        for begun in group:
            begun.wall_seconds += wall * begun.record_seconds / total if total else 0.0
        return recorded, failures

    def _record_queue(self, group: Sequence[Begun], failed: dict[str, tuple[Utterance, VoiceoverError]]) -> Mapping[str, Take]:
        """The takes of a group, all that can be had; what cannot goes into ``failed``, by address."""
        episodes, wanted = [begun.episode for begun in group], self._wanted

        def note(utterance: Utterance, error: VoiceoverError) -> None:
            failed[utterance.address] = utterance, error

        def record(stop: Callable[[], bool]) -> Mapping[str, Take]:  # the only place where a batch records
            return studio.record(episodes, self._store, wanted.jobs, self._on_progress, stop=stop, on_failed=note, cluster=wanted.cluster)

        watched = Watched(record, lambda: self._stopped() or (wanted.fail_fast and bool(failed)))
        deadline = min(self._deadline_of(begun) for begun in group)
        try:
            return watched.result(None if deadline == float("inf") else deadline)
        except EndlessError:
            raise self._too_long() from None
        finally:
            self.abandoned = self.abandoned or watched.left_behind

    def _finish(self, begun: Begun, recorded: Mapping[str, Take], seen: set[str]) -> None:
        started = time.monotonic()
        deadline = self._deadline_of(begun)

        def on_progress(progress: Progress) -> None:
            if time.monotonic() > deadline:
                raise self._too_long()
            self._on_progress(progress)

        own = {address: recorded[address] for address in begun.addresses}
        try:
            finished = studio.finish_episode(begun.episode, own, on_progress)
            self._store.register_manifest(begun.episode.place.manifest)
        except Exception as error:
            self._fail(begun.found, error, begun.wall_seconds + time.monotonic() - started)
            return
        wall = time.monotonic() - started
        begun.wall_seconds += wall
        self.rates.add(FINISH, wall, finished.seconds)
        # A take that two episodes of the group share was recorded once.
        fresh = {utterance.address for utterance in begun.episode.plan.to_record} - seen
        seen |= fresh
        speech = sum(take.frames / take.sample_rate for take in (own[address] for address in begun.addresses))
        self._stands(begun, finished, Ending.MADE, speech, recorded=len(fresh), reused=len(own) - len(fresh))

    # ------------------------------------------------------------ telling

    def _stands(
        self, begun: Begun, finished: Episode, ending: Ending, speech_seconds: float, recorded: int = 0, reused: int | None = None
    ) -> None:
        facts = facts_of(begun, finished, speech_seconds)
        files = tuple(FileMade(file.path.name, file.bytes, file.sha256, stamp_of(str(file.path))) for file in finished.files)
        self._journal.put(begun.found.name, replace(begun.entry, outputs=files, facts=facts))
        why = begun.why if ending is Ending.MADE else f"{begun.why}, and nothing that is heard or read"
        self._tell(
            Outcome(
                begun.found,
                ending,
                f"{why}; {takes_in_words(begun.episode)}" if ending is Ending.MADE else why,
                begun.entry.stem,
                recorded=recorded,
                reused=len(set(begun.addresses)) if reused is None else reused,
                wall_seconds=begun.wall_seconds,
                facts=facts,
                files=files,
                notes=notes_of(begun.episode, finished),
            )
        )

    def _skip_silent(self, found: Found, reason: str, asked: set[str], since_ns: int) -> None:
        old = self._journal.find(found.name)
        outputs = old.outputs if old is not None and old.stem == found.name else ()
        entry = self._changes.entry_of(found, found.name, asked, {}, since_ns)
        self._journal.put(found.name, replace(entry, silent=reason, outputs=outputs, left=bool(outputs)))
        self._tell(Outcome(found, Ending.SKIPPED, reason))

    def _fail(self, found: Found, error: Exception, wall_seconds: float = 0.0) -> None:
        code = error.exit_code if isinstance(error, VoiceoverError) else 1
        words = str(error) if isinstance(error, VoiceoverError) else f"{found.script}: {type(error).__name__}: {error}"
        if not isinstance(error, VoiceoverError):
            # Whatever it is, the other episodes are to be made; where it came from is for whoever mends it.
            log.error("%s", words, exc_info=error)
        self._broken = self._broken or self._wanted.fail_fast
        self._tell(Outcome(found, Ending.FAILED, words, wall_seconds=wall_seconds, exit_code=code))

    def _unfinished(self, begun: Begun) -> None:
        self._tell(Outcome(begun.found, Ending.UNFINISHED, "stopped before its end", wall_seconds=begun.wall_seconds))

    # ------------------------------------------------------------ small questions

    def _stopped(self) -> bool:
        stop_at = self._wanted.stop_at
        return self._broken or (stop_at is not None and time.time() >= stop_at)

    def _deadline_of(self, begun: Begun) -> float:
        seconds = self._wanted.timeout_seconds
        return float("inf") if seconds is None else begun.started + seconds

    def _too_long(self) -> _TimedOutError:
        return _TimedOutError(f"took longer than the {self._wanted.timeout_seconds:g} s that an episode may take; its takes are kept")

    def _key(self, episode: studio.EpisodePlan) -> str:
        return engine_key(episode.plan.engine.fingerprint, self._wanted.jobs, self._wanted.cluster)

    def _work_seconds(self, episode: studio.EpisodePlan) -> float:
        """What the episode will take, by what was measured here, else by the engine's own figure."""
        speech = sum(planned.utterance.estimate_seconds for planned in episode.plan.planned)
        record = sum(utterance.estimate_seconds for utterance in episode.plan.to_record)
        rate = self.rates.measured(self._key(episode))
        if rate is None:
            self.guessed = True
            rate = episode.plan.engine.realtime_factor / self._wanted.jobs
        return record * rate + speech * (self.rates.measured(FINISH) or 0.0)

    def _job(self, found: Found) -> studio.Job:
        wanted, name = self._wanted, PurePosixPath(found.name)
        folder = wanted.output / name.parent
        if folder.suffix and not wanted.dry_run:
            # A folder that is there is not taken for the name of a file.
            with os_errors_as(RunError, "make the folder", folder):
                Path(folder).mkdir(parents=True, exist_ok=True)
        return studio.Job(
            found.script,
            wanted.flags,
            folder,
            wanted.cache_folder,
            workers=wanted.jobs,
            refresh=wanted.refresh,
            wait=False,
            engine_options=wanted.engine_options,
            name=name.name,
            defaults=Settings(language=found.language),
            store=wanted.store,
        )
