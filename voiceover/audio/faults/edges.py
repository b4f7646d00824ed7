"""Faults at the edges of a recording: a first or last word that is cut, and a click."""

from __future__ import annotations

import math

import numpy as np

from voiceover.audio.measures import levels_dbfs
from voiceover.types import Finding, FloatArray

EDGE_SECONDS = 0.001
"""Even a plosive rises from silence, so only the very first samples tell its beginning from the middle of a sound."""
CUT_DB = -26.0
"""Level of the first or last samples, relative to the loud parts, above which the recording begins or ends in the middle of a sound."""
SILENT_DB = -120.0
"""Lower levels are digital silence."""


def edge_levels_db(samples: FloatArray, sample_rate: int) -> tuple[float, float]:
    """Return the levels of the first and the last of ``samples``, shape (frames,), in dB relative to the loud parts, to one place."""
    levels = levels_dbfs(samples, sample_rate)
    if not len(levels):
        return 0.0, 0.0
    loud = float(np.percentile(levels, 95))
    count = max(round(EDGE_SECONDS * sample_rate), 1)
    first, last = (_level_dbfs(edge) - loud for edge in (samples[:count], samples[-count:]))
    return round(max(first, SILENT_DB), 1), round(max(last, SILENT_DB), 1)


def edge_faults(edges_db: tuple[float, float], seconds: float) -> tuple[Finding, ...]:
    """Return the findings that a recording of ``seconds`` begins or ends in the middle of a sound, by its ``edge_levels_db``."""
    start, end = edges_db
    return (*((start_cut(),) if start > CUT_DB else ()), *((end_cut(seconds),) if end > CUT_DB else ()))


def start_cut() -> Finding:
    """Return the finding that the first word may be cut."""
    return Finding("start-cut", "it begins in the middle of a sound: the first word may be cut", 0.0, 0.0)


def end_cut(seconds: float) -> Finding:
    """Return the finding that the last word may be cut, in a recording of ``seconds``."""
    at = round(seconds, 3)
    return Finding("end-cut", "it ends in the middle of a sound: the last word may be cut", at, at)


def _level_dbfs(samples: FloatArray) -> float:
    return 10 * math.log10(float(np.mean(np.square(samples, dtype=np.float64))) + 1e-20)
