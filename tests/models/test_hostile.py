"""Model files that were made to harm: nothing is run, no more memory is taken than the file has, and the error is one of ours."""

from __future__ import annotations

import pickle
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.engines.f5.weight_files import TorchTensor, write_torch
from voiceover.errors import ModelError
from voiceover.tensors import torch_file
from voiceover.tensors.torch_file import read_torch

MEMORY = 20_000_000
FLOATS = b"ctorch\nFloatStorage\n"
TABLE = b"ccollections\nOrderedDict\n"
TENSOR = b"ctorch._utils\n_rebuild_tensor_v2\n"


def torch_of(path: Path, steps: bytes, compression: int = zipfile.ZIP_STORED, **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("archive/data.pkl", steps)
        for name, content in more.items():
            archive.writestr(f"archive/{name}", content)
    return path


def nested_key(depth: int) -> bytes:
    """Steps for a table whose one key is a pair of a pair of pairs: 2**depth leaves, each of which is hashed."""
    return b"\x80\x02}" + b"K\x00" + b"2\x86" * depth + b"K\x01s."


def ours() -> list[dict[str, object]]:
    """The attributes of everything that a pickle can lay its hands on."""
    return [dict(vars(each)) for each in torch_file._ALLOWED.values() if hasattr(each, "__dict__")]


HOSTILE = {
    "a memo of thirty million places": b"\x80\x02}r\xff\xff\xff\x01.",
    "an array of a terabyte": b"\x80\x05\x96" + (1 << 40).to_bytes(8, "little") + b".",
    "a text of a terabyte": b"\x80\x05\x8d" + (1 << 40).to_bytes(8, "little") + b"x.",
    "a key that is hashed for ever": nested_key(20),
    "a table made of pairs with such a key": b"\x80\x02" + TABLE + b"(](K\x00" + b"2\x86" * 20 + b"K\x01\x86etR.",
    "a set with such a key": b"\x80\x04\x8f(K\x00" + b"2\x86" * 20 + b"\x90.",
    "a number of two million digits": b"\x80\x02}X\x01\x00\x00\x00aL" + b"9" * 2_000_000 + b"L\ns.",
    "a state for our own function": b"\x80\x02" + TENSOR + b"}X\x04\x00\x00\x00mineK\x01sb.",
    "a state for our own class": b"\x80\x02" + TABLE + b"N}X\x04\x00\x00\x00mineK\x01s\x86b.",
    "nothing on the stack": b"\x80\x02tR.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_pickle_that_was_made_to_harm(name: str, tmp_path: Path) -> None:
    path = torch_of(tmp_path / "m.pt", HOSTILE[name])
    before = ours()
    tracemalloc.start()
    try:
        # A memo by itself is no harm, nor is a state that nobody takes.
        with pytest.raises(
            ModelError, match="its pickle cannot be read" + ("|holds no tensors" if "memo" in name or "state" in name else "")
        ):
            read_torch(path)
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()
    assert ours() == before


def test_a_tensor_is_no_larger_than_what_holds_it(tmp_path: Path) -> None:
    """One number that is said to be a matrix of a trillion."""
    path = write_torch(tmp_path / "m.pt", {"a": TorchTensor(np.ones(1), shape=(10**6, 10**6), strides=(0, 0))})
    with pytest.raises(ModelError, match="its storage"):
        read_torch(path)


def test_a_zip_bomb(tmp_path: Path) -> None:
    """Zeros pack a thousand to one."""
    packed = torch_of(tmp_path / "p.pt", b"\x80\x02X" + (2 * 10**7).to_bytes(4, "little") + b"x" * (2 * 10**7) + b".", zipfile.ZIP_DEFLATED)
    assert packed.stat().st_size < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(ModelError, match=r"pkl has 20,000,008 bytes|pickle"):
            read_torch(packed)
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()
    storage = write_torch(tmp_path / "s.pt", {"a": TorchTensor(np.zeros(5_000_000))}, compression=zipfile.ZIP_DEFLATED)
    assert storage.stat().st_size < 100_000
    with pytest.raises(ModelError, match=r"unpacks? to 20,000,000 bytes"):
        read_torch(storage)
    order = torch_of(tmp_path / "o.pt", pickle.dumps({}, 2), zipfile.ZIP_DEFLATED, byteorder=b"little" + b" " * 3 * 10**7)
    tracemalloc.start()
    try:
        with pytest.raises(ModelError, match="holds no tensors"):
            read_torch(order)
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()
