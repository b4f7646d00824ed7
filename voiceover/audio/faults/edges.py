"""Faults at the edges of a recording: a first or last word that is cut."""

from __future__ import annotations

from voiceover.audio.measures import levels_dbfs
from voiceover.types import Finding, FloatArray

CUT_RANGE_DB = 30.0
"""Speech that begins or ends in the middle of a sound is at most this far below the loud parts there."""


def edge_faults(samples: FloatArray, sample_rate: int) -> tuple[Finding, ...]:
    """Return the findings that the speech begins at the first sample, or goes on up to the last."""
    import numpy as np

    levels = levels_dbfs(samples, sample_rate)
    if not len(levels):
        return ()
    loud = float(np.percentile(levels, 95))
    found = []
    if levels[0] > loud - CUT_RANGE_DB:
        found.append(Finding("start-cut", "it begins in the middle of a sound: the first word may be cut", 0.0, 0.0))
    if levels[-1] > loud - CUT_RANGE_DB:
        seconds = len(samples) / sample_rate
        found.append(Finding("end-cut", "it ends in the middle of a sound: the last word may be cut", seconds, seconds))
    return tuple(found)
