"""Bars of a waveform, from what the master was measured to be."""

from __future__ import annotations

from voiceover.types import Profile

STEPS_PER_SECOND = 10
_AMPLITUDES = (0.0, *(10 ** ((step / 4 - 63.75) / 20) for step in range(1, 256)))


def bars(profile: Profile, most: int) -> bytes:
    """Return the heights of at most ``most`` bars for the whole programme, from 0 to 255.

    They show loudness, not peaks: after the limiter, the peaks of speech are nearly the same everywhere.
    """
    steps = profile.levels
    count = min(most, len(steps))
    heights = []
    for number in range(count):
        part = steps[number * len(steps) // count : (number + 1) * len(steps) // count]
        heights.append(sum(_AMPLITUDES[step] for step in part) / len(part))
    # A single loud sound must not make everything else small.
    full = (sorted(heights)[round(0.97 * (count - 1))] if heights else 0.0) or 1.0
    return bytes(min(round(255 * height / full), 255) for height in heights)
