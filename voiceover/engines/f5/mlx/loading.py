"""Loads named tensors into a network: exactly those that it has, and quantized only if they are stored that way."""

from __future__ import annotations

from collections.abc import Collection

import mlx.core as mx
import numpy as np
from mlx import nn
from mlx.utils import tree_flatten, tree_unflatten

from voiceover.engines.f5.choices import MLXPrecision
from voiceover.errors import ModelError
from voiceover.tensors.named import Quantized, Tensor, Weights

SHOWN = 10
"""Number of tensors of each kind that a message names."""
RUNNABLE_GROUPS = (32, 64, 128)


DTYPES = {MLXPrecision.FP32: mx.float32, MLXPrecision.FP16: mx.float16, MLXPrecision.BF16: mx.bfloat16, MLXPrecision.QUANTIZED: mx.float32}


def load_network(
    network: nn.Module,
    weights: Weights,
    precision: MLXPrecision,
    *,
    prefix: str = "",
    dense: Collection[str] = (),
    unused: Collection[str] = (),
) -> None:
    """Fill ``network`` from the sanitized tensors below ``prefix``, one tensor at a time.

    Matrices at the paths ``dense`` are never run quantized; tensors named ``unused`` may be there and are not read. Raises ModelError
    naming the first ten tensors that are missing, extra or misshapen, and for a quantization that MLX cannot run.
    """
    expected = {str(name): tuple(array.shape) for name, array in tree_flatten(network.parameters())}
    found = {name.removeprefix(prefix): name for name in weights.names() if name.startswith(prefix)}
    _check(weights, expected, found, unused, prefix)
    dtype = DTYPES[precision]
    linear = {f"{path}.weight": path for path, module in network.named_modules() if isinstance(module, nn.Linear) and path not in dense}
    swapped: list[tuple[str, nn.Module]] = []
    parameters: list[tuple[str, mx.array]] = []
    for path in expected:
        quantized = weights.quantized(found[path]) if precision is MLXPrecision.QUANTIZED and path in linear else None
        if quantized is None:
            parameters.append((path, _array(weights.tensor(found[path]), dtype)))
            continue
        stem = linear[path]
        swapped.append((stem, _quantized_linear(quantized, f"{stem}.bias" in expected, f"{weights.source}: {found[path]}")))
        parameters.append((path, _array(quantized.packed, mx.uint32)))
        parameters.append((f"{stem}.scales", _array(quantized.scales, dtype)))
        parameters.append((f"{stem}.biases", _array(quantized.biases, dtype)))
    network.update_modules(tree_unflatten(swapped))
    network.update(tree_unflatten(parameters))
    network.eval()


def _check(weights: Weights, expected: dict[str, tuple[int, ...]], found: dict[str, str], unused: Collection[str], prefix: str) -> None:
    missing = [f"{prefix}{name}" for name in expected if name not in found]
    extra = [raw for name, raw in found.items() if name not in expected and name not in unused]
    wrong = [
        f"{found[name]} {weights.shape(found[name])} instead of {shape}"
        for name, shape in expected.items()
        if name in found and weights.shape(found[name]) != shape
    ]
    problems = [f"{kind} {_first(names)}" for kind, names in (("missing", missing), ("extra", extra), ("misshapen", wrong)) if names]
    if problems:
        raise ModelError(f"{weights.source}: its tensors do not match the network: {'; '.join(problems)}")


def _first(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _quantized_linear(quantized: Quantized, bias: bool, what: str) -> nn.QuantizedLinear:
    if quantized.group_size not in RUNNABLE_GROUPS:
        raise ModelError(f"{what}: MLX supports groups of {RUNNABLE_GROUPS}, not of {quantized.group_size}; use --precision fp32")
    rows, columns = quantized.shape
    return nn.QuantizedLinear(columns, rows, bias, quantized.group_size, quantized.bits)


def _array(tensor: Tensor, dtype: mx.Dtype) -> mx.array:
    """Copy a tensor to the device at once, so that only one tensor is in memory twice."""
    array = mx.array(np.ascontiguousarray(tensor)).astype(dtype)
    mx.eval(array)
    return array
