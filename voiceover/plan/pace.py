"""Estimates of how long text takes to speak.

They are never learnt from finished takes, since packing into utterances must give the same result on every machine at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from voiceover.audio.clip_pace import paced_seconds
from voiceover.text.speaking_rates import seconds_of
from voiceover.text.writing_systems import CJK_STOPS
from voiceover.types import Clip, EngineInfo
from voiceover.types.lazy_dataclass import dataclass

_SHORTEST_WINDOW_SECONDS = 3.0
_MARGIN_SECONDS = 1.0
"""Seconds to leave free in an engine's window besides the reference clip."""
_LEAST_GAIN = 0.25
"""Share of the work that a short clip must save: with more of a voice to hear, an engine copies it better."""
_GUESSED_SHARE = 0.75
"""Share of the window to use if the pace is only estimated."""

_PAUSES_PER_SECOND = (
    (f"[{CJK_STOPS}.!?…]", 5.0),
    ("[,;:，、；：\u2013\u2014]", 8.0),
)
"""Seconds that punctuation adds, as a pause."""


class _Seconds(dict[str, float]):
    """Seconds per character, computed when a character is first looked up."""

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
    """UTF-8 bytes of text per second at speed 1, from a clip and its words; None to estimate by script."""

    def seconds(self, text: str) -> float:
        """Return the expected duration of ``text``."""
        if self.bytes_per_second is not None:
            return len(text.encode("utf-8", "replace")) / self.bytes_per_second / self.speed
        return sum(map(_SECONDS.__getitem__, text)) / self.speed

    def each(self, text: str) -> Iterator[float]:
        """Return the expected duration of each character of ``text``."""
        if self.bytes_per_second is not None:
            unit = 1.0 / self.bytes_per_second / self.speed
            return (len(c.encode("utf-8", "replace")) * unit for c in text)
        return (_SECONDS[c] / self.speed for c in text)


def pace_of(clip: Clip | None, speed: float, engine: EngineInfo) -> Pace:
    """Return the pace of a voice; if ``engine`` uses its reference ``clip``, the pace of the clip in bytes of text per second.

    Long pauses in the clip do not count.
    """
    rate = None
    if engine.reference_in_window and clip is not None:
        size = len(clip.text.strip().encode())
        seconds = paced_seconds(clip)
        rate = size / seconds if size and seconds > 0 else None
    return Pace(max(speed, 0.05), rate)


def longest_that_gains(clip_seconds: float, short_seconds: float) -> float:
    """Return the longest line for which a short clip is worth it: an engine works on clip and line alike, and ``_LEAST_GAIN`` is saved."""
    return max((clip_seconds - short_seconds) / _LEAST_GAIN - clip_seconds, 0.0)


def longest_seconds(clip: Clip | None, engine: EngineInfo) -> float:
    """Return the longest speech that one call of ``engine`` can produce besides the reference ``clip``."""
    if engine.reference_in_window:
        room = engine.window_seconds - (clip.seconds if clip is not None else 0.0) - _MARGIN_SECONDS
    else:
        room = engine.window_seconds * _GUESSED_SHARE
    return max(room, _SHORTEST_WINDOW_SECONDS)
