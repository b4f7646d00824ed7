"""ONNX files of strangers are read without another library, and refused with one line before one loads them."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import hypothesis
import hypothesis.strategies as st
import pytest

from voiceover.errors import ModelError
from voiceover.tensors.onnx_file import DEEPEST, OnnxFile, StoredConstant, ValueType, expect_values, read_onnx

FLOAT, INT64 = 1, 7


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def message(field: int, *parts: bytes | str) -> bytes:
    content = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    return varint(field << 3 | 2) + varint(len(content)) + content


def value(field: int, name: str, kind: int, *sizes: int | str) -> bytes:
    """An input (11) or output (12) of a graph."""
    shape = message(2, *(message(1, number(1, size) if isinstance(size, int) else message(2, size)) for size in sizes))
    return message(field, message(1, name), message(2, message(1, number(1, kind), shape)))


def tensor(field: int, name: str, *parts: bytes, kind: int = FLOAT, sizes: tuple[int, ...] = (2,)) -> bytes:
    return message(field, *(number(1, size) for size in sizes), number(2, kind), message(8, name), *parts)


def node(operator: str, *parts: bytes, output: str = "y") -> bytes:
    return message(1, message(2, output), message(4, operator), *parts)


EIGHT_BYTES = message(9, bytes(8))
GRAPH = (
    value(11, "x", FLOAT, 1, "time"),
    value(11, "w", FLOAT, 2),
    value(12, "y", INT64),
    tensor(5, "w", EIGHT_BYTES),
    node("Add"),
)
HEAD, OPSET = number(1, 9), message(8, number(2, 20))


def model(*more: bytes, after: bytes = b"") -> bytes:
    return HEAD + message(7, *GRAPH, *more) + OPSET + after


def read(folder: Path, data: bytes) -> OnnxFile:
    path = folder / "voice.onnx"
    path.write_bytes(data)
    return read_onnx(path)


def refusal(folder: Path, data: bytes) -> str:
    with pytest.raises(ModelError) as caught:
        read(folder, data)
    said = str(caught.value)
    assert said.startswith(f"{folder / 'voice.onnx'}: ")
    assert "\n" not in said
    return said.removeprefix(f"{folder / 'voice.onnx'}: ")


def test_what_a_file_contains(tmp_path: Path) -> None:
    found = read(tmp_path, model(node("If", message(5, message(6, node("Sin", output="inner"))), output="z")))
    data = (tmp_path / "voice.onnx").read_bytes()
    assert found.inputs == {"x": ValueType(FLOAT, (1, "time"))}
    assert found.outputs == {"y": ValueType(INT64, ())}
    assert found.constants == {"w": StoredConstant(FLOAT, (2,), data.index(EIGHT_BYTES) + 2, 8)}
    assert found.operators == {"Add", "If", "Sin"}
    assert found.values == {"y", "z"}
    assert found.nodes == 3


def test_it_reads_what_the_package_onnx_writes(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    make = onnx.helper
    weights = [make.make_tensor(f"w{kind}", kind, [3], [1, 0, 1]) for kind in (1, 2, 3, 6, 7, 9, 10, 11, 13, 16, 21, 22)]
    words = make.make_tensor("words", onnx.TensorProto.STRING, [2], ["a", ""])
    graph = make.make_graph(
        [make.make_node("Conv", ["x", "w1"], ["y"], pads=[1, 1])],
        "g",
        [make.make_tensor_value_info("x", FLOAT, ["n"])],
        [make.make_tensor_value_info("y", FLOAT, None)],
        [*weights, words],
    )
    found = read(tmp_path, make.make_model(graph).SerializeToString())
    assert len(found.constants) == 13
    assert found.outputs == {"y": ValueType(FLOAT, None)}


@pytest.mark.parametrize("data", [b"", b"A script, not a model.\n", b"PK\x03\x04", bytes(1000), b"\xff" * 1000])
def test_another_format(tmp_path: Path, data: bytes) -> None:
    assert "not an ONNX file" in refusal(tmp_path, data)


def test_a_folder_or_nothing_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="not an ONNX file"):
        read_onnx(tmp_path)
    with pytest.raises(ModelError, match="cannot be read: No such file"):
        read_onnx(tmp_path / "none.onnx")


def test_a_file_that_is_cut_off_anywhere(tmp_path: Path) -> None:
    whole = model()
    for length in range(1, len(whole)):
        assert "not an ONNX file, or cut off or damaged" in refusal(tmp_path, whole[:length]), length


def test_a_file_of_three_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "voice.onnx"
    with path.open("wb") as file:
        file.truncate(3_000_000_000)
    with pytest.raises(ModelError, match="it has 3,000,000,000 bytes"):
        read_onnx(path)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((tensor(5, "v", EIGHT_BYTES, sizes=(750_000_000,)),), "tensor v of 750,000,000 values has 8 bytes of data"),
        ((tensor(5, "v", message(4, bytes(8)), sizes=(750_000_000,)),), "tensor v of 750,000,000 values has 8 bytes of data"),
        ((tensor(5, "v", EIGHT_BYTES, sizes=(1 << 62, 1 << 62)),), "tensor v of "),
        ((tensor(5, "v", EIGHT_BYTES, sizes=(-2, -1)),), "a negative size in the shape of tensor v"),
        ((tensor(5, "v"),), "tensor v of 2 values has 0 bytes of data"),
        ((node("Constant", message(5, tensor(5, "v", sizes=(1 << 40,)))),), "tensor v of 1,099,511,627,776 values"),
        ((node("If", message(5, message(6, tensor(5, "v", sizes=(9,))))),), "tensor v of 9 values"),
        ((varint(1 << 3 | 2) + varint(3_000_000_000) + b"x",), "3,000,000,000 bytes are announced"),
        ((varint(1 << 3 | 3),), "no such form of a field"),
        ((node("Add", message(7, b"\xff\xfe")),), "'utf-8' codec can't decode"),
    ],
)
def test_sizes_that_lie(tmp_path: Path, parts: tuple[bytes, ...], said: str) -> None:
    tracemalloc.start()
    found = refusal(tmp_path, model(*parts))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.startswith("not an ONNX file, or cut off or damaged (")
    assert said in found
    assert peak < 1_000_000


OUTSIDE = message(13, message(1, "location"), message(2, "/etc/passwd"))


@pytest.mark.parametrize(
    "part",
    [
        tensor(5, "v", OUTSIDE),
        tensor(5, "v", number(14, 1)),
        tensor(5, "v", EIGHT_BYTES, OUTSIDE),
        node("Constant", message(5, tensor(5, "v", OUTSIDE))),
        node("Constant", message(5, tensor(10, "v", OUTSIDE))),
        node("Loop", message(5, message(6, tensor(5, "v", OUTSIDE)))),
        node("If", message(5, message(11, node("If", message(5, message(6, tensor(5, "v", OUTSIDE))))))),
    ],
)
def test_tensors_in_other_files(tmp_path: Path, part: bytes) -> None:
    assert refusal(tmp_path, model(part)) == "keeps the tensor v in another file; only models in one file are read"


@pytest.mark.parametrize("part", [node("Run", message(7, "evil")), node("If", message(5, message(6, node("Run", message(7, "evil")))))])
def test_operators_of_others(tmp_path: Path, part: bytes) -> None:
    assert refusal(tmp_path, model(part)) == 'needs the operator Run of "evil", which onnxruntime does not have'


def nested(depth: int) -> bytes:
    inner = node("Add")
    for _ in range(depth):
        inner = node("If", message(5, message(6, inner)))
    return inner


def test_graphs_within_graphs(tmp_path: Path) -> None:
    assert read(tmp_path, model(nested(DEEPEST))).nodes == DEEPEST + 2
    assert refusal(tmp_path, model(nested(DEEPEST + 1))) == f"nests graphs more than {DEEPEST} deep"
    assert refusal(tmp_path, model(nested(2000))) == f"nests graphs more than {DEEPEST} deep"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (model(message(15, b"")), "has sparse tensors"),
        (model(node("Constant", message(5, message(22, b"")))), "has sparse tensors"),
        (model(after=message(25, b"")), "has training steps or functions of its own, which are not used here"),
        (model(after=message(7, *GRAPH)), "not an ONNX file, or cut off or damaged (2 graphs instead of one)"),
        (HEAD + OPSET, "not an ONNX file, or cut off or damaged (0 graphs instead of one)"),
    ],
)
def test_what_no_voice_needs(tmp_path: Path, data: bytes, said: str) -> None:
    assert refusal(tmp_path, data) == said


def test_very_many_nodes_are_refused_soon(tmp_path: Path) -> None:
    start = time.process_time()
    assert refusal(tmp_path, HEAD + message(7, message(1, b"") * 400_000) + OPSET) == "has more than 200,000 nodes"
    assert time.process_time() - start < 10


@hypothesis.given(st.integers(0, len(model()) - 1), st.binary(min_size=1, max_size=6))
def test_any_damage_ends_in_a_result_or_in_one_line(tmp_path_factory: pytest.TempPathFactory, place: int, change: bytes) -> None:
    data = model()
    path = tmp_path_factory.getbasetemp() / "damaged.onnx"
    path.write_bytes(data[:place] + change + data[place + len(change) :])
    try:
        read_onnx(path)
    except ModelError as error:
        assert "\n" not in str(error)


def test_the_model_of_another_network(tmp_path: Path) -> None:
    found = read(tmp_path, model())
    path = tmp_path / "voice.onnx"
    expect_values(path, found, {"x": FLOAT}, {"y": INT64}, "a voice")
    with pytest.raises(ModelError, match=r"voice\.onnx: not a voice: its inputs are x \(float32\), and should be tokens \(int64\)"):
        expect_values(path, found, {"tokens": INT64}, {}, "a voice")
    with pytest.raises(ModelError, match=r"its outputs are y \(int64\), and should include y \(float32\)"):
        expect_values(path, found, {"x": FLOAT}, {"y": FLOAT}, "a voice")
