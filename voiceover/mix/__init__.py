"""Mixing: places takes on one timeline and joins them to one audio stream."""

from __future__ import annotations

from voiceover.mix.mixdown import Mix, mix_takes
from voiceover.mix.timeline import OPENING_SECONDS, opening_seconds

__all__ = ["OPENING_SECONDS", "Mix", "mix_takes", "opening_seconds"]
