"""How long words take to say, before anyone has said them.

Never learnt from finished takes: what is packed into one utterance must be the same on every machine and on every day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from voiceover.audio.clip_pace import paced_seconds
from voiceover.text.speaking_rates import seconds_of
from voiceover.text.writing_systems import CJK_STOPS
from voiceover.types import Clip, EngineInfo

_SHORTEST_WINDOW_SECONDS = 3.0
_MARGIN_SECONDS = 1.0
"""Kept free beside a reference clip in an engine's window."""
_GUESSED_SHARE = 0.75
"""Of the window, where the pace is a guess."""

_PAUSES_PER_SECOND = (
    (f"[{CJK_STOPS}.!?…]", 5.0),
    ("[,;:，、；：\u2013\u2014]", 8.0),
)
"""A stop or a comma is a pause."""


class _Seconds(dict[str, float]):
    """Seconds for each character, worked out when one is first met."""

    def __missing__(self, character: str) -> float:
        pause = next((1.0 / rate for pattern, rate in _PAUSES_PER_SECOND if re.match(pattern, character)), None)
        self[character] = found = seconds_of(character) if pause is None else pause
        return found


_SECONDS = _Seconds()


@dataclass(frozen=True, slots=True)
class Pace:
    """The speaking rate of one voice, style and speed."""

    speed: float = 1.0
    bytes_per_second: float | None = None
    """UTF-8 bytes of text a second at speed 1, from a clip and its words; None for a guess by the kind of character."""

    def seconds(self, text: str) -> float:
        """Expected length of ``text`` spoken."""
        if self.bytes_per_second is not None:
            return len(text.encode("utf-8", "replace")) / self.bytes_per_second / self.speed
        return sum(map(_SECONDS.__getitem__, text)) / self.speed

    def each(self, text: str) -> Iterator[float]:
        """The share of every character of ``text``."""
        if self.bytes_per_second is not None:
            unit = 1.0 / self.bytes_per_second / self.speed
            return (len(c.encode("utf-8", "replace")) * unit for c in text)
        return (_SECONDS[c] / self.speed for c in text)


def pace_of(clip: Clip | None, speed: float, engine: EngineInfo) -> Pace:
    """The pace of a voice with this reference ``clip`` if ``engine`` hears it: F5 gives a byte of text the time it took in the clip.

    Long pauses in the clip do not count.
    """
    rate = None
    if engine.reference_in_window and clip is not None:
        size = len(clip.text.strip().encode())
        seconds = paced_seconds(clip)
        rate = size / seconds if size and seconds > 0 else None
    return Pace(max(speed, 0.05), rate)


def longest_seconds(clip: Clip | None, engine: EngineInfo) -> float:
    """The most speech that one call of ``engine`` can give beside the reference ``clip``."""
    if engine.reference_in_window:
        room = engine.window_seconds - (clip.seconds if clip is not None else 0.0) - _MARGIN_SECONDS
    else:
        room = engine.window_seconds * _GUESSED_SHARE
    return max(room, _SHORTEST_WINDOW_SECONDS)
