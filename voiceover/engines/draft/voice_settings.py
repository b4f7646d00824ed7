"""The draft engine's settings of a voice, from ``draft:`` in voice.yaml; what is left out is derived from the voice's name.

The ranges are espeak-ng's own (speak_lib.h: espeakRATE from 80 to 450, espeakPITCH and espeakRANGE to 99, espeakVOLUME to 200).
"""

from __future__ import annotations

import hashlib

from voiceover.types.schemas import Kind, OptionSpec, SettingValue, VoiceSettings

_VARIANTS = (
    *("f1", "f2", "f3", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"),
    *("Alex", "Andrea", "Andy", "Annie", "Denis", "Diogo", "Lee", "Michael", "linda", "steph"),
)
"""Variants of espeak-ng 1.52 that sound like people, without echo. Never reorder them: the position decides how a voice sounds."""


def derived(name: str) -> dict[str, SettingValue]:
    """Return settings for a voice's name in any case, the same on every machine: pitch 30 to 70, range 40 to 74, rate 150 to 184."""
    digest = hashlib.sha256(f"voiceover draft voice: {name.casefold()}".encode()).digest()
    parts = [int.from_bytes(digest[at : at + 4], "big") for at in range(0, 16, 4)]
    return {
        "variant": _VARIANTS[parts[0] % len(_VARIANTS)],
        "pitch": 30 + parts[1] % 41,
        "range": 40 + parts[2] % 35,
        "rate": 150 + parts[3] % 35,
        "volume": 100,
    }


VOICE_SETTINGS = VoiceSettings(
    (
        OptionSpec(
            "variant",
            "Voice variant of espeak-ng.",
            pattern="[A-Za-z0-9_-]{1,40}",
            expected="the name of an espeak-ng variant such as f3",
        ),
        OptionSpec("pitch", "Pitch; 50 is the variant's own.", Kind.INTEGER, low=0, high=99),
        OptionSpec("range", "How far the pitch moves; 50 is usual.", Kind.INTEGER, low=0, high=99),
        OptionSpec("rate", "Words per minute.", Kind.INTEGER, low=80, high=450),
        OptionSpec("volume", "Volume; 100 is full.", Kind.INTEGER, low=0, high=200),
    ),
    derived,
)
