"""Rowwise int4: two signed values per byte, one float16 scale per row.

Values run through the whole tensor in C order, the low nibble first, so rows of odd length share a byte. The format maps onto MLX's
affine groups without loss: ``q * s = (q + 8) * s - 8 * s``, and adding 8 to a signed nibble flips its top bit.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from voiceover.tensors.named import Quantized

GROUP_SIZES = (128, 64, 32)
"""Group sizes of MLX, the cheapest first: all groups of a row share its scale."""


def dequantize_rows(packed: NDArray[np.uint8], scales: NDArray[np.float16], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the tensor as float32. ``packed`` is flat, ``scales`` has one value per index of the first axis."""
    nibbles = np.stack((packed & 15, packed >> 4), axis=-1).reshape(-1)[: math.prod(shape)]
    signed = ((nibbles ^ 8).astype(np.int8) - 8).astype(np.float32)
    return (signed.reshape(shape[0], -1) * scales.astype(np.float32)[:, None]).reshape(shape)


def group_size_for(columns: int) -> int | None:
    """Return the group size for rows of this length, None if none divides it."""
    return next((size for size in GROUP_SIZES if columns % size == 0), None)


def as_groups(packed: NDArray[np.uint8], scales: NDArray[np.float16], shape: tuple[int, int], group_size: int) -> Quantized:
    """Return the same matrix in affine groups, exactly. Scales become float32: in float16 the offset of -8 scales would round.

    ``group_size`` divides the columns. Little-endian bytes of eight nibbles are MLX's word but for the flipped top bits.
    """
    rows, columns = shape
    words = packed.view("<u4").reshape(rows, columns // 8) ^ np.uint32(0x88888888)
    wide = np.repeat(scales.astype(np.float32)[:, None], columns // group_size, axis=1)
    return Quantized(words, wide, wide * np.float32(-8), 4, group_size)
