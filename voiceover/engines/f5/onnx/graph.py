"""An ONNX graph, written node by node; large tensors go straight into a file beside it (ONNX IR: "External Data")."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from voiceover.engines.onnx_runtime import LARGE_BYTES

OPSET = 20
MICROSOFT = "com.microsoft"
"""Domain of onnxruntime's own operators."""
IR_VERSION = 10
ALIGNMENT = 65536
"""Alignment of tensors in the file that every system can map."""

FLOAT, INT32, INT64 = TensorProto.FLOAT, TensorProto.INT32, TensorProto.INT64


class GraphBuilder:
    """Collects the nodes of one graph. Values are the names of tensors; every method that makes one returns its name."""

    def __init__(self, data: BinaryIO) -> None:
        """``data`` is the file of large tensors, open for writing."""
        self._data = data
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._small: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._inputs: list[Any] = []
        self._count = itertools.count()

    def input(self, name: str, shape: Sequence[int | str], kind: int = FLOAT) -> str:
        """Add an input; a word in its shape is a size that varies between calls."""
        self._inputs.append(helper.make_tensor_value_info(name, kind, list(shape)))
        return name

    def node(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add an operator with one output; an empty name omits an input."""
        return self.nodes(operator, *inputs, outputs=1, domain=domain, **attributes)[0]

    def nodes(self, operator: str, *inputs: str, outputs: int, domain: str = "", **attributes: Any) -> list[str]:
        """Add an operator with several outputs."""
        names = [f"{operator}_{next(self._count)}" for _ in range(outputs)]
        self._nodes.append(helper.make_node(operator, list(inputs), names, domain=domain, **attributes))
        return names

    def constant(self, array: Any) -> str:
        """Add a tensor; small ones that are equal are stored once."""
        array = np.ascontiguousarray(array)
        if array.nbytes >= LARGE_BYTES:
            return self._large(array)
        key = array.dtype.str, array.shape, array.tobytes()
        if key not in self._small:
            self._small[key] = name = f"constant_{next(self._count)}"
            self._constants.append(numpy_helper.from_array(array, name))
        return self._small[key]

    def shape(self, *sizes: int) -> str:
        """Add a list of integers, such as a shape or axes."""
        return self.constant(np.array(sizes, np.int64))

    def number(self, value: float) -> str:
        """Add one float32."""
        return self.constant(np.float32(value))

    def save(self, path: Path, outputs: dict[str, str]) -> None:
        """Write the graph; ``outputs`` names its outputs. It refers to the large tensors by the name of their file."""
        results = []
        for name, value in outputs.items():
            self._nodes.append(helper.make_node("Identity", [value], [name]))
            results.append(helper.make_tensor_value_info(name, FLOAT, None))
        graph = helper.make_graph(self._nodes, path.stem, self._inputs, results, self._constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="voiceover")
        path.write_bytes(model.SerializeToString())

    def _large(self, array: Any) -> str:
        name = f"weight_{next(self._count)}"
        self._data.write(b"\0" * (-self._data.tell() % ALIGNMENT))
        tensor = TensorProto(name=name, data_type=helper.np_dtype_to_tensor_dtype(array.dtype), data_location=TensorProto.EXTERNAL)
        tensor.dims.extend(array.shape)
        place = {"location": Path(self._data.name).name, "offset": self._data.tell(), "length": array.nbytes}
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
        self._data.write(memoryview(array).cast("B"))
        self._constants.append(tensor)
        return name
