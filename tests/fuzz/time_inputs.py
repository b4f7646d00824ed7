"""Times and lengths on the command line and in front matter."""

from __future__ import annotations

import contextlib
import random
from datetime import datetime
from pathlib import Path

from tests.fuzz.case import Files, Kind
from tests.fuzz.mutate import HOSTILE, mutated, some, stretched
from voiceover.batch.limits import next_time, parse_span
from voiceover.errors import VoiceoverError
from voiceover.script.page import moment_of
from voiceover.settings.values import parse_gain, parse_integer, parse_language, parse_number, parse_seconds

_PIECES = tuple(
    piece.encode() for piece in (
        "5", "0", "90", "1.5", ".", '9' * 400, "h", "m", "s", "min", "hours", "ms", "dB", ":", "06:00", "24:00", "-", "+", "−", " ", "e",
        "T", "Z", "+01:00", "2026-11-20", "9999-12-31", "0001-01-01", "23:59:60", "٣", "en", "_", "pt-BR", "W01",
    )
)  # fmt: skip


def _make(rng: random.Random, longest: int) -> Files:
    luck = rng.random()
    if luck < 0.005:
        text = stretched(rng, _PIECES, longest)
    else:
        text = some(rng, _PIECES, 6)
        if luck < 0.2:
            text = mutated(rng, text, HOSTILE, 2)
    return {"text": text}


def _run(folder: Path) -> None:
    text = (folder / "text").read_bytes().decode("utf-8", "replace")
    for parse in (parse_seconds, parse_gain, parse_integer, parse_language, parse_number, moment_of):
        parse(text)
    for read in (parse_span, lambda typed: next_time(typed, datetime(2026, 3, 29, 1, 59, 59))):
        with contextlib.suppress(VoiceoverError):
            read(text)


KINDS = (Kind("times", _make, _run),)
