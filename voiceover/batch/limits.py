"""Time limits of a batch."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from voiceover.errors import InputError
from voiceover.system.lazy import lazy_pattern

_PART = lazy_pattern(r"(\d+(?:\.\d+)?)\s*(h|hours?|m|min|minutes?|s|sec|seconds?)", re.ASCII | re.IGNORECASE)
_LONGEST = 50
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}
_TIME = lazy_pattern(r"(\d{1,2}):(\d\d)", re.ASCII)


def parse_span(text: str) -> float:
    """Return the seconds in ``5h``, ``90m``, ``1h30m`` or ``45s``, more than 0. Raises InputError."""
    words = text.strip()
    if len(words) > _LONGEST:
        raise InputError(f"{len(words)} characters is too long for a length of time; write one such as 5h, 90m, 1h30m or 45s")
    parts = _PART.findall(words)
    seconds = sum(float(number) * _UNITS[unit[0].lower()] for number, unit in parts)
    if not parts or _PART.sub("", words).strip() or seconds <= 0:
        raise InputError(f'"{text}" is not a length of time such as 5h, 90m, 1h30m or 45s')
    return seconds


def next_time(text: str, now: datetime) -> datetime:
    """Return the next time after ``now`` at which it is ``text``, such as ``06:00``. Raises InputError."""
    hour, minute = parse_time(text)
    then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return then if then > now else then + timedelta(days=1)


def parse_time(text: str) -> tuple[int, int]:
    """Return hour and minute of a time such as ``06:00``. Raises InputError."""
    match = _TIME.fullmatch(text.strip())
    if match is None or not (int(match[1]) < 24 and int(match[2]) < 60):
        raise InputError(f'"{text}" is not a time of day such as 06:00')
    return int(match[1]), int(match[2])
