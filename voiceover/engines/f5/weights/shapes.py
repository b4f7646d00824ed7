"""The tensors that each network must have, derived from a few of its own sizes, and a check for NaN and infinity.

A file is checked before anything runs it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

import numpy as np

from voiceover.engines.f5.weights.layout import NetworkKind
from voiceover.errors import ModelError
from voiceover.tensors.named import Weights

TEXT_EMBEDDING = "transformer.text_embed.text_embed.weight"
ATTENTION = ("to_q", "to_k", "to_v")
"""The projections of attention: query, key and value."""
SHOWN = 10
"""Number of tensors that a message names."""
_INV_FREQ = "transformer.rotary_embed.inv_freq"

Shapes = Iterator[tuple[str, tuple[int, ...]]]


def check_network(weights: Weights, network: NetworkKind) -> None:
    """Raise ModelError, naming the first ten, unless the tensors are exactly those of the network."""
    expected = expected_shapes(weights, network)
    found = set(weights.names())
    kinds = {
        "missing": [name for name in expected if name not in found],
        "extra": sorted(found - expected.keys()),
        "misshapen": [
            f"{name} {weights.shape(name)} instead of {shape}"
            for name, shape in expected.items()
            if name in found and weights.shape(name) != shape
        ],
    }
    problems = [f"{kind} {_first(names)}" for kind, names in kinds.items() if names]
    if problems:
        raise ModelError(f"{weights.source}: its tensors are not those of {_WORDS[network]}: {'; '.join(problems)}")


def not_finite(weights: Weights) -> str | None:
    """Return which tensors contain NaN or infinity, naming the first ten; None if none do. Scales and biases of quantized ones too."""
    wild = []
    for name in weights.names():
        quantized = weights.quantized(name)
        parts = [weights.tensor(name)] if quantized is None else [quantized.scales, quantized.biases]
        if not all(np.isfinite(part).all() for part in parts if np.issubdtype(part.dtype, np.floating)):
            wild.append(name)
    return f"contains NaN or infinity in {_first(wild)}" if wild else None


def expected_shapes(weights: Weights, network: NetworkKind) -> Mapping[str, tuple[int, ...]]:
    """Return name and shape of every tensor of a network, from a few sizes in ``weights``. Raises ModelError if those are missing."""
    return dict(_vocos(weights) if network is NetworkKind.VOCOS else _transformer(weights, network is NetworkKind.DURATION))


_WORDS = {NetworkKind.DIT: "F5-TTS", NetworkKind.DURATION: "the duration predictor", NetworkKind.VOCOS: "Vocos"}


def _transformer(weights: Weights, predictor: bool) -> Shapes:
    block, text = "transformer.transformer_blocks", "transformer.text_embed"
    dim, wide = _shape(weights, "transformer.input_embed.proj.weight", 2)
    inner = _shape(weights, f"{block}.0.attn.to_q.weight", 2)[0]
    hidden = _shape(weights, f"{block}.0.ff.ff.layers.0.layers.0.weight", 2)[0]
    rows, text_dim = _shape(weights, f"{text}.text_embed.weight", 2)
    conv_dim = _shape(weights, f"{text}.text_blocks.layers.0.pwconv1.weight", 2)[0]
    conv_kernel = _shape(weights, f"{text}.text_blocks.layers.0.dwconv.weight", 3)[1]
    _, kernel, width = _shape(weights, "transformer.input_embed.conv_pos_embed.conv1d.layers.0.weight", 3)
    half_head = _shape(weights, _INV_FREQ, 1)[0]
    if inner % (2 * half_head) or dim % width:
        raise ModelError(f"{weights.source}: {inner} is not made of heads of {2 * half_head}, or {dim} not of groups of {width}")
    mel = wide - text_dim if predictor else (wide - text_dim) // 2
    yield _INV_FREQ, (half_head,)
    yield f"{text}.text_embed.weight", (rows, text_dim)
    for number in range(_count(weights, f"{text}.text_blocks.layers.")):
        yield from _convnext_v2(f"{text}.text_blocks.layers.{number}", text_dim, conv_dim, conv_kernel)
    yield from _linear("transformer.input_embed.proj", dim, mel * (1 if predictor else 2) + text_dim)
    for number in (0, 2):
        yield f"transformer.input_embed.conv_pos_embed.conv1d.layers.{number}.weight", (dim, kernel, width)
        yield f"transformer.input_embed.conv_pos_embed.conv1d.layers.{number}.bias", (dim,)
    normed = f"{block}.0.attn.q_norm.weight" in weights.names()
    for number in range(_count(weights, f"{block}.")):
        stem = f"{block}.{number}"
        for part in ATTENTION:
            yield from _linear(f"{stem}.attn.{part}", inner, dim)
        yield from _linear(f"{stem}.attn.to_out.layers.0", dim, inner)
        yield from _linear(f"{stem}.ff.ff.layers.0.layers.0", hidden, dim)
        yield from _linear(f"{stem}.ff.ff.layers.2", dim, hidden)
        if not predictor:
            yield from _linear(f"{stem}.attn_norm.linear", 6 * dim, dim)
        if normed:
            yield f"{stem}.attn.q_norm.weight", (2 * half_head,)
            yield f"{stem}.attn.k_norm.weight", (2 * half_head,)
    if predictor:
        yield "transformer.norm_out.weight", (dim,)
        yield "to_pred.layers.0.weight", (1, dim)
        return
    frequencies = _shape(weights, "transformer.time_embed.time_mlp.layers.0.weight", 2)[1]
    yield from _linear("transformer.time_embed.time_mlp.layers.0", dim, frequencies)
    yield from _linear("transformer.time_embed.time_mlp.layers.2", dim, dim)
    yield from _linear("transformer.norm_out.linear", 2 * dim, dim)
    yield from _linear("transformer.proj_out", mel, dim)


def _vocos(weights: Weights) -> Shapes:
    dim, embed_kernel, mel = _shape(weights, "backbone.embed.weight", 3)
    hidden = _shape(weights, "backbone.convnext.0.pwconv1.weight", 2)[0]
    kernel = _shape(weights, "backbone.convnext.0.dwconv.weight", 3)[1]
    yield "backbone.embed.weight", (dim, embed_kernel, mel)
    yield "backbone.embed.bias", (dim,)
    yield from _norm("backbone.norm", dim)
    for number in range(_count(weights, "backbone.convnext.")):
        stem = f"backbone.convnext.{number}"
        yield f"{stem}.gamma", (dim,)
        yield f"{stem}.dwconv.weight", (dim, kernel, 1)
        yield f"{stem}.dwconv.bias", (dim,)
        yield from _norm(f"{stem}.norm", dim)
        yield from _linear(f"{stem}.pwconv1", hidden, dim)
        yield from _linear(f"{stem}.pwconv2", dim, hidden)
    yield from _norm("backbone.final_layer_norm", dim)
    yield from _linear("head.out", _shape(weights, "head.out.weight", 2)[0], dim)


def _convnext_v2(stem: str, dim: int, hidden: int, kernel: int) -> Shapes:
    yield f"{stem}.dwconv.weight", (dim, kernel, 1)
    yield f"{stem}.dwconv.bias", (dim,)
    yield from _norm(f"{stem}.norm", dim)
    yield f"{stem}.grn.gamma", (1, 1, hidden)
    yield f"{stem}.grn.beta", (1, 1, hidden)
    yield from _linear(f"{stem}.pwconv1", hidden, dim)
    yield from _linear(f"{stem}.pwconv2", dim, hidden)


def _linear(stem: str, rows: int, columns: int) -> Shapes:
    yield f"{stem}.weight", (rows, columns)
    yield f"{stem}.bias", (rows,)


def _norm(stem: str, dim: int) -> Shapes:
    yield f"{stem}.weight", (dim,)
    yield f"{stem}.bias", (dim,)


def _shape(weights: Weights, name: str, dimensions: int) -> tuple[int, ...]:
    if name not in weights.names():
        raise ModelError(f"{weights.source}: missing {name}, which tells the network's sizes")
    shape = weights.shape(name)
    if len(shape) != dimensions or not math.prod(shape):
        raise ModelError(f"{weights.source}: misshapen {name} {shape}; {dimensions} dimensions are expected")
    return shape


def _count(weights: Weights, prefix: str) -> int:
    numbers = {int(found[1]) for name in weights.names() if (found := re.match(re.escape(prefix) + r"(\d{1,6})\.", name))}
    return min(max(numbers, default=-1) + 1, len(weights.names()))


def _first(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
