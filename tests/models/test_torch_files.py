"""Files of torch.save, written operation by operation: what a tensor may be, and what is said of a damaged one."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from voiceover.errors import ModelError
from voiceover.tensors.named import Tensor
from voiceover.tensors.stored import StoredWeights
from voiceover.tensors.torch_file import read_torch

NUMBERS = np.arange(12, dtype="<f4")
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def pair(*values: bytes) -> bytes:
    """A tuple."""
    return b"(" + b"".join(values) + b"t"


def numbers(*values: int) -> bytes:
    return pair(*map(number, values))


def storage(kind: str = "FloatStorage", count: int = 12, *, key: bytes = text("0"), tag: str = "storage") -> bytes:
    return pair(text(tag), f"ctorch\n{kind}\n".encode(), key, text("cpu"), number(count)) + b"Q"


def tensor(
    stored: bytes = storage(),
    offset: bytes = number(0),
    shape: bytes = numbers(3, 4),
    strides: bytes = numbers(4, 1),
    rebuild: bytes = REBUILD,
) -> bytes:
    return rebuild + pair(stored, offset, shape, strides, b"\x89", b"N") + b"R"


def table(**values: bytes) -> bytes:
    return b"}(" + b"".join(text(key) + value for key, value in values.items()) + b"u"


def write(path: Path, steps: bytes, data: bytes | None = NUMBERS.tobytes(), root: str = "archive/", **more: str) -> Path:
    """``data``: the content of the storage "0"."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{root}data.pkl", b"\x80\x02" + steps + b".")
        if data is not None:
            archive.writestr(f"{root}data/0", data)
        for name, content in more.items():
            archive.writestr(f"{root}{name}", content)
    return path


def values(path: Path, steps: bytes, data: bytes = NUMBERS.tobytes()) -> Tensor:
    return read_torch(write(path, table(a=steps), data)).tensor("a")


def test_a_tensor_is_a_view_of_its_storage(tmp_path: Path) -> None:
    path = tmp_path / "m.pt"
    np.testing.assert_array_equal(values(path, tensor()), NUMBERS.reshape(3, 4))
    np.testing.assert_array_equal(values(path, tensor(shape=numbers(4, 3), strides=numbers(1, 4))), NUMBERS.reshape(3, 4).T)
    np.testing.assert_array_equal(values(path, tensor(offset=number(5), shape=numbers(7), strides=numbers(1))), NUMBERS[5:])
    np.testing.assert_array_equal(
        values(path, tensor(offset=number(2), shape=numbers(2, 3), strides=numbers(5, 2))), [[2, 4, 6], [7, 9, 11]]
    )
    assert values(path, tensor(shape=numbers(), strides=numbers())) == 0.0
    assert values(path, tensor(shape=numbers(0, 4), strides=numbers(4, 1))).shape == (0, 4)
    assert values(path, tensor(storage(count=0), shape=numbers(0), strides=numbers(1)), b"").shape == (0,)


@pytest.mark.parametrize(
    ("kind", "dtype", "wanted"),
    [
        ("FloatStorage", "<f4", np.float32),
        ("DoubleStorage", "<f8", np.float64),
        ("HalfStorage", "<f2", np.float16),
        ("LongStorage", "<i8", np.int64),
        ("IntStorage", "<i4", np.int32),
        ("ShortStorage", "<i2", np.int16),
        ("CharStorage", "i1", np.int8),
        ("ByteStorage", "u1", np.uint8),
        ("BoolStorage", "?", np.bool_),
    ],
)
def test_every_kind_of_storage(kind: str, dtype: str, wanted: type[np.generic], tmp_path: Path) -> None:
    content = NUMBERS.astype(dtype)
    found = values(tmp_path / "m.pt", tensor(storage(kind)), content.tobytes())
    assert found.dtype == wanted
    np.testing.assert_array_equal(found, content.reshape(3, 4))


def test_bfloat16_comes_as_float32(tmp_path: Path) -> None:
    halves = (NUMBERS.view("<u4") >> 16).astype("<u2")
    found = values(tmp_path / "m.pt", tensor(storage("BFloat16Storage")), halves.tobytes())
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, NUMBERS.reshape(3, 4))


