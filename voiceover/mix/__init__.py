"""Takes to one timeline and one stream of audio."""

from __future__ import annotations

from voiceover.mix.mixdown import Mix, mix_takes
from voiceover.mix.timeline import OPENING_SECONDS, opening_seconds

__all__ = ["OPENING_SECONDS", "Mix", "mix_takes", "opening_seconds"]
