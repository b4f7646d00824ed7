"""Reads torch.save files (``.pt``, ``.bin``) without torch and without running anything in them.

Since torch 1.6 such a file is an uncompressed zip: ``data.pkl``, a pickle whose tensors name their storages, and the storages as
``data/KEY``. The reader knows the names in ``_ALLOWED`` and returns inert stand-ins for them; every other name is refused.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from voiceover.errors import ModelError
from voiceover.tensors.json_tables import shape_of, whole
from voiceover.tensors.named import Tensor
from voiceover.tensors.pickles import LARGEST, ForbiddenNameError, PickleError, PickleReader
from voiceover.tensors.stored import StoredTensor, StoredWeights, map_array

STATE_KEYS = ("ema_model_state_dict", "model_state_dict", "state_dict")
"""Keys under which training checkpoints keep the network, in order of preference."""
_STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}


_MOST_UNPACKED = 100
"""Largest size of a compressed storage, as a multiple of the file's size."""


@dataclass(frozen=True, slots=True)
class _StorageType:
    dtype: str


@dataclass(frozen=True, slots=True)
class _Storage:
    key: str
    dtype: str
    count: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _table() -> dict[Any, Any]:
    return {}


def _tensor(storage: object, offset: object, shape: object, strides: object, *_rest: object) -> _Tensor:
    if not isinstance(storage, _Storage) or not isinstance(offset, int) or not isinstance(shape, tuple) or not isinstance(strides, tuple):
        raise PickleError("a tensor is not built from a storage")
    try:
        shape, strides, offset = shape_of(shape), tuple(whole(n) for n in strides), whole(offset)
    except ValueError as error:
        raise PickleError("a tensor has an impossible shape") from error
    if len(shape) != len(strides):
        raise PickleError("a tensor has an impossible shape")
    last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True)) if 0 not in shape else 0
    # Strides of zero would turn a single number into a matrix of any size.
    if last >= max(storage.count, 1) or math.prod(shape) > storage.count:
        raise PickleError("a tensor reaches past its storage")
    return _Tensor(storage, offset, shape, strides)


def _parameter(data: object, *_rest: object) -> object:
    return data


def _size(numbers: object = ()) -> tuple[Any, ...]:
    return tuple(numbers) if isinstance(numbers, (tuple, list)) else ()


_ALLOWED: Mapping[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): _table,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch", "Size"): _size,
    **{("torch", name): _StorageType(dtype) for name, dtype in _STORAGES.items()},
}


def _storage(pid: Any) -> _Storage:
    match pid:
        case ("storage", _StorageType(dtype), str(key), _, int(count)) if count >= 0:
            return _Storage(key, dtype, count)
    raise PickleError("an unknown kind of storage")


def read_torch(path: Path) -> StoredWeights:
    """Read the tensors of a torch.save file, memory-mapped; from a training checkpoint those of its EMA model, if any.

    Executes nothing. Raises ModelError for a name other than those of tensors and plain containers (naming it), the format before
    torch 1.6, a file that is cut short, and one without tensors.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {info.filename: info for info in archive.infolist()}
            pickled = [name for name in members if name.endswith("/data.pkl") or name == "data.pkl"]
            if len(pickled) != 1:
                raise ModelError(f"{path}: not a file of torch.save: it holds {len(pickled)} data.pkl where one is expected")
            root = pickled[0].removesuffix("data.pkl")
            order = _start(archive, root + "byteorder", 100) if root + "byteorder" in members else b"little"
            found = PickleReader(_start(archive, pickled[0], LARGEST + 1), _ALLOWED, _storage).run()
    except zipfile.BadZipFile as error:
        raise ModelError(f"{path}: not a zip file, or cut short; a file of torch.save from before torch 1.6 must be saved again") from error
    except ForbiddenNameError as error:
        reason = f"its pickle asks for {error}, which no file of tensors needs"
        raise ModelError(f"{path}: refused: {reason}; nothing was run. Use a .safetensors file instead") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    except Exception as error:  # a hostile pickle can make the reader raise anything; none of it was run
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{path}: its pickle cannot be read: {error}") from error
    if order.strip() != b"little":
        raise ModelError(f"{path}: written on a big-endian machine")
    state, where = _state(found)
    tensors: dict[str, StoredTensor] = {}
    metadata = {"state": where}
    for name, value in state.items():
        if isinstance(value, _Tensor):
            tensors[str(name)] = _stored(path, members, root, str(name), value)
        elif isinstance(value, (int, float, str)):
            metadata[str(name)] = str(value)
    if not tensors:
        raise ModelError(f"{path}: holds no tensors; looked at the top and under {', '.join(STATE_KEYS)}")
    return StoredWeights(str(path), tensors, metadata)


def _start(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Read only the start of a member: it may unpack to a thousand times its size."""
    with archive.open(name) as file:
        return file.read(most)


def _state(found: object) -> tuple[Mapping[Any, Any], str]:
    if not isinstance(found, dict):
        return {}, ""
    for key in STATE_KEYS:
        if isinstance(found.get(key), dict):
            return found[key], key
    return found, ""


def _stored(path: Path, members: Mapping[str, zipfile.ZipInfo], root: str, name: str, tensor: _Tensor) -> StoredTensor:
    member = members.get(f"{root}data/{tensor.storage.key}")
    width = 2 if tensor.storage.dtype == "bfloat16" else np.dtype(tensor.storage.dtype).itemsize
    if member is None or member.file_size != tensor.storage.count * width:
        raise ModelError(f"{path}: the storage of tensor {name} is missing or cut short")
    if member.compress_type != zipfile.ZIP_STORED and member.file_size > _MOST_UNPACKED * path.stat().st_size:
        raise ModelError(f"{path}: the storage of tensor {name} would unpack to {member.file_size:,} bytes")
    return StoredTensor(tensor.shape, partial(_load, path, member, tensor))


def _load(path: Path, member: zipfile.ZipInfo, tensor: _Tensor) -> Tensor:
    wide = tensor.storage.dtype == "bfloat16"
    dtype = np.dtype("<u2" if wide else tensor.storage.dtype)
    if member.compress_type == zipfile.ZIP_STORED:
        flat = map_array(path, dtype, _data_offset(path, member), (tensor.storage.count,))
    else:
        flat = np.frombuffer(_unpacked(path, member), dtype)
    strides = tuple(step * dtype.itemsize for step in tensor.strides)
    view: Tensor = as_strided(flat[tensor.offset :], tensor.shape, strides, writeable=False)
    return (view.astype(np.uint32) << 16).view(np.float32) if wide else view


def _unpacked(path: Path, member: zipfile.ZipInfo) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(member)
    except Exception as error:  # zipfile and its decompressors raise errors of many kinds
        raise ModelError(f"{path}: {member.filename} cannot be unpacked: {error}") from error


def _data_offset(path: Path, member: zipfile.ZipInfo) -> int:
    """Return where the bytes of a stored member begin, after the name and extra field of its local header (APPNOTE 4.3.7)."""
    try:
        with path.open("rb") as file:
            file.seek(member.header_offset + 26)
            lengths = file.read(4)
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: {member.filename} cannot be read: {error}") from error
    return member.header_offset + 30 + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
