"""Forecast of the loudness that limiting costs, computed from the power and peak of each 100 ms in milliseconds instead of seconds.

The model: the limiter reduces each 100 ms by a fraction of its peak's excess over the ceiling, and releases at its usual rate. The fraction
is near one for a large excess and small for a small one, which only a few peaks have. One parameter, the knee, sets this; it is fitted to
the last real round, so the forecast is exact for the gain of that round and good near it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from voiceover.audio.loudness import integrated_power, to_lufs
from voiceover.audio.stretch_levels import Powers
from voiceover.master.limiter import RELEASE_DB_PER_SECOND

FIRST_KNEE_DB = 2.0
"""Excess in dB of which half is taken from its 100 ms; the value for typical speech."""
SPARED_LU = 0.3
_STEPS = 30


@dataclass(frozen=True, slots=True)
class Forecast:
    """Power and peaks of a mix in steps of 100 ms."""

    powers: Powers
    """K-weighted power."""
    peaks_db: Powers
    """Sample peak in dBFS."""

    def loss(self, gain_db: float, ceiling_db: float, knee_db: float) -> float:
        """Return the loudness in LU that the limiter takes away after a gain of ``gain_db``."""
        # In place where possible: each array of a twelve-hour episode has 3.5 MB.
        powers = self.powers * 10 ** (gain_db / 10)
        full = integrated_power(powers)
        held = self.peaks_db + (gain_db - ceiling_db)
        np.maximum(held, 0.0, out=held)
        fall = RELEASE_DB_PER_SECOND / 10 * np.arange(len(held))
        held += fall
        np.maximum.accumulate(held, out=held)
        held -= fall
        del fall
        where = np.flatnonzero(held > 0)
        excess = held[where]
        powers[where] *= 10 ** (excess * excess / (excess + knee_db) / -10)
        del held, where, excess
        left = integrated_power(powers)
        return to_lufs(full) - to_lufs(left) if full and left else 0.0

    def fit(self, gain_db: float, ceiling_db: float, loss: float) -> float:
        """Return the knee for which the forecast is ``loss``."""
        return _rising(lambda knee_db: -self.loss(gain_db, ceiling_db, knee_db), -loss, 0.01, 30.0)

    def gain(self, wanted_db: float, most_db: float, ceiling_db: float, knee_db: float) -> float:
        """Return the gain from ``wanted_db`` to ``most_db`` that amounts to ``wanted_db`` after the loss.

        If there is none, return the gain that stays ``SPARED_LU`` below the largest possible level, since the last bit needs the most
        limiting.
        """

        def left(gain_db: float) -> float:
            return gain_db - self.loss(gain_db, ceiling_db, knee_db)

        most = left(most_db)
        return _rising(left, wanted_db if most >= wanted_db else most - SPARED_LU, wanted_db, most_db)


def _rising(function: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Return where between ``low`` and ``high`` a rising function reaches the value ``target``, by bisection."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if function(middle) < target:
            low = middle
        else:
            high = middle
    return high
