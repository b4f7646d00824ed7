"""CRC-16 as used by the Info tag of MP3 files: polynomial 0x8005 reflected, start value 0 (known as CRC-16/ARC).

Each table look-up processes two bytes, the width of the register. Because a CRC is linear, many rows of a block are processed side by side
and combined afterwards. An hour of audio takes a tenth of a second.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_POLYNOMIAL = 0xA001
_ROW_WORDS = 256
"""A power of two."""
_ROWS = 2048
_BLOCK = 2 * _ROW_WORDS * _ROWS


def _two_bytes() -> NDArray[np.uint16]:
    """Return the register after two zero bytes, for each of its values."""
    one, polynomial = np.uint16(1), np.uint16(_POLYNOMIAL)
    values: NDArray[np.uint16] = np.arange(65536, dtype=np.uint16)
    for _ in range(16):
        values = (values >> one) ^ (values & one) * polynomial
    return values


def _one_row(step: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return the register after a row of zero bytes, for each of its values, by repeated doubling."""
    values = step
    for _ in range(_ROW_WORDS.bit_length() - 1):
        values = values[values]
    return values


class Crc16:
    """A running CRC-16/ARC."""

    def __init__(self) -> None:
        self._step = _two_bytes()
        self._row = _one_row(self._step)
        self._value = 0
        self._rest = bytearray()

    def update(self, data: bytes | bytearray) -> None:
        """Process further bytes."""
        self._rest += data
        while len(self._rest) >= _BLOCK:
            self._add_block(bytes(self._rest[:_BLOCK]))
            del self._rest[:_BLOCK]

    @property
    def value(self) -> int:
        """Return the CRC of all bytes so far."""
        even = len(self._rest) & ~1
        step, value = self._step.tolist(), self._value
        for word in np.frombuffer(bytes(self._rest[:even]), "<u2").tolist():
            value = step[value ^ word]
        for byte in self._rest[even:]:
            value ^= byte
            for _ in range(8):
                value = (value >> 1) ^ (_POLYNOMIAL if value & 1 else 0)
        return int(value)

    def _add_block(self, block: bytes) -> None:
        words = np.frombuffer(block, "<u2").reshape(_ROWS, _ROW_WORDS)
        columns = np.ascontiguousarray(words.T)
        rows = np.zeros(_ROWS, np.uint16)
        for column in columns:
            rows = self._step[rows ^ column]
        value = self._value
        for row in rows.tolist():
            value = int(self._row[value]) ^ row
        self._value = value


def crc16(data: bytes) -> int:
    """Return the CRC-16/ARC of ``data``."""
    running = Crc16()
    running.update(data)
    return running.value
