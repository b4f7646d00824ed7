"""Mixing: places takes, sounds and music on one timeline and joins them to one audio stream.

timeline, gaps, edges     where everything begins and ends, in whole frames
borders, piece_address    where it is cut into pieces, and what makes a piece new
music                     the music in the order of the script
balance, levels           gains of voices, and of sounds against the speech
duck, clearance           by how much music is lowered under speech
speech, sound_stream      the takes as a stream, and one sound as a stream
stems                     the parts of a mix, for editors
mixdown                   all of it together
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceover.system.lazy import names_on_demand

if TYPE_CHECKING:
    from voiceover.mix.levels import measure_sound
    from voiceover.mix.mixdown import Mix, mix_takes
    from voiceover.mix.room_tone import TONE_DB, with_room_tone
    from voiceover.mix.stems import stems_of
    from voiceover.mix.timeline import opening_seconds

__all__ = ["TONE_DB", "Mix", "measure_sound", "mix_takes", "opening_seconds", "stems_of", "with_room_tone"]

__getattr__ = names_on_demand(
    "voiceover.mix",
    {
        "levels": ("measure_sound",),
        "mixdown": ("Mix", "mix_takes"),
        "room_tone": ("TONE_DB", "with_room_tone"),
        "stems": ("stems_of",),
        "timeline": ("opening_seconds",),
    },
)
