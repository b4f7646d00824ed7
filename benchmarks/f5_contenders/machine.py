"""What the machine itself can: the products of a step by themselves through onnxruntime, in float32 and by every fast int8 kernel it has.

python machine.py THREADS
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from functools import cache

import numpy as np
import onnxruntime as ort
from line import answer
from onnx import TensorProto, helper, numpy_helper

BLOCK = 32
"""Of MatMulNBits; the sizes differ by a few percent."""
RUNS = 2
INT8 = {
    "MatMulInteger u8 x s8": ("MatMulInteger", np.int8),
    "MatMulInteger u8 x u8": ("MatMulInteger", np.uint8),
    "DynamicQuantizeMatMul s8": ("DynamicQuantizeMatMul", np.int8),
    "MatMulNBits 4 bits": ("MatMulNBits", 4),
    "MatMulNBits 8 bits": ("MatMulNBits", 8),
}


def session(
    node: str, domain: str, given: tuple[int, ...], out: int, constants: Mapping[str, np.ndarray], **how: int
) -> ort.InferenceSession:
    """One node over an input ``a`` and constants."""
    activations = [("a", *given)] if "b" in constants else [("a", *given), ("b", *given)]
    elements = {np.dtype(np.uint8): TensorProto.UINT8, np.dtype(np.float32): TensorProto.FLOAT}
    inputs = [
        helper.make_tensor_value_info(name, elements[np.dtype(np.uint8 if node == "MatMulInteger" else np.float32)], [None] * len(shape))
        for name, *shape in activations
    ]
    output = helper.make_tensor_value_info("y", out, None)
    made = helper.make_node(node, [*(name for name, *_ in activations), *constants], ["y"], domain=domain, **how)
    initializers = [numpy_helper.from_array(array, name) for name, array in constants.items()]
    graph = helper.make_graph([made], "product", inputs, [output], initializers)
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    options = ort.SessionOptions()
    options.intra_op_num_threads = THREADS
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@cache
def float_session(inner: int, columns: int, batched: bool) -> ort.InferenceSession:
    constants = {} if batched else {"b": DRAW.standard_normal((inner, columns)).astype(np.float32)}
    return session("MatMul", "", (0,) * (3 if batched else 2), TensorProto.FLOAT, constants)


@cache
def int8_session(kernel: str, inner: int, columns: int) -> ort.InferenceSession:
    node, kind = INT8[kernel]
    scales = np.full(columns, 0.01, np.float32)
    if node == "MatMulNBits":
        weights = DRAW.randint(0, 256, (columns, inner // BLOCK, BLOCK * kind // 8)).astype(np.uint8)
        constants = {"b": weights, "scales": np.full(columns * (inner // BLOCK), 0.01, np.float32)}
        how = {"K": inner, "N": columns, "bits": kind, "block_size": BLOCK, "accuracy_level": 4}
        return session(node, "com.microsoft", (0, 0), TensorProto.FLOAT, constants, **how)
    weights = DRAW.randint(-63, 64, (inner, columns)) + (128 if kind is np.uint8 else 0)
    constants = {"b": weights.astype(kind)}
    if node == "DynamicQuantizeMatMul":
        return session(node, "com.microsoft", (0, 0), TensorProto.FLOAT, {**constants, "scales": scales})
    constants |= {"a_zero": np.array(128, np.uint8), "b_zero": np.array(128 if kind is np.uint8 else 0, kind)}
    return session(node, "", (0, 0), TensorProto.INT32, constants)


def seconds(run: ort.InferenceSession, given: Mapping[str, np.ndarray]) -> float:
    run.run(None, given)
    found = []
    for _ in range(RUNS):
        started = time.perf_counter()
        run.run(None, given)
        found.append(time.perf_counter() - started)
    return min(found)


def products(shapes: list[list[int]]) -> dict[str, dict[str, float]]:
    """Seconds of all products (count, batch, rows, inner, columns, whether its weights can be int8) by kernel."""
    found: dict[str, dict[str, float]] = {}

    def add(kernel: str, part: str, spent: float) -> None:
        parts = found.setdefault(kernel, {"linear": 0.0, "rest": 0.0})
        parts[part] += spent

    for count, batch, rows, inner, columns, linear in shapes:
        left = DRAW.standard_normal((rows, inner)).astype(np.float32)
        if batch == 1:
            once = seconds(float_session(inner, columns, False), {"a": left})
        else:
            right = DRAW.standard_normal((inner, columns)).astype(np.float32)
            given = {"a": np.repeat(left[None], batch, 0), "b": np.repeat(right[None], batch, 0)}
            once = seconds(float_session(inner, columns, True), given)
        add("MatMul fp32", "linear" if linear else "rest", count * once)
        if linear:
            unsigned = np.clip(left * 40 + 128, 0, 255).astype(np.uint8)
            for kernel, (node, _) in INT8.items():
                run = int8_session(kernel, inner, columns)
                add(kernel, "linear", count * seconds(run, {"a": unsigned if node == "MatMulInteger" else left}))
    return found


THREADS = int(sys.argv[1])
DRAW = np.random.RandomState(0)
answer({"version": f"onnxruntime {ort.__version__}"}, products=products)
