"""Tensors of a file, read on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from voiceover.errors import ModelError
from voiceover.tensors.named import Quantized, Tensor


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor of a file. ``load`` returns it dense; ``load_quantized`` as stored, if it is quantized."""

    shape: tuple[int, ...]
    load: Callable[[], Tensor]
    load_quantized: Callable[[], Quantized] | None = None


def stored_quantized(shape: tuple[int, ...], load: Callable[[], Quantized]) -> StoredTensor:
    """Make a quantized matrix; its ``load`` returns it dense."""
    return StoredTensor(shape, lambda: load().dequantized(), load)


@dataclass(frozen=True, slots=True)
class StoredWeights:
    """The ``Weights`` of a file or folder."""

    source: str
    tensors: Mapping[str, StoredTensor]
    metadata: Mapping[str, str] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        return tuple(self.tensors)

    def shape(self, name: str) -> tuple[int, ...]:
        return self._find(name).shape

    def tensor(self, name: str) -> Tensor:
        return self._find(name).load()

    def quantized(self, name: str) -> Quantized | None:
        load = self._find(name).load_quantized
        return load() if load is not None else None

    def _find(self, name: str) -> StoredTensor:
        try:
            return self.tensors[name]
        except KeyError:
            raise ModelError(f"{self.source}: has no tensor {name}") from None


def map_array(path: Path, dtype: np.dtype[np.generic], offset: int, shape: tuple[int, ...]) -> Tensor:
    """Map a part of a file read-only. Raises ModelError if the file cannot be read.

    The pages are released with the view, so copying tensor by tensor never holds the whole file in memory.
    """
    if 0 in shape:
        return np.empty(shape, dtype)
    try:
        return np.asarray(np.memmap(path, dtype, "r", offset, shape))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read at byte {offset}: {error}") from error
