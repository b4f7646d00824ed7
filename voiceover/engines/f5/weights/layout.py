"""One spelling for the tensors of F5 networks, whatever layout a file has.

Ours is MLX's: ``transformer.`` first, ``.layers.`` before the index of a list, convolutions as (out, kernel, in / groups).
The layout is recognized by the shape of the depthwise convolutions, bits and group size by the widths of matrices.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from enum import StrEnum
from functools import partial

import numpy as np

from voiceover.errors import ModelError
from voiceover.tensors.named import Quantized, Tensor, Weights
from voiceover.tensors.stored import StoredTensor, StoredWeights, stored_quantized
from voiceover.types.lazy_dataclass import dataclass


class NetworkKind(StrEnum):
    """The networks of a model."""

    DIT = "dit"
    DURATION = "duration"
    VOCOS = "vocos"


@dataclass(frozen=True, slots=True)
class Quantization:
    """How the matrices of a file are quantized."""

    bits: int
    group_size: int


_LISTS = re.compile(r"\.(to_out|text_blocks|time_mlp|conv1d|ff\.ff|to_pred)\.(\d+)(?=\.)")
_ROOTS = ("time_embed.", "text_embed.", "input_embed.", "rotary_embed.", "transformer_blocks.", "norm_out.", "proj_out.")
_DROPPED = re.compile(r"^(initted$|step$|mel_spec\.|feature_extractor\.|head\.istft\.)")
"""Training counters, and windows and filters that are computed here."""
_CONVOLUTION = re.compile(r"(\.dwconv|\.conv1d\.layers\.\d+|^backbone\.embed)\.weight$")
_MARKS = {
    NetworkKind.VOCOS: "backbone.embed.weight",
    NetworkKind.DURATION: "to_pred.layers.0.weight",
    NetworkKind.DIT: "transformer.proj_out.weight",
}


def canonical_name(name: str) -> str | None:
    """Return our spelling of a tensor's name, None for one that no network needs. Our own spelling is unchanged."""
    name = name.removeprefix("ema_model.")
    if _DROPPED.match(name):
        return None
    if name.startswith(_ROOTS):
        name = f"transformer.{name}"
    name = _LISTS.sub(r".\1.layers.\2", f".{name}")[1:]
    return name.replace(".ff.ff.layers.0.0.", ".ff.ff.layers.0.layers.0.")


def sanitize(weights: StoredWeights, quantization: Quantization | None = None) -> StoredWeights:
    """Return the same tensors in our names and layout, with packed values, scales and biases of a matrix as one tensor.

    ``quantization`` is needed if the shapes do not reveal how matrices are quantized. Raises ModelError for two tensors of one name and
    for a quantization that is not understood.
    """
    named: dict[str, str] = {}
    for raw in weights.names():
        name = canonical_name(raw)
        if name is None:
            continue
        if name in named:
            raise ModelError(f"{weights.source}: {named[name]} and {raw} are the same tensor")
        named[name] = raw
    torch_layout = _has_torch_layout(weights, named)
    how = _find_quantization(weights, named, quantization)
    tensors: dict[str, StoredTensor] = {}
    for name, raw in named.items():
        stem = name.removesuffix(".weight")
        if name.endswith((".scales", ".biases")):
            if f"{name.rpartition('.')[0]}.weight" not in named:
                raise ModelError(f"{weights.source}: {raw} belongs to a matrix that is missing")
        elif name != stem and f"{stem}.scales" in named:
            tensors[name] = _folded(weights, named, stem, how)
        elif torch_layout and _CONVOLUTION.search(name) and len(weights.shape(raw)) == 3:
            out, width, kernel = weights.shape(raw)
            tensors[name] = StoredTensor((out, kernel, width), partial(_transposed, weights, raw))
        else:
            tensors[name] = weights.tensors[raw]
    return StoredWeights(weights.source, tensors, weights.metadata)


def network_of(weights: Weights) -> NetworkKind:
    """Return the network that sanitized weights belong to. Raises ModelError, saying what was looked for."""
    names = set(weights.names())
    for network, mark in _MARKS.items():
        if mark in names:
            return network
    looked = ", ".join(f"{mark} ({network.value})" for network, mark in _MARKS.items())
    raise ModelError(f"{weights.source}: an unknown layout: none of {looked} is among its {len(names)} tensors")


