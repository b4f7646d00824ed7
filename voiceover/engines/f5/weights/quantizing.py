"""Quantizing an F5 network: which tensors, and what happens to each.

Matrices of linear layers whose width the group size divides are quantized; embeddings, convolutions, norms, the vocoder and the
duration predictor stay as they are. Rowwise int4 takes convolutions too, and the rest as float16.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from voiceover.engines.f5.weights.writing import is_rowwise, quantized_bytes, rowwise_bytes, write_bundle, write_quantized
from voiceover.errors import ModelError
from voiceover.tensors.named import Weights
from voiceover.types.models import QuantizeRow

BITS = (4, 8)
GROUPS = (32, 64, 128)
_EMBEDDING = "transformer.text_embed.text_embed.weight"


@dataclass(frozen=True, slots=True)
class QuantizeOptions:
    """How matrices are quantized."""

    bits: int = 4
    group_size: int = 64
    rowwise: bool = False
    """True for an int4 bundle with one scale per row."""

    @property
    def suffix(self) -> str:
        return "int4" if self.rowwise else f"{self.bits}bit" if self.group_size == 64 else f"{self.bits}bit-g{self.group_size}"


def read_options(options: Mapping[str, str]) -> QuantizeOptions:
    """Read the values of --bits, --group and --rowwise."""
    return QuantizeOptions(int(options.get("bits", 4)), int(options.get("group", 64)), "rowwise" in options)


def quantize(dit: Weights, how: QuantizeOptions, name: str, folder: Path) -> Path:
    """Write the quantized network of the model ``name`` into ``folder``; return the new file or bundle. OSError passes."""
    made = folder / "bundle" if how.rowwise else folder / f"model_{how.bits}b.safetensors"
    if how.rowwise:
        write_bundle(dit, name, made)
    else:
        write_quantized(dit, quantizable(dit, how.group_size), how.bits, how.group_size, made)
    return made


def plan_quantize(dit: Weights, how: QuantizeOptions) -> list[QuantizeRow]:
    """Return what happens to the tensors of a network. Raises ModelError if it is quantized already, and for impossible options."""
    if not how.rowwise and (how.bits not in BITS or how.group_size not in GROUPS):
        raise ModelError(f"quantize to {' or '.join(map(str, BITS))} bits in groups of {', '.join(map(str, GROUPS))}")
    names = dit.names()
    if any(len(dit.shape(name)) == 2 and dit.quantized(name) is not None for name in names):
        raise ModelError(f"{dit.source}: quantized already; quantize from the model in full precision")
    chosen = {name for name in names if is_rowwise(name, dit.shape(name))} if how.rowwise else quantizable(dit, how.group_size)
    if not chosen:
        raise ModelError(f"{dit.source}: has no linear layer whose width {how.group_size} divides")

    def after(name: str) -> int:
        shape = dit.shape(name)
        if name not in chosen:
            return math.prod(shape) * (2 if how.rowwise else 4)
        return rowwise_bytes(shape) if how.rowwise else quantized_bytes((shape[0], shape[1]), how.bits, how.group_size)

    linear = {name for name in names if is_linear(name, dit)}
    kept = f"linear layers whose width {how.group_size} does not divide"
    made = "4 bits, a scale per row" if how.rowwise else f"{how.bits} bits, groups of {how.group_size}"
    groups: list[tuple[str, Callable[[str], bool]]] = [
        (f"linear layers, {made}", lambda n: n in chosen & linear),
        ("convolutions, 4 bits, a scale per row", lambda n: n in chosen - linear),
        (kept, lambda n: n in linear - chosen),
        ("embeddings, norms, biases" + (", float16" if how.rowwise else " and convolutions"), lambda n: n not in linear | chosen),
    ]
    rows = []
    for what, belongs in groups:
        mine = [name for name in names if belongs(name)]
        if mine:
            rows.append(QuantizeRow(what, len(mine), sum(4 * math.prod(dit.shape(name)) for name in mine), sum(map(after, mine))))
    return rows


def quantizable(dit: Weights, group_size: int) -> frozenset[str]:
    """Return the matrices of linear layers whose width the group size divides."""
    return frozenset(name for name in dit.names() if is_linear(name, dit) and dit.shape(name)[1] % group_size == 0)


def is_linear(name: str, dit: Weights) -> bool:
    """Return True for the matrix of a linear layer: two dimensions, and not the table of an embedding."""
    return name.endswith(".weight") and name != _EMBEDDING and len(dit.shape(name)) == 2
