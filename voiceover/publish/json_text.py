"""Indented JSON as ``json.dumps`` writes it, several times as fast: with an indent, the encoder of the standard library is pure Python."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring
from operator import itemgetter
from pathlib import Path
from typing import Any


def indented(value: Any, depth: int = 0, *, in_order: bool = True, pairs: bool = False) -> str:
    """Return ``value`` as JSON, indented by one space per level; all lines but the first by ``depth`` more. Text is not escaped to ASCII.

    Keys stay ``in_order``, or are sorted. With ``pairs``, a list of two numbers that are not negative gets one line. Infinity and NaN are
    null.
    """
    return _Writer(in_order, pairs).text(value, "\n" + " " * depth)


class _Writer:
    def __init__(self, in_order: bool, pairs: bool) -> None:
        self._in_order = in_order
        self._pairs = pairs

    def text(self, value: Any, start: str) -> str:
        """Return ``value`` as JSON; ``start`` begins the line on which it ends."""
        if isinstance(value, str):
            return encode_basestring(value)
        if isinstance(value, (Mapping, list, tuple)):
            return self._mapping(value, start) if isinstance(value, Mapping) else self._list(value, start)
        if isinstance(value, Path):
            return encode_basestring(str(value))
        if isinstance(value, float):
            return float.__repr__(value) if math.isfinite(value) else "null"
        return json.dumps(value)

    def _mapping(self, value: Mapping[Any, Any], start: str) -> str:
        inner = start + " "
        rows = [(str(key), item) for key, item in value.items()]
        if not self._in_order:
            rows.sort(key=itemgetter(0))
        lines = [f"{encode_basestring(key)}: {self.text(item, inner)}" for key, item in rows]
        return f"{{{inner}{f',{inner}'.join(lines)}{start}}}" if lines else "{}"

    def _list(self, value: Sequence[Any], start: str) -> str:
        inner = start + " "
        lines = [self.text(item, inner) for item in value]
        if self._pairs and len(lines) == 2 and lines[0].isdigit() and lines[1].replace(".", "", 1).isdigit():
            return f"[{lines[0]}, {lines[1]}]"
        return f"[{inner}{f',{inner}'.join(lines)}{start}]" if lines else "[]"
