"""Recording: what is missing in the store is spoken, in line or by worker processes, and kept at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TypeAlias

from voiceover.errors import EngineError, VoiceoverError
from voiceover.takes.check import checked_audio, engine_error
from voiceover.takes.store import TakeStore
from voiceover.types import Audio, Engine, OnProgress, Progress, Take, Utterance, Voice

STAGE = "record"

Request: TypeAlias = tuple[Utterance, Voice]
"""What shall be spoken, and by whom."""


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
) -> Mapping[str, Take]:
    """The takes of ``requests`` by address, in the order given; what the store lacks is recorded and kept take by take.

    ``open_engine`` is called once, or once in each of ``jobs`` worker processes (then it must be picklable), and not at all where
    nothing is missing. The takes do not depend on ``jobs``. A worker process that dies is replaced and its utterance given to
    another, until ``attempts`` have died of it. ``on_progress`` hears how many are there at the start, and then of each take when it
    is begun and, with ``done`` one higher, when it is kept.

    Raises EngineError for an utterance that cannot be spoken (the takes that other workers are at are kept first), StoreError, and what
    ``open_engine`` raises.
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
        told = _Told(tell, len(takes), len(unique))
        if jobs == 1:
            fresh = _record_in_line(missing, store, open_engine, told)
        else:
            from voiceover.takes.workers import record_in_workers  # multiprocessing is slow to import

            record_in_workers(missing, store, open_engine, jobs=jobs, attempts=attempts, begun=told.begun, kept=told.kept)
            fresh = store.get_many(utterance.address for utterance, _ in missing)
        takes = {**takes, **fresh}
    return {address: _present(takes, utterance) for address, (utterance, _) in unique.items()}


class _Told:
    """Counts the takes that are there, and tells of each."""

    def __init__(self, tell: OnProgress, done: int, total: int) -> None:
        self.tell, self.done, self.total = tell, done, total

    def begun(self, utterance: Utterance) -> None:
        self.tell(Progress(STAGE, self.done, self.total, f"{utterance.speaker}: {utterance.text}"))

    def kept(self, utterance: Utterance) -> None:
        self.done += 1
        self.begun(utterance)


def _record_in_line(missing: Sequence[Request], store: TakeStore, open_engine: Callable[[], Engine], told: _Told) -> dict[str, Take]:
    takes = {}
    engine = open_engine()
    try:
        for utterance, voice in missing:
            told.begun(utterance)
            takes[utterance.address] = record_take(utterance, voice, engine, store)
            told.kept(utterance)
    finally:
        engine.close()
    return takes


def record_take(utterance: Utterance, voice: Voice, engine: Engine, store: TakeStore) -> Take:
    """Speak one utterance and keep it. Raises EngineError, with its place and words, and StoreError."""
    try:
        spoken: Audio = engine.speak(utterance, voice)
    except EngineError as error:
        raise engine_error(utterance, str(error)) from error
    except VoiceoverError:
        raise
    except Exception as error:  # an engine is foreign code: whatever it fails with, the line it failed at is told
        raise engine_error(utterance, f"{type(error).__name__}: {error}") from error
    audio = checked_audio(spoken, utterance, engine.info.sample_rate)
    return store.put(utterance.address, audio, _about(utterance, engine.info.fingerprint))


def _about(utterance: Utterance, fingerprint: str) -> dict[str, object]:
    """What an address stands for, and nothing of the place in a script: equal lines share a take."""
    return {
        "text": utterance.text,
        "spoken": [{"text": span.text, "language": span.language} for span in utterance.spans],
        "engine": fingerprint,
        "options": {name: value for name, value in asdict(utterance.options).items() if value is not None},
        "seed": utterance.seed,
    }


def _present(takes: Mapping[str, Take], utterance: Utterance) -> Take:
    take = takes.get(utterance.address)
    if take is None:
        raise engine_error(utterance, "its take was recorded and has gone again; is another program clearing the cache?")
    return take
