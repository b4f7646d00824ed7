"""JSON objects of untrusted origin, and the numbers in them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from voiceover.errors import ModelError

_LARGEST = 16_000_000
"""Bytes; real models have some 100,000."""
_MOST_DIMENSIONS = 32
_MOST_NUMBERS = 1 << 48
"""Numbers in a tensor: more than any disk holds, few enough for numpy to count."""


def parse_table(text: str | bytes, where: str) -> dict[str, Any]:
    """Parse a JSON object. Raises ModelError, which begins with ``where``, for anything else."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ModelError(f"{where} not JSON: {error}") from error
    except RecursionError as error:
        raise ModelError(f"{where} nested too deeply") from error
    if not isinstance(found, dict):
        raise ModelError(f"{where} not a JSON object")
    return found


def read_table(path: Path) -> dict[str, Any]:
    """Read the JSON object in a file. Raises ModelError."""
    try:
        if path.stat().st_size > _LARGEST:
            raise ModelError(f"{path}: too large: {path.stat().st_size:,} bytes; at most {_LARGEST:,} are read")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    return parse_table(data, f"{path}:")


def whole(value: object) -> int:
    """Return ``value`` if it is a non-negative integer. Raises ValueError."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise ValueError("not a whole number")
    return value


def shape_of(value: object) -> tuple[int, ...]:
    """Return ``value`` as the shape of a tensor. Raises ValueError."""
    if not isinstance(value, (list, tuple)) or len(value) > _MOST_DIMENSIONS:
        raise ValueError("not a shape")
    shape = tuple(whole(number) for number in value)
    if math.prod(number or 1 for number in shape) > _MOST_NUMBERS:
        raise ValueError("the shape is too large")
    return shape
