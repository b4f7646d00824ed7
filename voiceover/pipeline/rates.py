"""Measured speed of recording and finishing on this machine, in ``rates.json`` in the cache folder."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from voiceover.errors import OutputError
from voiceover.system.files import write_whole
from voiceover.types import EngineInfo

FINISH = "finish"
"""Key for seconds of work per second of an episode, from its takes to its files."""
_MEMORY_SECONDS = 3600.0
"""After this much speech, older measurements count half."""

log = logging.getLogger(__name__)


def engine_key(fingerprint: str, jobs: int, cluster: str | None = None) -> str:
    """Return the key of an engine. Each number of workers has its own, since two are not twice as fast as one."""
    return f"{fingerprint}, {jobs} at once" + (f" on each machine of {cluster}" if cluster else "")


class MeasuredRates:
    """Seconds of work per second of speech, by engine and number of workers."""

    def __init__(self, cache_folder: Path) -> None:
        self._path = cache_folder / "rates.json"
        self._sums: dict[str, tuple[float, float]] = {}
        with suppress(OSError, ValueError, TypeError, AttributeError):
            content = json.loads(self._path.read_bytes())
            self._sums = {str(key): (float(work), float(speech)) for key, (work, speech) in content.items()}

    def measured(self, key: str) -> float | None:
        """Return the rate; None if it has not been measured yet."""
        work, speech = self._sums.get(key, (0.0, 0.0))
        return work / speech if speech > 0 and work > 0 else None

    def of(self, engine: EngineInfo, jobs: int, cluster: str | None = None) -> tuple[float, bool]:
        """Return the seconds to record a second of speech, and True if that was measured; otherwise it is the engine's own estimate."""
        rate = self.measured(engine_key(engine.fingerprint, jobs, cluster))
        return (engine.realtime_factor / jobs, False) if rate is None else (rate, True)

    def work(self, speech: Mapping[EngineInfo, float], jobs: int, cluster: str | None = None) -> tuple[float, bool]:
        """Return the seconds to record ``speech``, given in seconds by engine, and True if all rates were measured."""
        rates = {engine: self.of(engine, jobs, cluster) for engine in speech}
        return sum(rates[engine][0] * seconds for engine, seconds in speech.items()), all(measured for _, measured in rates.values())

    def add(self, key: str, work_seconds: float, speech_seconds: float) -> None:
        """Add a measurement."""
        if work_seconds <= 0 or speech_seconds <= 0:
            return
        work, speech = self._sums.get(key, (0.0, 0.0))
        if speech > _MEMORY_SECONDS:
            work, speech = work / 2, speech / 2
        self._sums[key] = (work + work_seconds, speech + speech_seconds)

    def save(self) -> None:
        """Save the rates. If that fails, the next estimate is only less accurate."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, json.dumps(self._sums, indent=1).encode(), "save the measured rates")
        except (OSError, OutputError) as error:
            log.info("the measured rates could not be saved: %s", error)
