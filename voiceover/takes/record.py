"""Record what the store lacks, in this process or in worker processes, and store each take at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from voiceover.errors import VoiceoverError
from voiceover.takes.check import engine_error
from voiceover.takes.feed import RequestFeed
from voiceover.takes.grouping import batch_size, grouped, keys_of, record_group
from voiceover.takes.session import LINE_ERRORS, STAGE, OnFailed, OnRecorded, RecordingSession
from voiceover.takes.single import OpenerOf, Request
from voiceover.takes.store import TakeStore
from voiceover.types import Engine, OnProgress, Progress, Take


def ignore_progress(progress: Progress) -> None:
    """Show nothing."""


def record_takes(
    requests: Iterable[Request],
    store: TakeStore,
    opener_of: OpenerOf,
    jobs: int = 1,
    on_progress: OnProgress | None = None,
    *,
    attempts: int = 3,
    stop: Callable[[], bool] | None = None,
    on_failed: OnFailed | None = None,
    recorder: Recorder | None = None,
    known: Mapping[str, Take] | None = None,
) -> Mapping[str, Take]:
    """Return the takes of ``requests`` by address, in the order given; record what the store lacks, storing each take at once.

    - ``opener_of`` returns what creates the engine of an utterance, by its name. An engine is created once, or once in each of ``jobs``
      worker processes that needs it (then what creates it must be picklable); not at all if nothing is missing. With one job, one engine
      after the other records. The takes do not depend on ``jobs``.
    - ``on_progress`` gets the number of existing takes first, then an event when each take starts and, with ``done`` one higher, when it
      is stored.
    - ``attempts``: a worker process that crashes is replaced and its utterance retried, until this many have crashed on it.
    - ``stop`` is called between takes. Once it returns True no take is started; those in progress are stored, and what exists is returned.
    - ``on_failed`` is called with an utterance that cannot be spoken, or that crashed ``attempts`` workers; the utterance is left out of
      the result. Without ``on_failed`` the error is raised.
    - ``recorder`` records instead of these engines; it gets the missing requests and ``jobs``.
    - ``known``: the takes of ``requests`` that exist, by address, if the caller has just read them from the store.

    Raises EngineError or VoiceError for an utterance that cannot be spoken (after takes in progress are stored), StoreError, and what
    creating an engine raises. If other engines record, too, and there is ``on_failed``, that is called for the lines of such an engine.
    """
    if jobs < 1:
        raise ValueError(f"jobs must be 1 or more, not {jobs}")
    tell = on_progress or ignore_progress
    unique: dict[str, Request] = {}
    for utterance, voice in requests:
        unique.setdefault(utterance.address, (utterance, voice))
    takes = store.get_many(unique) if known is None else {address: known[address] for address in unique if address in known}
    missing = [request for address, request in unique.items() if address not in takes]
    tell(Progress(STAGE, len(takes), len(unique)))
    if missing:
        session = RecordingSession(tell, len(takes), len(unique), on_failed, stop)
        if recorder is not None:
            recorder(missing, session, jobs=jobs, attempts=attempts)
            fresh = store.get_many(session.recorded)
        elif jobs == 1:
            fresh = _record_in_line(missing, store, opener_of, session)
        else:
            from voiceover.takes.workers import record_in_workers  # multiprocessing is slow to import

            record_in_workers(missing, store, opener_of, session, jobs=jobs, attempts=attempts)
            fresh = store.get_many(session.recorded)
        takes = {**takes, **fresh}
        for utterance, _ in missing:
            if utterance.address in session.recorded and utterance.address not in takes:
                session.failed(
                    utterance, engine_error(utterance, "its take was recorded and then disappeared; is another program clearing the cache?")
                )
    return {address: takes[address] for address in unique if address in takes}


def record_feed(
    feed: RequestFeed,
    store: TakeStore,
    opener_of: OpenerOf,
    jobs: int,
    on_progress: OnProgress | None = None,
    *,
    on_recorded: OnRecorded,
    on_failed: OnFailed,
    attempts: int = 3,
    stop: Callable[[], bool] | None = None,
    recorder: Recorder | None = None,
) -> None:
    """Record what comes through ``feed`` until it is closed, in the order of arrival; of what arrives together, the longest first.

    ``jobs`` worker processes record, even if it is 1, so that a line that crashes the engine affects nothing else. They stay until the
    end. ``on_recorded`` is called for each take and ``on_failed`` for each utterance that cannot be recorded; the other parameters are
    those of ``record_takes``.
    """
    session = RecordingSession(on_progress or ignore_progress, 0, 0, on_failed, stop, on_recorded, feed)
    if recorder is not None:
        recorder((), session, jobs=jobs, attempts=attempts)
    else:
        from voiceover.takes.workers import record_in_workers  # multiprocessing is slow to import

        record_in_workers((), store, opener_of, session, jobs=jobs, attempts=attempts)


class Recorder(Protocol):
    """Records outside this process and its children, into a store that this machine can read."""

    def __call__(self, requests: Sequence[Request], session: RecordingSession, *, jobs: int, attempts: int) -> None:
        """Record ``requests``, then what ``session.new_requests()`` returns while ``session.expects_more``.

        Raises what ``record_takes`` raises.
        """
        ...


def _record_in_line(missing: Sequence[Request], store: TakeStore, opener_of: OpenerOf, session: RecordingSession) -> dict[str, Take]:
    by_engine: dict[str, list[Request]] = {}
    for request in missing:
        by_engine.setdefault(request[0].engine, []).append(request)
    takes: dict[str, Take] = {}
    for name, requests in by_engine.items():  # one after the other, so that only one is in memory
        if session.is_stopped():
            break
        try:
            engine = opener_of(name)()
        except VoiceoverError as error:
            if len(by_engine) == 1:
                raise
            for utterance, _ in requests:
                session.failed(utterance, error)
            continue
        try:
            takes |= _record_with(engine, requests, store, session)
        finally:
            engine.close()
    return takes


def _record_with(engine: Engine, requests: Sequence[Request], store: TakeStore, session: RecordingSession) -> dict[str, Take]:
    takes: dict[str, Take] = {}
    size = batch_size(engine)
    queue = deque(grouped(requests, keys_of(requests, engine) if size > 1 else [None] * len(requests), size))
    while queue and not session.is_stopped():
        group = queue.popleft()
        for utterance, _ in group:
            session.started(utterance)
        try:
            for utterance, take in record_group(group, engine, store):
                takes[utterance.address] = take
                session.recorded_take(utterance)
        except LINE_ERRORS as error:
            left = [request for request in group if request[0].address not in takes]
            if len(left) == 1:
                session.failed(left[0][0], error)
            else:  # it is not known which line failed
                queue.extendleft((request,) for request in reversed(left))
    return takes
