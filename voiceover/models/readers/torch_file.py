"""torch.save files (``.pt``, ``.bin``) without torch and without running what is in them.

Since torch 1.6 such a file is an uncompressed zip: ``data.pkl``, a pickle whose tensors name their storages, and the storages as
``data/KEY``. The unpickler here knows the names in ``_ALLOWED`` and gives inert stand-ins for them; every other name is refused.
It is Python's own written in Python: the one in C fills as much memory as a hostile file says, and cannot be told which steps to refuse.
"""

from __future__ import annotations

import math
import pickle
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.lib.stride_tricks import as_strided

from voiceover.errors import ModelError
from voiceover.models.readers.stored import Stored, StoredWeights, map_array
from voiceover.weights import Tensor

STATE_KEYS = ("ema_model_state_dict", "model_state_dict", "state_dict")
"""Where checkpoints of a training run keep the network, the one to use first."""
LONGEST_PICKLE = 8_000_000
"""Bytes of ``data.pkl``; that of a whole training checkpoint has a few hundred thousand."""
MOST_SQUEEZED = 20
"""How many times its size in the file a compressed storage may have: weights are noise, and only a bomb packs better."""
_SMALL_BYTES = 1_000_000
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


class _Table(dict[Any, Any]):
    """Stands in for OrderedDict: begins empty, ignores attributes (torch hangs ``_metadata`` on one)."""

    def __init__(self) -> None:
        super().__init__()


def _tensor(storage: object, offset: object, shape: object, strides: object, *_rest: object) -> _Tensor:
    if not isinstance(storage, _Storage) or not isinstance(offset, int) or not isinstance(shape, tuple) or not isinstance(strides, tuple):
        raise pickle.UnpicklingError("a tensor is not built from a storage")
    numbers = (offset, *shape, *strides)
    if len(shape) != len(strides) or not all(isinstance(n, int) and n >= 0 for n in numbers):
        raise pickle.UnpicklingError("a tensor has an impossible shape")
    last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True)) if 0 not in shape else 0
    if last >= max(storage.count, 1):
        raise pickle.UnpicklingError("a tensor reaches past its storage")
    if math.prod(shape) > storage.count:  # one number, repeated for ever
        raise pickle.UnpicklingError("a tensor is larger than its storage")
    return _Tensor(storage, offset, shape, strides)


def _parameter(data: object, *_rest: object) -> object:
    return data


def _size(numbers: object = ()) -> tuple[Any, ...]:
    return tuple(numbers) if isinstance(numbers, (tuple, list)) else ()


_ALLOWED: Mapping[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): _Table,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch", "Size"): _size,
    **{("torch", name): _StorageType(dtype) for name, dtype in _STORAGES.items()},
}

_NEVER = frozenset(
    (
        *(pickle.INST, pickle.OBJ, pickle.NEWOBJ, pickle.NEWOBJ_EX, pickle.EXT1, pickle.EXT2, pickle.EXT4),
        *(pickle.DICT, pickle.EMPTY_SET, pickle.ADDITEMS, pickle.FROZENSET),  # would not ask what their keys are
        *(pickle.BYTEARRAY8, pickle.NEXT_BUFFER, pickle.READONLY_BUFFER, pickle.INT, pickle.LONG),
    )
)
"""Steps of a pickle that no file of tensors takes."""


