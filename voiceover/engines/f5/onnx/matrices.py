"""Stored matrices in the forms of onnxruntime's products: float32, int8 per row, or blocks of 4 and 8 bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voiceover.tensors.named import Quantized, Weights
from voiceover.types import FloatArray

BLOCK = 32
"""Number of values that share a scale when a dense matrix is cut into blocks."""
BLOCKS = (16, 32, 64, 128, 256)
"""Block sizes of MatMulNBits."""


@dataclass(frozen=True, slots=True, eq=False)
class RowInt8:
    """A matrix (out, in) with a scale for each row: ``w[o, i] = scales[o] * values[o, i]``."""

    values: NDArray[np.int8]
    scales: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """A matrix (out, in) in blocks along its rows: ``w = scales * (q - zero_points)``, as MatMulNBits takes it."""

    packed: NDArray[np.uint8]
    """Shape (out, in / block, block * bits / 8), the lowest bits first."""
    scales: FloatArray
    """Shape (out, in / block)."""
    zero_points: FloatArray | None
    """Shape of ``scales``; None if all are half of the range."""
    bits: int
    block: int


def dense(weights: Weights, name: str) -> FloatArray:
    """Return a tensor in float32 and aligned: numpy sums unaligned data in another order."""
    return np.require(weights.tensor(name), np.float32, ("C", "A"))


def row_int8(weights: Weights, name: str, largest: int) -> RowInt8:
    """Return a matrix as int8 with a scale per row and no value above ``largest``. Rowwise int4 stays exact."""
    stored = weights.quantized(name)
    if stored is not None and (scales := _row_scales(stored)) is not None:
        return RowInt8(_unpacked(stored).astype(np.int8) - np.int8(8), scales)
    matrix = dense(weights, name)
    scales = np.maximum(np.abs(matrix).max(axis=1), np.finfo(np.float32).tiny) / np.float32(largest)
    return RowInt8(np.rint(matrix / scales[:, None]).astype(np.int8), scales)


def blocks(weights: Weights, name: str, bits: int) -> Blocks:
    """Return a matrix in blocks: four bits as stored if they are stored in such blocks, otherwise rounded to the nearest."""
    stored = weights.quantized(name)
    if bits != 4 or stored is None or not fits_as_stored(stored):
        return _rounded(dense(weights, name), bits)
    rows, columns = stored.shape
    packed = np.ascontiguousarray(stored.packed).astype("<u4", copy=False).view(np.uint8).reshape(rows, columns // stored.group_size, -1)
    scales, biases = stored.scales.astype(np.float32), stored.biases.astype(np.float32)
    if np.array_equal(biases, -8 * scales):
        return Blocks(packed, scales, None, 4, stored.group_size)
    # A group of equal values is stored as zeros without a scale; with any scale, its zero point gives the value.
    scales = np.where(scales == 0, 1, scales)
    return Blocks(packed, scales, -biases / scales, 4, stored.group_size)


def fits_as_stored(stored: Quantized) -> bool:
    """Return True if MatMulNBits takes a matrix exactly as it is stored."""
    return stored.bits == 4 and stored.group_size in BLOCKS


def _row_scales(stored: Quantized) -> FloatArray | None:
    """Return the scales of a rowwise int4 matrix, None for any other."""
    scales = stored.scales.astype(np.float32)
    rowwise = stored.bits == 4 and np.array_equal(scales, np.broadcast_to(scales[:, :1], scales.shape))
    if not rowwise or not np.array_equal(stored.biases.astype(np.float32), -8 * scales):
        return None
    return np.ascontiguousarray(scales[:, 0])


def _unpacked(stored: Quantized) -> NDArray[np.uint8]:
    """Return the values of a 4-bit matrix, (out, in)."""
    pairs = np.ascontiguousarray(stored.packed).astype("<u4", copy=False).view(np.uint8)
    values = np.empty((*pairs.shape, 2), np.uint8)
    np.bitwise_and(pairs, 15, out=values[..., 0])
    np.right_shift(pairs, 4, out=values[..., 1])
    return values.reshape(stored.shape)


def _rounded(matrix: FloatArray, bits: int) -> Blocks:
    """Blocks of four bits between the least and the largest value, of eight bits around zero."""
    rows, columns = matrix.shape
    groups = matrix.reshape(rows, columns // BLOCK, BLOCK)
    if bits == 8:
        scales = np.maximum(np.abs(groups).max(axis=-1), np.finfo(np.float32).tiny) / np.float32(127)
        return Blocks((np.rint(groups / scales[..., None]) + 128).astype(np.uint8), scales, None, bits, BLOCK)
    low, high = np.minimum(groups.min(axis=-1), 0), np.maximum(groups.max(axis=-1), 0)
    scales = np.maximum(high - low, np.finfo(np.float32).tiny) / np.float32(15)
    zero_points = np.rint(-low / scales)
    values = np.clip(np.rint(groups / scales[..., None]) + zero_points[..., None], 0, 15).astype(np.uint8)
    packed = values[..., ::2] | (values[..., 1::2] << np.uint8(4))
    return Blocks(packed, scales, zero_points, bits, BLOCK)
