"""Recordings that are no speech at all: noise or a tone throughout, as from a model that does not fit its vocabulary."""

from __future__ import annotations

from voiceover.audio.measures import liveliness_db, steady_share
from voiceover.types import Audio, Finding

LEAST_LIVELINESS_DB = 12.0
"""Levels of speech spread by more; those of steady noise do not."""
MOST_STEADY_SHARE = 0.4


def character_faults(audio: Audio) -> tuple[Finding, ...]:
    """Return findings on a recording whose level or pitch hardly varies."""
    found = []
    spread = liveliness_db(audio.samples, audio.sample_rate)
    if spread < LEAST_LIVELINESS_DB:
        found.append(Finding("noise", f"its level varies by only {spread:.0f} dB: it may be noise"))
    steady = steady_share(audio.samples, audio.sample_rate)
    if steady > MOST_STEADY_SHARE:
        found.append(Finding("tone", f"{100 * steady:.0f} % of it holds one pitch: it may be a tone"))
    return tuple(found)