class _Unpickler(pickle._Unpickler):
    """Builds containers, numbers, texts and stand-ins for tensors; steps that no file of tensors takes are refused."""

    dispatch: ClassVar[dict[int, Any]] = {code: load for code, load in pickle._Unpickler.dispatch.items() if bytes([code]) not in _NEVER}
    stack: list[Any]
    pop_mark: Callable[[], list[Any]]

    def load_build(self) -> None:
        self.stack.pop()
        if not isinstance(self.stack[-1], _Table):  # anything else would be a piece of this program
            raise pickle.UnpicklingError("it changes what is no table")

    def load_setitem(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._set(key, value)

    def load_setitems(self) -> None:
        items = self.pop_mark()
        for key, value in zip(items[::2], items[1::2], strict=True):
            self._set(key, value)

    def _set(self, key: object, value: object) -> None:
        # The hash of a nested key can take for ever.
        if not isinstance(key, str) and not (isinstance(key, int) and abs(key) < 1 << 31):
            raise pickle.UnpicklingError("a key is neither a name nor a number")
        if not isinstance(self.stack[-1], dict):
            raise pickle.UnpicklingError("it puts an entry into what is no table")
        self.stack[-1][key] = value

    dispatch |= {pickle.BUILD[0]: load_build, pickle.SETITEM[0]: load_setitem, pickle.SETITEMS[0]: load_setitems}

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise _RefusedError(f"{module}.{name}") from None

    def persistent_load(self, pid: Any) -> _Storage:
        match pid:
            case ("storage", _StorageType(dtype), str(key), _, int(count)) if count >= 0:
                return _Storage(key, dtype, count)
        raise pickle.UnpicklingError("an unknown kind of storage")


class _RefusedError(Exception):
    """A name that a file of tensors has no need of."""


def read_torch(path: Path) -> StoredWeights:
    """The tensors of a torch.save file, memory-mapped; of a training checkpoint those of its EMA model where there is one.

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
            _check_size(path, members[pickled[0]], LONGEST_PICKLE)
            with archive.open(pickled[0]) as file:
                found = _Unpickler(file).load()
            order = b"little"
            if root + "byteorder" in members:
                with archive.open(root + "byteorder") as file:
                    order = file.read(16)
    except zipfile.BadZipFile as error:
        raise ModelError(f"{path}: not a zip file, or cut short; a file of torch.save from before torch 1.6 must be saved anew") from error
    except _RefusedError as error:
        reason = f"its pickle asks for {error}, which a file of tensors has no need of"
        raise ModelError(f"{path}: refused: {reason}; nothing was run. Use a .safetensors file instead") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    except Exception as error:  # a hostile pickle can make the machine raise anything; nothing of it has been run
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{path}: its pickle cannot be read: {error}") from error
    if order.strip() != b"little":
        raise ModelError(f"{path}: written on a big-endian machine")
    state, where = _state(found)
    tensors: dict[str, Stored] = {}
    metadata = {"state": where}
    for name, value in state.items():
        if isinstance(value, _Tensor):
            tensors[str(name)] = _stored(path, members, root, str(name), value)
        elif isinstance(value, (float, str)) or (isinstance(value, int) and abs(value) < 1 << 63):
            metadata[str(name)] = str(value)
    if not tensors:
        raise ModelError(f"{path}: holds no tensors; looked at the top and under {', '.join(STATE_KEYS)}")
    return StoredWeights(str(path), tensors, metadata)


def _check_size(path: Path, member: zipfile.ZipInfo, longest: int) -> None:
    if member.file_size > longest:
        raise ModelError(
            f"{path}: refused: {member.filename} has {member.file_size:,} bytes, and a file of tensors needs {longest:,} at most"
        )


def _state(found: object) -> tuple[Mapping[Any, Any], str]:
    if not isinstance(found, dict):
        return {}, ""
    for key in STATE_KEYS:
        if isinstance(found.get(key), dict):
            return found[key], key
    return found, ""


def _stored(path: Path, members: Mapping[str, zipfile.ZipInfo], root: str, name: str, tensor: _Tensor) -> Stored:
    member = members.get(f"{root}data/{tensor.storage.key}")
    width = 2 if tensor.storage.dtype == "bfloat16" else np.dtype(tensor.storage.dtype).itemsize
    if member is None or member.file_size != tensor.storage.count * width:
        raise ModelError(f"{path}: the storage of tensor {name} is missing or cut short")
    if member.compress_type != zipfile.ZIP_STORED and member.file_size > max(_SMALL_BYTES, MOST_SQUEEZED * member.compress_size):
        raise ModelError(f"{path}: refused: {member.filename} unpacks to {member.file_size:,} bytes out of {member.compress_size:,}")
    return Stored(tensor.shape, partial(_load, path, member, tensor))


def _load(path: Path, member: zipfile.ZipInfo, tensor: _Tensor) -> Tensor:
    wide = tensor.storage.dtype == "bfloat16"
    dtype = np.dtype("<u2" if wide else tensor.storage.dtype)
    if member.compress_type == zipfile.ZIP_STORED:
        flat = map_array(path, dtype, _data_offset(path, member), (tensor.storage.count,))
    else:
        with zipfile.ZipFile(path) as archive:
            flat = np.frombuffer(archive.read(member), dtype)
    strides = tuple(step * dtype.itemsize for step in tensor.strides)
    view: Tensor = as_strided(flat[tensor.offset :], tensor.shape, strides, writeable=False)
    return (view.astype(np.uint32) << 16).view(np.float32) if wide else view


def _data_offset(path: Path, member: zipfile.ZipInfo) -> int:
    """Where a stored member's bytes begin: its local header has a name and an extra field of their own lengths (APPNOTE 4.3.7)."""
    with path.open("rb") as file:
        file.seek(member.header_offset + 26)
        lengths = file.read(4)
    return member.header_offset + 30 + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
