"""Mixing: places takes on one timeline and joins them to one audio stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceover.system.lazy import names_on_demand

if TYPE_CHECKING:
    from voiceover.mix.mixdown import Mix, mix_takes
    from voiceover.mix.room_tone import TONE_DB, with_room_tone
    from voiceover.mix.timeline import opening_seconds

__all__ = ["TONE_DB", "Mix", "mix_takes", "opening_seconds", "with_room_tone"]

__getattr__ = names_on_demand(
    "voiceover.mix",
    {
        "mixdown": ("Mix", "mix_takes"),
        "room_tone": ("TONE_DB", "with_room_tone"),
        "timeline": ("opening_seconds",),
    },
)
