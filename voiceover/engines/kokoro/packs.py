"""Packs: the styles of a voice, one for each number of symbols that a call may have.

Shipped packs are in ``packs/NAME.npz`` (``scripts/make_voices.py``): the product of the arrays ``rows`` and ``columns``, which are a
fifteenth of its size, since the styles of a voice are weighted sums of some ten. Upstream's are in ``NAME.bin``, little-endian float32,
which ``voiceover models pull kokoro`` installs. A blend is the weighted sum of packs.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from voiceover.engines.kokoro.choices import STYLE_SHAPE
from voiceover.engines.kokoro.voices import unknown_pack
from voiceover.errors import EngineError, ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from voiceover.types import FloatArray

_SHAPE_WORDS = f"{STYLE_SHAPE[0]} styles of {STYLE_SHAPE[1]} numbers"
PACK_BYTES = 4 * STYLE_SHAPE[0] * STYLE_SHAPE[1]


def read_pack(path: Path) -> FloatArray:
    """Read a pack, shape (510, 256). Raises ModelError for a file of another size, and for values that are not finite."""
    import numpy as np  # not at the top: every command asks which packs are shipped

    try:
        if path.suffix == ".npz":
            with zipfile.ZipFile(path) as arrays:
                pack = _product(*(_array(arrays, name) for name in ("rows", "columns")))
        else:
            size = path.stat().st_size
            if size != PACK_BYTES:
                raise ModelError(f"{path}: {size:,} bytes; a voice of Kokoro has {PACK_BYTES:,}, {_SHAPE_WORDS}")
            pack = np.fromfile(path, "<f4").reshape(STYLE_SHAPE)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path}: not a voice of Kokoro: {error}") from error
    if pack.shape != STYLE_SHAPE or pack.dtype.kind != "f":
        raise ModelError(f"{path}: {pack.dtype} of shape {pack.shape}; a voice of Kokoro has {_SHAPE_WORDS}")
    if not np.isfinite(pack).all():
        raise ModelError(f"{path}: contains NaN or infinity")
    return pack.astype(np.float32)


def _array(arrays: zipfile.ZipFile, name: str) -> FloatArray:
    from numpy.lib.format import read_array

    with arrays.open(f"{name}.npy") as file:
        array: FloatArray = read_array(file, allow_pickle=False)
    return array


def _product(rows: FloatArray, columns: FloatArray) -> NDArray[np.float64]:
    """Return the matrix product, added up in one order: a linear algebra library's own order depends on the processor."""
    import numpy as np

    pack = np.zeros((len(rows), columns.shape[1]))
    for left, right in zip(rows.T.astype(np.float64), columns.astype(np.float64), strict=True):
        pack += np.outer(left, right)
    return pack


class StylePacks:
    """Packs by name, each read once."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._paths = paths
        self._read: dict[tuple[tuple[str, float], ...], FloatArray] = {}

    def blend(self, weights: Mapping[str, float]) -> FloatArray:
        """Return the sum of packs by weight. Raises EngineError for an unknown pack, ModelError for one that cannot be used."""
        import numpy as np

        key = tuple(sorted(weights.items()))
        if key not in self._read:
            blended = np.zeros(STYLE_SHAPE)
            for name, weight in key:
                blended += weight * self._pack(name).astype(np.float64)
            self._read[key] = blended.astype(np.float32)
        return self._read[key]

    def _pack(self, name: str) -> FloatArray:
        if name not in self._paths:
            raise EngineError(unknown_pack(name, self._paths))
        return read_pack(self._paths[name])
