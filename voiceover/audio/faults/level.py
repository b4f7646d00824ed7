"""Faults of the samples themselves: no numbers, silence, clipping, a constant offset."""

from __future__ import annotations

import math

import numpy as np

from voiceover.audio.measures import clipped_share
from voiceover.types import Finding, FloatArray

SILENT_PEAK = 0.001
"""-60 dBFS: a recording that is never louder is silent."""
MOST_CLIPPED_SHARE = 0.001
MOST_OFFSET = 0.01
"""Largest constant offset, as a share of full scale and of the peak."""


def unusable(samples: FloatArray) -> tuple[Finding, ...]:
    """Return the finding that makes every other measurement pointless: values that are not numbers, or silence. ``samples``: (frames,)."""
    if not np.isfinite(samples).all():
        return (Finding("not-finite", "it contains NaN or infinity"),)
    peak = float(np.max(np.abs(samples), initial=0.0))
    if peak < SILENT_PEAK:
        level = f"its peak is {20 * math.log10(peak):.0f} dBFS" if peak else "every sample is zero"
        return (Finding("silent", f"it is silent: {level}"),)
    return ()


def level_faults(samples: FloatArray) -> tuple[Finding, ...]:
    """Return findings on clipping and a constant offset."""
    found = []
    share = clipped_share(samples)
    if share > MOST_CLIPPED_SHARE:
        found.append(Finding("clipped", f"{100 * share:.2g}% of it is clipped"))
    offset, peak = float(np.mean(samples, dtype=np.float64)), float(np.max(np.abs(samples), initial=0.0))
    if abs(offset) > MOST_OFFSET * max(peak, 1.0):
        found.append(Finding("offset", f"its samples have a constant offset of {100 * offset:+.1f}% of full scale"))
    return tuple(found)
