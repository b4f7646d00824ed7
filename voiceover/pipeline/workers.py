"""How many processes record, if nobody says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from voiceover.pipeline.job import OpenableEngine
from voiceover.system.cpu import available_cores
from voiceover.system.memory import available_bytes
from voiceover.types import EngineInfo, Utterance

FAST = 0.02
"""Seconds of work per second of speech up to which one process is enough: to master and encode speech takes longer."""
WORTH_SECONDS = 3.0
"""Work that pays for another process, which has to start and load its engine."""
UNKNOWN_MEGABYTES = 700
"""Memory of a worker for an engine that does not say what it needs."""


def workers_for(opened: Mapping[str, OpenableEngine], to_record: Iterable[Utterance]) -> int:
    """Return the number of processes that record ``to_record`` best: ``most_workers``, but no more than there is work for."""
    unique = {utterance.address: utterance for utterance in to_record}
    if not unique:
        return 1
    infos = {name: opened[name].info for name in {utterance.engine for utterance in unique.values()}}
    work = sum(utterance.estimate_seconds * infos[utterance.engine].realtime_factor for utterance in unique.values())
    return min(most_workers(infos.values()), len(unique), 1 + int(work / WORTH_SECONDS))


def most_workers(infos: Iterable[EngineInfo], free_bytes: int | None = None) -> int:
    """Return the largest number of processes that pays for engines that record together.

    The CPU cores of this process are divided by the threads that serve a worker best; an engine that is fast, or for which all cores serve
    one worker best, gets one. All workers with all of the engines open must fit into ``free_bytes`` of memory, by default what is free now.
    """
    infos = tuple(infos)
    cores = available_cores()
    by_cores = min((_by_cores(info, cores) for info in infos if info.realtime_factor > FAST), default=1)
    if by_cores <= 1:
        return 1
    free = available_bytes() if free_bytes is None else free_bytes
    each = sum(info.worker_megabytes or UNKNOWN_MEGABYTES for info in infos) * 1_000_000
    return max(1, by_cores if free is None else min(by_cores, free // each))


def _by_cores(info: EngineInfo, cores: int) -> int:
    return 1 if info.worker_threads is None else max(1, cores // info.worker_threads)
