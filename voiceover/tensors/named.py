"""Named tensors of a network, dense or quantized."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Tensor: TypeAlias = NDArray[Any]
"""A dense tensor of any data type."""


@dataclass(frozen=True, slots=True, eq=False)
class Quantized:
    """A matrix (out, in) in affine groups: ``w[o, i] = scales[o, i // group_size] * q[o, i] + biases[o, i // group_size]``."""

    packed: NDArray[np.uint32]
    """Shape (out, in * bits / 32); value j of a word is in its bits ``j * bits`` and up."""
    scales: NDArray[Any]
    """Shape (out, in / group_size), float."""
    biases: NDArray[Any]
    """Same shape and type as ``scales``."""
    bits: int
    group_size: int

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the dequantized matrix."""
        return self.packed.shape[0], self.packed.shape[1] * 32 // self.bits

    def dequantized(self) -> NDArray[np.float32]:
        """Return the matrix as float32."""
        rows, columns = self.shape
        stream = np.ascontiguousarray(self.packed).astype("<u4", copy=False).view(np.uint8)
        if self.bits == 8:
            values = stream
        elif self.bits == 4:
            values = np.stack((stream & 15, stream >> 4), axis=-1)
        else:
            bit = np.unpackbits(stream, axis=1, bitorder="little").reshape(rows, columns, self.bits)
            values = bit @ (1 << np.arange(self.bits, dtype=np.uint8))
        groups = values.reshape(rows, columns // self.group_size, self.group_size).astype(np.float32)
        groups *= self.scales.astype(np.float32)[:, :, None]
        groups += self.biases.astype(np.float32)[:, :, None]
        return groups.reshape(rows, columns)


class Weights(Protocol):
    """The tensors of one network, read from disk on demand."""

    @property
    def source(self) -> str:
        """File or folder, for messages."""
        ...

    @property
    def metadata(self) -> Mapping[str, str]:
        """Metadata of the file."""
        ...

    def names(self) -> tuple[str, ...]:
        """Return the names of all tensors; a quantized matrix has one name, that of its weight."""
        ...

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a tensor; for a quantized one, that of the dequantized matrix."""
        ...

    def tensor(self, name: str) -> Tensor:
        """Return a tensor as stored, as a view of the mapped file if possible; a quantized one as float32."""
        ...

    def quantized(self, name: str) -> Quantized | None:
        """Return a quantized matrix as stored, None if the tensor is dense."""
        ...
