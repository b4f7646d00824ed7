"""CRC-16 as used by the Info tag of MP3 files: polynomial 0x8005 reflected, start value 0 (known as CRC-16/ARC).

Each table look-up processes two bytes, the width of the register. Because a CRC is linear, many rows of a block are processed side by side
and combined afterwards, and so are parts of a file whose CRCs are known. An hour of audio takes a tenth of a second.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_POLYNOMIAL = 0xA001
_ROW_WORDS = 256
"""A power of two."""
_ROWS = 2048
_BLOCK = 2 * _ROW_WORDS * _ROWS
_ONE, _EIGHT_BITS = 0x8000, 0x0080
"""The polynomials 1 and x^8, reflected."""


@lru_cache(maxsize=1)
def _two_bytes() -> NDArray[np.uint16]:
    """Return the register after two zero bytes, for each of its values."""
    one, polynomial = np.uint16(1), np.uint16(_POLYNOMIAL)
    values: NDArray[np.uint16] = np.arange(65536, dtype=np.uint16)
    for _ in range(16):
        values = (values >> one) ^ (values & one) * polynomial
    return values


@lru_cache(maxsize=1)
def _one_row() -> NDArray[np.uint16]:
    """Return the register after a row of zero bytes, for each of its values, by repeated doubling."""
    values = _two_bytes()
    for _ in range(_ROW_WORDS.bit_length() - 1):
        values = values[values]
    return values


class Crc16:
    """A running CRC-16/ARC."""

    def __init__(self) -> None:
        self._step = _two_bytes()
        self._row = _one_row()
        self._value = 0
        self._rest = bytearray()

    def update(self, data: bytes | bytearray | memoryview) -> None:
        """Process further bytes."""
        self._rest += data
        while len(self._rest) >= _BLOCK:
            self._add_block(bytes(self._rest[:_BLOCK]))
            del self._rest[:_BLOCK]

    def join(self, crc: int, length: int) -> None:
        """Process ``length`` further bytes, whose CRC is ``crc``."""
        self._value = _product(self.value, _after_zeros(length)) ^ crc
        self._rest.clear()

    @property
    def value(self) -> int:
        """Return the CRC of all bytes so far."""
        rows = len(self._rest) // (2 * _ROW_WORDS)
        done = 2 * _ROW_WORDS * rows
        even = len(self._rest) & ~1
        value = self._after_rows(bytes(self._rest[:done]), rows)
        for word in np.frombuffer(bytes(self._rest[done:even]), "<u2").tolist():
            value = int(self._step[value ^ word])
        for byte in self._rest[even:]:
            value = _product(value ^ byte, _EIGHT_BITS)
        return value

    def _add_block(self, block: bytes) -> None:
        self._value = self._after_rows(block, _ROWS)

    def _after_rows(self, block: bytes, count: int) -> int:
        """Return the CRC after ``count`` whole rows."""
        words = np.frombuffer(block, "<u2").reshape(count, _ROW_WORDS)
        columns = np.ascontiguousarray(words.T)
        rows = np.zeros(count, np.uint16)
        for column in columns:
            rows = self._step[rows ^ column]
        value = self._value
        for row in rows.tolist():
            value = int(self._row[value]) ^ row
        return value


def _product(left: int, right: int) -> int:
    """Return the product of two polynomials modulo that of the CRC, all reflected."""
    product = 0
    for bit in range(15, -1, -1):
        if left >> bit & 1:
            product ^= right
        right = (right >> 1) ^ (_POLYNOMIAL if right & 1 else 0)
    return product


def _after_zeros(count: int) -> int:
    """Return the factor by which ``count`` zero bytes change the register: x^8 to that power, by repeated squaring."""
    factor, power = _ONE, _EIGHT_BITS
    while count:
        if count & 1:
            factor = _product(factor, power)
        power = _product(power, power)
        count >>= 1
    return factor


def crc16(data: bytes) -> int:
    """Return the CRC-16/ARC of ``data``."""
    running = Crc16()
    running.update(data)
    return running.value
