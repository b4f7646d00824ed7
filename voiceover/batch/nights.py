"""The last runs of a batch in figures: ``nights.json`` beside the journal of its output folder.

A run is noted when it ends, and the oldest are dropped. The file may come with somebody else's project, so what is none of ours counts as
no run.
"""

from __future__ import annotations

import json
import logging
import math
import os
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from voiceover.batch.types import BatchReport, Night, ScriptStatus
from voiceover.errors import OutputError
from voiceover.system.files import write_whole

MOST_NIGHTS = 30
_SCHEMA = 1
_MOST_BYTES = 100_000

log = logging.getLogger(__name__)


def night_of(report: BatchReport) -> Night:
    """Return a run in figures."""
    made = [report.full(outcome) for outcome in report.outcomes if outcome.status is ScriptStatus.MADE]
    facts = [outcome.facts for outcome in made if outcome.facts is not None]
    return Night(
        started=report.started,
        wall_seconds=report.wall_seconds,
        made=len(made),
        failed=report.count(ScriptStatus.FAILED),
        unchanged=report.count(ScriptStatus.UNCHANGED),
        suspect=report.suspect,
        speech_seconds=sum(each.speech_seconds for each in facts),
        seconds=sum(each.seconds for each in facts),
        work_seconds=sum(outcome.wall_seconds for outcome in made),
    )


def read_nights(state: Path) -> tuple[Night, ...]:
    """Return the last runs, oldest first; ``state`` is the folder of the journal."""
    try:
        descriptor = os.open(state / "nights.json", os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            content = json.loads(file.read(_MOST_BYTES))
        rows = content["nights"] if content["schema"] == _SCHEMA else []
        return tuple(_night(row) for row in rows)[-MOST_NIGHTS:]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ()


def note_night(state: Path, nights: Sequence[Night]) -> None:
    """Write the last runs. If that fails, the batch does not: the next page lacks a bar."""
    rows = [asdict(night) for night in nights[-MOST_NIGHTS:]]
    try:
        write_whole(state / "nights.json", json.dumps({"schema": _SCHEMA, "nights": rows}).encode() + b"\n", "note the night", mode=0o600)
    except OutputError as error:
        log.warning("%s", error)


def _night(row: Any) -> Night:
    values = {each.name: row[each.name] for each in fields(Night)}
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or not 0 <= value < 1e12:
            raise ValueError(f"{name}: {value!r:.40}")
    return Night(**values)
