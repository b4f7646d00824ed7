"""Reads what an ONNX file contains, without loading it (onnx.proto3; protobuf.dev, "Encoding").

onnxruntime and the package onnx trust the sizes in a file, open other files that it names, and load all of it before they complain. This
reader walks over the memory-mapped file first, and needs neither of them.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from voiceover.errors import ModelError

DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
"""Domains of the operators that onnxruntime brings itself."""
MOST_BYTES = (1 << 31) - 1
"""Limit of protobuf for one file."""
MOST_NODES = 200_000
DEEPEST = 8
"""Limits of the nodes of a file, and of the nesting of its graphs."""
_EXTERNAL = 1
_BITS = {1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128, 16: 16, 17: 8, 18: 8, 19: 8}
_BITS |= {20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2}
"""Bits of a value of each type (TensorProto.DataType); strings, 8, have no fixed size."""
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class ValueType:
    """Type of an input or output."""

    kind: int
    """Data type (TensorProto.DataType); 0 if not stated, or not a tensor."""
    shape: tuple[int | str, ...] | None
    """A word or "" for a size that varies; None if not stated."""


@dataclass(frozen=True, slots=True)
class StoredConstant:
    """A tensor of the main graph."""

    kind: int
    shape: tuple[int, ...]
    offset: int
    """Position of its bytes in the file; 0 if they are not stored as such."""
    length: int


@dataclass(slots=True)
class OnnxFile:
    """What an ONNX file contains."""

    inputs: dict[str, ValueType] = field(default_factory=dict)
    """Inputs of the graph that are not constants."""
    outputs: dict[str, ValueType] = field(default_factory=dict)
    constants: dict[str, StoredConstant] = field(default_factory=dict)
    operators: set[str] = field(default_factory=set)
    """Names of all operators, those of inner graphs too."""
    values: set[str] = field(default_factory=set)
    """Names of all that the nodes of the main graph return."""
    nodes: int = 0


def read_onnx(path: Path) -> OnnxFile:
    """Check an ONNX file and return what it contains.

    Raises ModelError if it is another format, truncated, keeps tensors in other files, has tensors that are larger than their data, or
    needs operators that onnxruntime does not bring.
    """
    try:
        size = path.stat().st_size
        if not path.is_file() or not 0 < size <= MOST_BYTES:
            raise ModelError(f"{path}: not an ONNX file: it has {size:,} bytes, and an ONNX file 1 to {MOST_BYTES:,}")
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _Reader(path, data).read()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror or error}") from error


def expect_values(path: Path, found: OnnxFile, inputs: Mapping[str, int], outputs: Mapping[str, int], what: str) -> None:
    """Raise ModelError unless the graph has exactly the ``inputs``, and the ``outputs`` among others; the numbers are their data types."""
    have = {name: value.kind for name, value in found.inputs.items()}
    if have != dict(inputs):
        raise ModelError(f"{path}: not {what}: its inputs are {_listed(have)}, and should be {_listed(inputs)}")
    have = {name: value.kind for name, value in found.outputs.items()}
    if dict(outputs).items() - have.items():
        raise ModelError(f"{path}: not {what}: its outputs are {_listed(have)}, and should include {_listed(outputs)}")


_KINDS = {1: "float32", 2: "uint8", 3: "int8", 6: "int32", 7: "int64", 9: "bool", 10: "float16", 11: "float64"}


def _listed(values: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({_KINDS.get(kind, f'type {kind}')})" for name, kind in sorted(values.items())[:8]) or "none"


class _CutOffError(Exception):
    """A length that leads beyond what contains it, or a form that protobuf does not have."""


class _Reader:
    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self._path, self._data = path, data
        self._found = OnnxFile()

    def read(self) -> OnnxFile:
        try:
            self._model(0, len(self._data))
        except (_CutOffError, UnicodeDecodeError) as error:
            raise ModelError(f"{self._path}: not an ONNX file, or cut off or damaged ({error})") from error
        for name in self._found.constants:
            self._found.inputs.pop(name, None)
        return self._found

    def _model(self, start: int, stop: int) -> None:
        graphs, operator_sets = [], 0
        for number, kind, first, last in self._fields(start, stop):
            if number == 7 and kind == _BYTES:
                graphs.append((first, last))
            elif number == 8:
                operator_sets += 1
            elif number in (20, 25):
                self._refuse("has training steps or functions of its own, which are not used here")
        if len(graphs) != 1:
            raise _CutOffError(f"{len(graphs)} graphs instead of one")
        if not operator_sets:
            raise _CutOffError("no set of operators is named")
        self._graph(*graphs[0], 0)

    def _graph(self, start: int, stop: int, depth: int) -> None:
        if depth > DEEPEST:
            self._refuse(f"nests graphs more than {DEEPEST} deep")
        for number, kind, first, last in self._fields(start, stop):
            if kind != _BYTES:
                continue
            if number == 1:
                self._node(first, last, depth)
            elif number == 5:
                name, constant = self._tensor(first, last)
                if not depth:
                    self._found.constants[name] = constant
            elif number in (11, 12) and not depth:
                name, value = self._value(first, last)
                (self._found.inputs if number == 11 else self._found.outputs)[name] = value
            elif number == 15:
                self._refuse("has sparse tensors")

    def _node(self, start: int, stop: int, depth: int) -> None:
        operator = domain = ""
        for number, kind, first, last in self._fields(start, stop):
            if kind != _BYTES:
                continue
            if number == 4:
                operator = self._text(first, last)
            elif number == 7:
                domain = self._text(first, last)
            elif number == 2 and not depth:
                self._found.values.add(self._text(first, last))
            elif number == 5:
                self._attribute(first, last, depth)
        if domain not in DOMAINS:
            self._refuse(f'needs the operator {operator} of "{domain}", which onnxruntime does not have')
        self._found.operators.add(operator)
        self._found.nodes += 1
        if self._found.nodes > MOST_NODES:
            self._refuse(f"has more than {MOST_NODES:,} nodes")

    def _attribute(self, start: int, stop: int, depth: int) -> None:
        for number, kind, first, last in self._fields(start, stop):
            if kind != _BYTES:
                continue
            if number in (5, 10):
                self._tensor(first, last)
            elif number in (6, 11):
                self._graph(first, last, depth + 1)
            elif number in (22, 23):
                self._refuse("has sparse tensors")

    def _tensor(self, start: int, stop: int) -> tuple[str, StoredConstant]:
        name, kind, offset, stored = "", 0, 0, 0
        shape: list[int] = []
        for number, wire, first, last in self._fields(start, stop):
            if number == 1:
                shape += self._integers(wire, first, last)
            elif number == 2 and wire == _VARINT:
                kind = first
            elif number == 8 and wire == _BYTES:
                name = self._text(first, last)
            elif number == 9 and wire == _BYTES:
                offset, stored = first, last - first
            elif number in (4, 5, 6, 7, 10, 11):
                stored += max(1, last - first) if wire == _BYTES else 8
            elif number == 13 or (number == 14 and wire == _VARINT and first == _EXTERNAL):
                self._refuse(f"keeps the tensor {name} in another file; only models in one file are read")
        if any(size < 0 for size in shape):
            raise _CutOffError(f"a negative size in the shape of tensor {name}")
        count = math.prod(shape)
        if not _fits(count, kind, stored, as_bytes=offset > 0):
            raise _CutOffError(f"tensor {name} of {count:,} values has {stored:,} bytes of data")
        return name, StoredConstant(kind, tuple(shape), offset, stored if offset else 0)

    def _value(self, start: int, stop: int) -> tuple[str, ValueType]:
        name, value = "", ValueType(0, None)
        for number, wire, first, last in self._fields(start, stop):
            if number == 1 and wire == _BYTES:
                name = self._text(first, last)
            elif number == 2 and wire == _BYTES:
                for inner, form, low, high in self._fields(first, last):
                    if inner == 1 and form == _BYTES:
                        value = self._tensor_type(low, high)
        return name, value

    def _tensor_type(self, start: int, stop: int) -> ValueType:
        kind, shape = 0, None
        for number, wire, first, last in self._fields(start, stop):
            if number == 1 and wire == _VARINT:
                kind = first
            elif number == 2 and wire == _BYTES:
                shape = tuple(
                    self._size(low, high) for inner, form, low, high in self._fields(first, last) if inner == 1 and form == _BYTES
                )
        return ValueType(kind, shape)

    def _size(self, start: int, stop: int) -> int | str:
        size: int | str = ""
        for number, wire, first, last in self._fields(start, stop):
            if number == 1 and wire == _VARINT:
                size = first
            elif number == 2 and wire == _BYTES:
                size = self._text(first, last)
        return size

    def _fields(self, start: int, stop: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield number and form of each field, and where its bytes begin and end; for a number, its value twice."""
        data, at = self._data, start
        while at < stop:
            tag = data[at]
            at += 1
            if tag > 127:
                tag, at = self._varint(at - 1, stop)
            form = tag & 7
            if form == _BYTES:
                length, at = self._varint(at, stop)
                if length > stop - at:
                    raise _CutOffError(f"{length:,} bytes are announced at byte {at:,}, where {stop - at:,} are left")
                yield tag >> 3, form, at, at + length
                at += length
            elif form == _VARINT:
                value, at = self._varint(at, stop)
                yield tag >> 3, form, value, value
            elif form in (_EIGHT, _FOUR):
                width = 8 if form == _EIGHT else 4
                if width > stop - at:
                    raise _CutOffError(f"a number at byte {at:,} is cut off")
                yield tag >> 3, form, at, at + width
                at += width
            else:
                raise _CutOffError(f"no such form of a field, at byte {at - 1:,}")

    def _varint(self, at: int, stop: int) -> tuple[int, int]:
        value = 0
        for shift in range(0, 70, 7):
            if at >= stop:
                raise _CutOffError(f"a number at byte {at:,} is cut off")
            byte = self._data[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value, at
        raise _CutOffError(f"a number of more than ten bytes at byte {at:,}")

    def _integers(self, wire: int, first: int, last: int) -> list[int]:
        if wire == _VARINT:
            return [_signed(first)]
        found, at = [], first
        while at < last:
            value, at = self._varint(at, last)
            found.append(_signed(value))
        return found

    def _text(self, first: int, last: int) -> str:
        return self._data[first:last].decode("utf-8")

    def _refuse(self, why: str) -> None:
        raise ModelError(f"{self._path}: {why}")


def _fits(count: int, kind: int, stored: int, *, as_bytes: bool) -> bool:
    """Return True if ``count`` values of a type can be stored in so many bytes."""
    bits = _BITS.get(kind, 0)
    if as_bytes:
        return stored == (count * bits + 7) // 8
    # As numbers they take at least one byte each, but several of less than eight bits share one; strings have no size of their own.
    return 8 * stored >= count * min(bits or 8, 8)


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value
