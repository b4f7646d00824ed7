"""Levels in steps, so that an edit of one line seldom changes the level of all others, and floating-point differences never do."""

from __future__ import annotations

from math import ceil

PROGRAMME_DB = 0.05
"""Step of what applies to a whole episode: gain, ceiling of the limiter, lowering for an encoder."""
BALANCE_DB = 0.1
"""Step of the balance between voices, sounds and music."""
_TINY = 1e-9


def nearest_step(db: float, step_db: float = PROGRAMME_DB) -> float:
    """Return the multiple of ``step_db`` that is nearest to ``db``."""
    return round(round(db / step_db) * step_db, 6)


def step_up(db: float, step_db: float = PROGRAMME_DB) -> float:
    """Return the smallest multiple of ``step_db`` that is at least ``db``."""
    return round(ceil(db / step_db - _TINY) * step_db, 6)
