"""Small files of weights in the layouts that people have, written by hand."""

from __future__ import annotations

import json
import pickle
import sys
import types
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

TYPES = {"float32": "F32", "float16": "F16", "uint32": "U32", "int64": "I64", "bool": "BOOL", "uint16": "BF16"}
"""uint16 stands for bfloat16, which numpy has not."""


def write_safetensors(path: Path, tensors: Mapping[str, np.ndarray], metadata: Mapping[str, str] | None = None) -> Path:
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    body = b""
    for name, array in tensors.items():
        raw = np.ascontiguousarray(array).tobytes()
        header[name] = {"dtype": TYPES[array.dtype.name], "shape": array.shape, "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)
    return path


class FloatStorage:
    """Stands in for torch's while a file is written."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array


def _rebuild_tensor_v2(*_parts: Any) -> None:
    raise AssertionError("a reader must not call this")


class TorchTensor:
    """An array that is pickled as torch pickles a tensor."""

    def __init__(self, array: np.ndarray, strides: tuple[int, ...] | None = None, shape: tuple[int, ...] | None = None) -> None:
        self.storage = FloatStorage(np.ascontiguousarray(array, np.float32))
        self.shape = shape or array.shape
        self.strides = strides or tuple(step // 4 for step in self.storage.array.strides)

    def __reduce__(self) -> Any:
        return _rebuild_tensor_v2, (self.storage, 0, self.shape, self.strides, False, OrderedDict())


class _Pickler(pickle.Pickler):
    storages: list[FloatStorage]

    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, FloatStorage):
            self.storages.append(obj)
            return ("storage", FloatStorage, str(len(self.storages) - 1), "cpu", obj.array.size)
        return None


def write_torch(path: Path, content: Any, *, compression: int = zipfile.ZIP_STORED) -> Path:
    """A file as ``torch.save(content)`` writes it, for content of containers, numbers and TorchTensors."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage = FloatStorage  # type: ignore[attr-defined]
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2  # type: ignore[attr-defined]
    before = FloatStorage.__module__
    FloatStorage.__module__, _rebuild_tensor_v2.__module__ = "torch", "torch._utils"
    sys.modules.update({"torch": torch, "torch._utils": utils})
    try:
        with zipfile.ZipFile(path, "w", compression) as archive:
            with archive.open("archive/data.pkl", "w") as file:
                pickler = _Pickler(file, protocol=2)
                pickler.storages = []
                pickler.dump(content)
            archive.writestr("archive/byteorder", "little")
            for number, storage in enumerate(pickler.storages):
                archive.writestr(f"archive/data/{number}", storage.array.tobytes())
            archive.writestr("archive/version", "3\n")
    finally:
        del sys.modules["torch"], sys.modules["torch._utils"]
        FloatStorage.__module__ = _rebuild_tensor_v2.__module__ = before
    return path


def write_pickle(path: Path, content: Any) -> Path:
    """A zip in torch's layout around any pickle."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(content, protocol=2))
    return path