TENSORS = {
    "a number in place of the storage": (tensor(number(12)), "not built from a storage"),
    "a text in place of the offset": (tensor(offset=text("0")), "not built from a storage"),
    "a list in place of the shape": (tensor(shape=b"]"), "not built from a storage"),
    "a number in place of the strides": (tensor(strides=number(1)), "not built from a storage"),
    "a negative length": (tensor(shape=numbers(-3, 4)), "an impossible shape"),
    "a text for a length": (tensor(shape=pair(text("3"), number(4))), "an impossible shape"),
    "a negative step": (tensor(strides=numbers(-4, 1)), "an impossible shape"),
    "a negative offset": (tensor(offset=number(-1)), "an impossible shape"),
    "fewer strides than lengths": (tensor(strides=numbers(1)), "an impossible shape"),
    "more strides than lengths": (tensor(shape=numbers(3), strides=numbers(4, 1)), "an impossible shape"),
    "one number past the storage": (tensor(offset=number(1)), "reaches past its storage"),
    "a step past the storage": (tensor(strides=numbers(5, 1)), "reaches past its storage"),
    "one number used again and again": (tensor(shape=numbers(13), strides=numbers(0)), "reaches past its storage"),
    "a number of nothing": (tensor(storage(count=0), shape=numbers(1), strides=numbers(1)), "reaches past its storage"),
    "a storage of another kind": (tensor(storage(tag="module")), "an unknown kind of storage"),
    "a storage of fewer than no numbers": (tensor(storage(count=-1)), "an unknown kind of storage"),
    "a storage whose key is a number": (tensor(storage(key=number(0))), "an unknown kind of storage"),
    "a storage that is a text": (tensor(text("0") + b"Q"), "an unknown kind of storage"),
    "a function that is none": (tensor(rebuild=text("f")), "is called"),
    "arguments that are no tuple": (REBUILD + b"]R", "is called"),
}
"""What stands for a tensor, and what is said of it."""


@pytest.mark.parametrize("name", TENSORS)
def test_a_tensor_that_is_none(name: str, tmp_path: Path) -> None:
    steps, said = TENSORS[name]
    path = write(tmp_path / "m.pt", table(a=steps))
    with pytest.raises(ModelError, match=f"its pickle cannot be read: .*{said}") as caught:
        read_torch(path)
    assert str(caught.value).startswith(f"{path}: ")


PICKLES = {
    "an operation that no tensor needs": (b"I1\n", "the operation b'I'"),
    "a text that is cut short": (b"X\xff\x00\x00\x00abc", "it is cut short"),
    "a number that is cut short": (b"J\x01", "it is cut short"),
    "a mark in place of a value": (b"(\x85", "a mark .* a value"),
    "no mark": (b"K\x00t", "a mark is missing"),
    "no mark for a table": (b"K\x00K\x00d", "a mark is missing"),
    "an item for no list": (b"}K\x00a", "a list is "),
    "a key for no table": (b"]K\x00K\x00s", "a dict is "),
    "a table as a key": (b"}}K\x00s", "a dict .*key"),
    "a tuple as a key": (b"})K\x00s", "a tuple .*key"),
    "a key without a value": (b"}(K\x00u", "its pickle cannot be read"),
    "a place of the memo that was never filled": (b"h\x07", "its pickle cannot be read"),
    "a shape of too many numbers": (b"ctorch\nSize\n" + pair(numbers(*range(65))) + b"R", "too (many|long)"),
    "no bytes": (b"", "its pickle cannot be read"),
}


@pytest.mark.parametrize("name", PICKLES)
def test_a_pickle_that_is_damaged(name: str, tmp_path: Path) -> None:
    steps, said = PICKLES[name]
    with pytest.raises(ModelError, match=f"its pickle cannot be read: .*{said}" if "cannot" not in said else said):
        read_torch(write(tmp_path / "m.pt", steps))


def test_a_shape_of_sixty_four_numbers_is_read(tmp_path: Path) -> None:
    found = read_torch(write(tmp_path / "m.pt", table(a=tensor(), b=b"ctorch\nSize\n" + pair(numbers(*range(64))) + b"R")))
    assert found.names() == ("a",)


