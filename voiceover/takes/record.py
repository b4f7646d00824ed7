"""Recording: what is missing in the store is spoken, in line or by worker processes, and kept at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias

from voiceover.errors import EngineError, VoiceError, VoiceoverError
from voiceover.takes.check import engine_error
from voiceover.takes.feed import RequestFeed
from voiceover.takes.grouping import batch_size, grouped, keys_of, record_group
from voiceover.takes.single import Request
from voiceover.takes.store import TakeStore
from voiceover.types import Engine, OnProgress, Progress, Take, Utterance

STAGE = "record"

OnFailed: TypeAlias = Callable[[Utterance, VoiceoverError], None]
"""Is told of an utterance that cannot be recorded, and why."""
OnRecorded: TypeAlias = Callable[[Utterance], None]
"""Is told of an utterance whose take is kept."""
LINE_ERRORS = (EngineError, VoiceError)
"""What is wrong with one line; any other error would come back with the next one."""


def ignore_progress(progress: Progress) -> None:
    """Draw nothing."""


def record_takes(
    requests: Iterable[Request],
    store: TakeStore,
    open_engine: Callable[[], Engine],
    jobs: int = 1,
    on_progress: OnProgress | None = None,
    *,
    attempts: int = 3,
    stop: Callable[[], bool] | None = None,
    on_failed: OnFailed | None = None,
    recorder: Recorder | None = None,
) -> Mapping[str, Take]:
    """The takes of ``requests`` by address, in the order given; what the store lacks is recorded and kept take by take.

    ``open_engine`` is called once, or once in each of ``jobs`` worker processes (then it must be picklable), and not at all where
    nothing is missing. The takes do not depend on ``jobs``. A worker process that dies is replaced and its utterance given to
    another, until ``attempts`` have died of it. ``on_progress`` hears how many are there at the start, and then of each take when it
    is begun and, with ``done`` one higher, when it is kept.

    ``stop`` is asked between takes: once it says True none is begun any more, those under way are kept, and what there is is returned.
    With ``on_failed`` an utterance that cannot be spoken, or that ``attempts`` workers died of, is told to it and left out of what is
    returned, and the rest goes on. A ``recorder`` records in place of ``open_engine``; it is given what is missing, and ``jobs``.

    Raises EngineError or VoiceError for an utterance that cannot be spoken (the takes that other workers are at are kept first),
    StoreError, and what ``open_engine`` raises.
    """
    if jobs < 1:
        raise ValueError(f"jobs must be 1 or more, not {jobs}")
    tell = on_progress or ignore_progress
    unique: dict[str, Request] = {}
    for utterance, voice in requests:
        unique.setdefault(utterance.address, (utterance, voice))
    takes = store.get_many(unique)
    missing = [request for address, request in unique.items() if address not in takes]
    tell(Progress(STAGE, len(takes), len(unique)))
    if missing:
        told = RecordingSession(tell, len(takes), len(unique), on_failed, stop)
        if recorder is not None:
            recorder(missing, told, jobs=jobs, attempts=attempts)
            fresh = store.get_many(told.recorded)
        elif jobs == 1:
            fresh = _record_in_line(missing, store, open_engine, told)
        else:
            from voiceover.takes.workers import record_in_workers  # multiprocessing is slow to import

            record_in_workers(missing, store, open_engine, told, jobs=jobs, attempts=attempts)
            fresh = store.get_many(told.recorded)
        takes = {**takes, **fresh}
        for utterance, _ in missing:
            if utterance.address in told.recorded and utterance.address not in takes:
                told.failed(
                    utterance, engine_error(utterance, "its take was recorded and has gone again; is another program clearing the cache?")
                )
    return {address: takes[address] for address in unique if address in takes}


def record_feed(
    feed: RequestFeed,
    store: TakeStore,
    open_engine: Callable[[], Engine],
    jobs: int,
    on_progress: OnProgress | None = None,
    *,
    on_recorded: OnRecorded,
    on_failed: OnFailed,
    attempts: int = 3,
    stop: Callable[[], bool] | None = None,
    recorder: Recorder | None = None,
) -> None:
    """Record what comes through ``feed`` until it is closed, in the order in which it comes, of what comes together the longest first.

    ``jobs`` worker processes record, also where it is one: what kills it kills nothing else. They remain for all that comes.
    ``on_recorded`` is called for each take, and ``on_failed`` for each utterance that cannot be recorded; the rest is as with
    ``record_takes``.
    """
    told = RecordingSession(on_progress or ignore_progress, 0, 0, on_failed, stop, on_recorded, feed)
    if recorder is not None:
        recorder((), told, jobs=jobs, attempts=attempts)
    else:
        from voiceover.takes.workers import record_in_workers  # multiprocessing is slow to import

        record_in_workers((), store, open_engine, told, jobs=jobs, attempts=attempts)


class RecordingSession:
    """What a recorder tells of its work, and asks: counts the takes that are there, and passes everything on."""

    def __init__(
        self,
        tell: OnProgress,
        done: int,
        total: int,
        on_failed: OnFailed | None,
        stop: Callable[[], bool] | None,
        on_recorded: OnRecorded | None = None,
        feed: RequestFeed | None = None,
    ) -> None:
        self._tell, self._done, self._total = tell, done, total
        self._on_failed, self._stop, self._on_kept = on_failed, stop, on_recorded
        self._is_over = False
        self.feed = feed
        self.recorded: set[str] = set()
        """Addresses; of a recording without a feed."""

    @property
    def is_fed(self) -> bool:
        """Whether more may come."""
        return self.feed is not None and self.feed.is_open

    def more(self) -> list[Sequence[Request]]:
        """What has come since, as it came."""
        come = self.feed.take() if self.feed is not None else []
        if come:
            self._total += sum(map(len, come))
            self._tell(Progress(STAGE, self._done, self._total))
        return come

    def begun(self, utterance: Utterance) -> None:
        self._tell(Progress(STAGE, self._done, self._total, f"{utterance.speaker}: {utterance.text}"))

    def kept(self, utterance: Utterance) -> None:
        if self._on_kept is not None:
            self._on_kept(utterance)
        else:
            self.recorded.add(utterance.address)
        self._done += 1
        self.begun(utterance)

    def failed(self, utterance: Utterance, error: VoiceoverError) -> None:
        """Raises ``error`` where nobody wants to go on without the utterance."""
        if self._on_failed is None:
            raise error
        self._on_failed(utterance, error)

    def is_over(self) -> bool:
        """Whether nothing new shall be begun; it stays so."""
        self._is_over = self._is_over or (self._stop is not None and self._stop())
        return self._is_over


class Recorder(Protocol):
    """Records elsewhere than in this process and its children, into a store that this machine reads."""

    def __call__(self, requests: Sequence[Request], told: RecordingSession, *, jobs: int, attempts: int) -> None:
        """Record ``requests``, and what ``told.more()`` gives as long as ``told.is_fed``. Raises as ``record_takes`` does."""
        ...


def _record_in_line(
    missing: Sequence[Request], store: TakeStore, open_engine: Callable[[], Engine], told: RecordingSession
) -> dict[str, Take]:
    takes: dict[str, Take] = {}
    if told.is_over():
        return takes
    engine = open_engine()
    try:
        size = batch_size(engine)
        queue = deque(grouped(missing, keys_of(missing, engine) if size > 1 else [None] * len(missing), size))
        while queue and not told.is_over():
            group = queue.popleft()
            for utterance, _ in group:
                told.begun(utterance)
            try:
                for utterance, take in record_group(group, engine, store):
                    takes[utterance.address] = take
                    told.kept(utterance)
            except LINE_ERRORS as error:
                left = [request for request in group if request[0].address not in takes]
                if len(left) == 1:
                    told.failed(left[0][0], error)
                else:  # nobody knows which one it was
                    queue.extendleft((request,) for request in reversed(left))
    finally:
        engine.close()
    return takes
