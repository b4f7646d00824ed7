"""Reads safetensors: eight bytes of length, a JSON header, then the tensors (https://github.com/huggingface/safetensors)."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from voiceover.errors import ModelError
from voiceover.tensors.json_tables import parse_table, shape_of, whole
from voiceover.tensors.named import Tensor
from voiceover.tensors.stored import StoredTensor, StoredWeights, map_array

_DTYPES = {
    "BOOL": "?",
    "U8": "u1",
    "I8": "i1",
    "U16": "<u2",
    "I16": "<i2",
    "U32": "<u4",
    "I32": "<i4",
    "U64": "<u8",
    "I64": "<i8",
    "F16": "<f2",
    "BF16": "<u2",
    "F32": "<f4",
    "F64": "<f8",
}
LONGEST_HEADER = 100_000_000
"""Limit of the format, in bytes."""


def read_safetensors(path: Path) -> StoredWeights:
    """Read the tensors of a safetensors file, memory-mapped; bfloat16 becomes float32.

    Raises ModelError for another format, a truncated file, and an unknown data type.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if size < 8 or length > min(size - 8, LONGEST_HEADER):
                raise ModelError(f"{path}: not a safetensors file, or cut short ({size:,} bytes, a header of {length:,})")
            text = file.read(length)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    header = parse_table(text, f"{path}: not a safetensors file: its header is")
    metadata = header.pop("__metadata__", None) or {}
    if not isinstance(metadata, dict):
        raise ModelError(f"{path}: not a safetensors file: its metadata is not a JSON object")
    tensors = {str(name): _stored(path, str(name), entry, 8 + length, size) for name, entry in header.items()}
    return StoredWeights(str(path), tensors, {str(key): str(value) for key, value in metadata.items()})


def _stored(path: Path, name: str, entry: Any, base: int, size: int) -> StoredTensor:
    try:
        kind = str(entry["dtype"])
        shape = shape_of(entry["shape"])
        start, stop = (whole(n) for n in entry["data_offsets"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path}: the header entry of tensor {name} is invalid") from error
    if kind not in _DTYPES:
        raise ModelError(f"{path}: tensor {name} is of type {kind}; known are {', '.join(_DTYPES)}")
    dtype = np.dtype(_DTYPES[kind])
    if stop - start != math.prod(shape) * dtype.itemsize:
        raise ModelError(f"{path}: tensor {name} of shape {shape} and type {kind} cannot fill bytes {start} to {stop}")
    if base + stop > size:
        raise ModelError(f"{path}: cut short: tensor {name} ends at byte {base + stop:,}, the file at {size:,}")
    load = partial(map_array, path, dtype, base + start, shape)
    return StoredTensor(shape, partial(_from_bfloat16, load) if kind == "BF16" else load)


def _from_bfloat16(load: partial[Tensor]) -> Tensor:
    """Widen to float32; a bfloat16 is its upper half."""
    return (load().astype(np.uint32) << 16).view(np.float32)
