"""Takes to one timeline and one stream of audio."""

from __future__ import annotations

from voiceover.mix.mixdown import Mix, mix_takes

__all__ = ["Mix", "mix_takes"]