@pytest.mark.parametrize("steps", [b"cos\nsystem\n", text("os") + text("system") + b"\x93"])
def test_a_name_that_no_tensor_needs_is_refused(steps: bytes, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"refused: its pickle asks for os\.system, .*nothing was run\. Use a \.safetensors file instead"):
        read_torch(write(tmp_path / "m.pt", steps))


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    for steps in (number(1) + text("system"), text("os") + number(1)):
        with pytest.raises(ModelError, match="refused: its pickle asks for "):
            read_torch(write(tmp_path / "m.pt", steps + b"\x93"))


def test_a_pickle_of_more_than_four_megabytes_is_not_read(tmp_path: Path) -> None:
    steps = table(a=tensor())
    more = (4 << 20) - len(steps) - 3  # beside the protocol and the stop
    found = read_torch(write(tmp_path / "m.pt", steps + b"K\x000" * (more % 2) + b"N0" * ((more - more % 2 * 3) // 2)))
    assert found.names() == ("a",)
    with pytest.raises(ModelError, match=r"its pickle cannot be read: it has 4,194,305 bytes; .*4,194,304"):
        read_torch(write(tmp_path / "m.pt", steps + b"N0" * (2 << 20)))


@pytest.mark.parametrize("data", [None, NUMBERS.tobytes()[:-1], NUMBERS.tobytes() + b"\0", b""])
def test_a_storage_that_is_missing_or_of_another_length(data: bytes | None, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="the storage of tensor a is missing or cut short"):
        read_torch(write(tmp_path / "m.pt", table(a=tensor()), data))


def test_files_that_are_none_of_torch(tmp_path: Path) -> None:
    path = tmp_path / "m.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/words.txt", "x")
    with pytest.raises(ModelError, match=r"not a file of torch\.save: it holds 0 data\.pkl where one is expected"):
        read_torch(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/data.pkl", "x")
        archive.writestr("b/data.pkl", "x")
    with pytest.raises(ModelError, match=r"it holds 2 data\.pkl where one is expected"):
        read_torch(path)
    with pytest.raises(
        ModelError, match="holds no tensors; looked at the top and under ema_model_state_dict, model_state_dict, state_dict"
    ):
        read_torch(write(path, b"]"))
    with pytest.raises(ModelError, match="written on a big-endian machine"):
        read_torch(write(path, table(a=tensor()), byteorder="big"))
    with pytest.raises(ModelError, match="cannot be read: "):
        read_torch(tmp_path / "absent.pt")


def test_the_order_of_bytes_may_be_unsaid_and_the_folder_missing(tmp_path: Path) -> None:
    for root, more in (("archive/", {}), ("", {}), ("a/b/", {"byteorder": "little\n"})):
        found = read_torch(write(tmp_path / "m.pt", table(a=tensor()), root=root, **more))
        np.testing.assert_array_equal(found.tensor("a"), NUMBERS.reshape(3, 4))


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        (("state_dict",), "state_dict"),
        (("state_dict", "model_state_dict"), "model_state_dict"),
        (("state_dict", "model_state_dict", "ema_model_state_dict"), "ema_model_state_dict"),
        ((), ""),
    ],
)
def test_where_the_tensors_of_a_checkpoint_are(keys: tuple[str, ...], chosen: str, tmp_path: Path) -> None:
    states = {key: table(**{f"of_{key}": tensor(), "epoch": number(7)}) for key in keys}
    found = read_torch(write(tmp_path / "m.pt", table(**states, of_=tensor(), update=number(9), name=text("x"))))
    assert found.names() == (f"of_{chosen}",)
    assert found.metadata == {"state": chosen} | ({"epoch": "7"} if chosen else {"update": "9", "name": "x"})


def test_a_tensor_that_a_file_has_not_is_asked_for_by_name() -> None:
    weights = StoredWeights("f", {})
    for ask in (weights.tensor, weights.shape, weights.quantized):
        with pytest.raises(ModelError, match=r"^f: has no tensor w$"):
            ask("w")
