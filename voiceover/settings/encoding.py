"""Reads ``bitrate:`` and ``sample_rate:``, how the audio files are encoded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from voiceover.audio.formats import FORMATS, LOSSY, SAMPLE_RATES
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Node, Scalar
from voiceover.settings.values import parse_number, read_fields, read_integer
from voiceover.system.lazy import lazy_pattern

BITRATE_RANGE = tuple(pick(pick(FORMATS[name].bitrates) for name in LOSSY) for pick in (min, max))
"""Lowest and highest bitrate of any format in kbps; whether a format has one is checked with the formats of a render."""
_KBPS = lazy_pattern(r"\s*(?:k|kbps|kbit/s)$", re.IGNORECASE)
_HERTZ = lazy_pattern(r"\s*k?hz$", re.IGNORECASE)


def read_bitrates(node: Node, problems: Problems) -> Mapping[str, int] | None:
    """Read a number of kbps for every lossy format, or a map from formats to numbers; return the number of each format."""
    if not isinstance(node, Fields):
        kbps = _kbps(node, problems, "bitrate")
        return None if kbps is None else dict.fromkeys(LOSSY, kbps)
    values = read_fields(node, problems, "bitrate", LOSSY) or {}
    found = {name: _kbps(value, problems, f"bitrate: {name}") for name, value in values.items()}
    return {name: kbps for name, kbps in found.items() if kbps is not None} or None


def read_sample_rate(node: Node, problems: Problems) -> int | None:
    """Read 44100 or 48000, in Hz or kHz; return Hz."""
    text = node.text.strip() if isinstance(node, Scalar) else ""
    number = parse_number(_HERTZ.sub("", text))
    rate = None if number is None else round(number * (1000 if number < 1000 else 1))
    if rate in SAMPLE_RATES:
        return rate
    right = f"sample_rate must be {' or '.join(map(str, SAMPLE_RATES))} Hz"
    problems.error(node.source, "bad-value", f'{right}, not "{text}"' if text else right)
    return None


def _kbps(node: Node, problems: Problems, what: str) -> int | None:
    low, high = BITRATE_RANGE
    plain = replace(node, text=_KBPS.sub("", node.text)) if isinstance(node, Scalar) else node
    return read_integer(plain, problems, what, low, high)
