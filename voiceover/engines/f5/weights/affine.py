"""Quantizes a matrix in numpy exactly as the formats' own tools do: MLX's affine groups, and rowwise int4."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voiceover.tensors.named import Quantized
from voiceover.types import FloatArray

SMALLEST_SCALE = np.float32(1e-7)
ROW_LIMIT = 7
"""Largest value of rowwise int4, which is symmetric."""
SMALLEST_ROW_SCALE = np.float32(1e-8)


def quantize_affine(matrix: FloatArray, bits: int, group_size: int) -> Quantized:
    """Quantize as ``mx.quantize`` does: the end of a group with the larger magnitude is exact, and the scale makes zero exact too.

    ``matrix`` is (out, in), ``group_size`` divides its width, ``bits`` is 4 or 8.
    """
    rows, columns = matrix.shape
    groups = np.ascontiguousarray(matrix, np.float32).reshape(rows, columns // group_size, group_size)
    steps = np.float32((1 << bits) - 1)
    low, high = groups.min(axis=-1), groups.max(axis=-1)
    from_low = np.abs(low) > np.abs(high)
    scales = np.maximum((high - low) / steps, SMALLEST_SCALE)
    scales = np.where(from_low, scales, -scales)
    edge = np.where(from_low, low, high)
    at = np.rint(edge / scales)
    scales = np.where(at != 0, edge / np.where(at != 0, at, 1), scales).astype(np.float32)
    biases = np.where(at != 0, edge, 0).astype(np.float32)
    values = np.clip(np.rint((groups - biases[..., None]) / scales[..., None]), 0, steps).astype(np.uint32)
    per_word = 32 // bits
    words = values.reshape(rows, columns // per_word, per_word) << np.arange(0, 32, bits, dtype=np.uint32)
    return Quantized(np.bitwise_or.reduce(words, axis=-1), scales, biases, bits, group_size)


def quantize_rows(tensor: FloatArray) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Quantize to rowwise int4: return packed values and one scale per index of the first axis.

    Values run through the whole tensor in C order, two per byte, the low nibble first. They are rounded with the float32 scale, which
    is rounded to float16 afterwards.
    """
    rows = np.ascontiguousarray(tensor, np.float32).reshape(tensor.shape[0], -1)
    scales = np.maximum(np.abs(rows).max(axis=1) / np.float32(ROW_LIMIT), SMALLEST_ROW_SCALE)
    values = np.clip(np.rint(rows / scales[:, None]), -ROW_LIMIT - 1, ROW_LIMIT).astype(np.int8).reshape(-1)
    nibbles = values.view(np.uint8) & 15
    if nibbles.size % 2:
        nibbles = np.append(nibbles, np.uint8(0))
    return nibbles[0::2] | nibbles[1::2] << np.uint8(4), scales.astype("<f2")