def _transposed(weights: Weights, raw: str) -> Tensor:
    return np.swapaxes(weights.tensor(raw), 1, 2)


def _has_torch_layout(weights: Weights, named: Mapping[str, str]) -> bool:
    """Return True for torch's layout: a depthwise kernel is (out, 1, kernel) in torch, (out, kernel, 1) in MLX."""
    for name, raw in named.items():
        shape = weights.shape(raw)
        if name.endswith(".dwconv.weight") and len(shape) == 3 and (shape[1] == 1) != (shape[2] == 1):
            return shape[1] == 1
    return any(_LISTS.search(f".{raw}") for raw in named.values())


def _find_quantization(weights: Weights, named: Mapping[str, str], given: Quantization | None) -> Quantization | None:
    """Return bits and group size of the file: as given, from its metadata, or from a matrix whose width is known."""
    stems = [stem for name in named if (stem := name.removesuffix(".scales")) != name and _is_pair(weights, named, stem)]
    if given is not None or not stems:
        return given
    try:
        return Quantization(int(weights.metadata["bits"]), int(weights.metadata["group_size"]))
    except (KeyError, ValueError):
        pass
    for stem in stems:
        width = _known_width(weights, named, stem)
        words, groups = (weights.shape(named[f"{stem}.{part}"])[1] for part in ("weight", "scales"))
        if width:
            return Quantization(words * 32 // width, width // groups)
    words, groups = (weights.shape(named[f"{stems[0]}.{part}"])[1] for part in ("weight", "scales"))
    return Quantization(words * 32 // (groups * 64), 64)  # MLX's own default group


def _is_pair(weights: Weights, named: Mapping[str, str], stem: str) -> bool:
    """Return True if a packed matrix and its scales exist and are not empty."""
    shapes = [weights.shape(named[name]) for part in ("weight", "scales") if (name := f"{stem}.{part}") in named]
    return len(shapes) == 2 and all(len(shape) == 2 and math.prod(shape) for shape in shapes)


def _known_width(weights: Weights, named: Mapping[str, str], stem: str) -> int | None:
    """Return the input width of a matrix, if a dense tensor of the same block reveals it."""
    if stem.endswith("time_mlp.layers.0"):
        return 256
    block, _, part = stem.rpartition(".")
    for tail, other in (("to_q", "to_out.layers.0.bias"), ("to_k", "to_out.layers.0.bias"), ("pwconv1", "norm.weight")):
        if part == tail and f"{block}.{other}" in named:
            return next(iter(weights.shape(named[f"{block}.{other}"])), None)
    return None


def _folded(weights: Weights, named: Mapping[str, str], stem: str, how: Quantization | None) -> StoredTensor:
    """Join packed words, scales and biases of a matrix. Matrices may differ in bits, not in group size."""
    if f"{stem}.biases" not in named or how is None:
        raise ModelError(f"{weights.source}: {named[f'{stem}.weight']} has scales but no biases; only affine quantization is known")
    packed, scales, biases = (named[f"{stem}.{part}"] for part in ("weight", "scales", "biases"))
    shape, groups = weights.shape(packed), weights.shape(scales)
    paired = _is_pair(weights, named, stem) and how.group_size > 0
    bits = shape[1] * 32 // (groups[1] * how.group_size) if paired else 0
    fits = paired and shape[1] * 32 == bits * groups[1] * how.group_size and groups[0] == shape[0] and weights.shape(biases) == groups
    if bits not in (2, 3, 4, 5, 6, 8) or not fits:
        misfit = f"{packed} {shape} with scales {groups} is not a matrix in groups of {how.group_size}"
        raise ModelError(f"{weights.source}: {misfit}; say bits and group size")

    def load() -> Quantized:
        return Quantized(weights.tensor(packed), weights.tensor(scales), weights.tensor(biases), bits, how.group_size)

    return stored_quantized((shape[0], groups[1] * how.group_size), load)
