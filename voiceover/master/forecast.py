"""What limiting will cost, before it is tried: from the power and the peak of each 100 ms, in milliseconds instead of seconds.

The limiter is thought to hold each 100 ms down by a part of what its peak has too much, and to let go at its own pace: by all of a large
excess, by little of a small one, which few peaks have. One number says how little, and is fitted to the last real round; so the forecast is
exact where it has been tried, and good near it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from voiceover.audio.loudness import Powers, integrated_power, to_lufs
from voiceover.master.limiter import RELEASE_DB_PER_SECOND

FIRST_KNEE_DB = 2.0
"""An excess of so much takes half of itself from its 100 ms: what speech shows."""
SPARED_LU = 0.3
_STEPS = 30


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is known of a mix, in steps of 100 ms."""

    powers: Powers
    """K-weighted."""
    peaks_db: Powers
    """Highest sample, in dBFS."""

    def loss(self, gain_db: float, ceiling_db: float, knee_db: float) -> float:
        """Loudness in LU that the limiter takes after ``gain_db``."""
        # In place where it can be: twelve hours are 3.5 MB in each array.
        powers = self.powers * 10 ** (gain_db / 10)
        full = integrated_power(powers)
        held = self.peaks_db + (gain_db - ceiling_db)
        np.maximum(held, 0.0, out=held)
        fall = RELEASE_DB_PER_SECOND / 10 * np.arange(len(held))
        held += fall
        np.maximum.accumulate(held, out=held)
        held -= fall
        np.add(held, knee_db, out=fall)
        np.square(held, out=held)
        held /= fall
        held /= -10
        np.power(10, held, out=held)
        powers *= held
        del held, fall
        left = integrated_power(powers)
        return to_lufs(full) - to_lufs(left) if full and left else 0.0

    def fit(self, gain_db: float, ceiling_db: float, loss: float) -> float:
        """The knee with which ``loss`` is what comes out."""
        return _rising(lambda knee_db: -self.loss(gain_db, ceiling_db, knee_db), -loss, 0.01, 30.0)

    def gain(self, wanted_db: float, most_db: float, ceiling_db: float, knee_db: float) -> float:
        """The gain from ``wanted_db`` to ``most_db`` that leaves ``wanted_db`` after its loss.

        Where none does, the one that leaves ``SPARED_LU`` less than the most that can be had: the last bit costs the most limiting.
        """

        def left(gain_db: float) -> float:
            return gain_db - self.loss(gain_db, ceiling_db, knee_db)

        most = left(most_db)
        return _rising(left, wanted_db if most >= wanted_db else most - SPARED_LU, wanted_db, most_db)


def _rising(function: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """Where between ``low`` and ``high`` a rising function has the value ``wanted``: by halving."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if function(middle) < wanted:
            low = middle
        else:
            high = middle
    return high
