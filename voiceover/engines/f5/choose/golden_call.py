"""Self-test of a back end: one call of a small random network, compared with plain numpy.

There are too many drivers, kernels and versions to trust them unseen, and a wrong one still produces sound. The network is small, but it
has the heads, kernels and groups of the real one, for which libraries have code of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from functools import cache
from typing import TypeAlias

import numpy as np

from voiceover.engines.f5.backend import Prompt
from voiceover.engines.f5.choices import Architecture
from voiceover.engines.f5.choose.plain_dit import PlainDiT
from voiceover.engines.f5.weights.shapes import ATTENTION
from voiceover.tensors.named import Quantized, Weights
from voiceover.types import FloatArray
from voiceover.types.lazy_dataclass import dataclass

REVISION = 1
"""Increase it when the call changes, so that devices are tested again."""
TOLERANCE = 1e-4
"""Largest difference of one call in float32, as for the reference outputs; TF32 and half precision exceed it."""
SEED = 20_211
FRAMES = 72
EVALUATION = 1
"""The second of the prompt's times, 0.3125."""
TOKENS = (31, 20)
REFERENCE_FRAMES = (17, 26)
"""Tokens and reference frames of the two utterances of the call."""
DIM, DEPTH, HEADS, DIM_HEAD, TEXT_DIM, MEL, ROWS, FREQUENCIES = 128, 2, 2, 64, 32, 20, 24, 256
POSITION_KERNEL, POSITION_GROUPS, TEXT_KERNEL = 31, 16, 7

Compute: TypeAlias = Callable[[Weights, Architecture, FloatArray, int, Prompt], FloatArray]
"""The function under test: loads the weights in float32 and returns ``Backend.velocity`` of state, evaluation and prompt."""


@dataclass(frozen=True, slots=True)
class DeviceCheck:
    """Result of the self-test."""

    passed: bool
    deviation: float
    """Largest absolute difference from the right result; infinite if it contains NaN or infinity."""
    why: str = ""
    """Reason for a failure in one line, empty if it passed."""


@dataclass(frozen=True, slots=True, eq=False)
class Tensors:
    """``Weights`` in memory."""

    tensors: Mapping[str, FloatArray]
    source: str = "self-check"
    metadata: Mapping[str, str] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        return tuple(self.tensors)

    def shape(self, name: str) -> tuple[int, ...]:
        return self.tensors[name].shape

    def tensor(self, name: str) -> FloatArray:
        return self.tensors[name]

    def quantized(self, name: str) -> Quantized | None:
        return None


def check_device(compute: Compute) -> DeviceCheck:
    """Compare the velocities of ``compute`` with plain numpy's, for both architectures. Any exception counts as a failure."""
    worst = 0.0
    for architecture in Architecture:
        x, prompt = golden_call()
        expected = _expected(architecture)
        try:
            found = np.asarray(compute(small_network(), architecture, x, EVALUATION, prompt), np.float32)
        except Exception as error:  # devices raise RuntimeError, ValueError, NotImplementedError and others
            return DeviceCheck(False, np.inf, f"the self-test fails ({type(error).__name__}: {error})")
        if found.shape != expected.shape or not np.isfinite(found).all():
            return DeviceCheck(False, np.inf, "the result of the self-test contains NaN or infinity, or has the wrong shape")
        worst = max(worst, float(np.abs(found - expected).max()))
    if worst > TOLERANCE:
        return DeviceCheck(False, worst, f"the self-test is off by {worst:.2g}; at most {TOLERANCE:g} is allowed")
    return DeviceCheck(True, worst)


@cache
def _expected(architecture: Architecture) -> FloatArray:
    x, prompt = golden_call()
    return PlainDiT(small_network(), architecture).velocity(x, EVALUATION, prompt)


def golden_call() -> tuple[FloatArray, Prompt]:
    """Return state and guided prompt of two utterances with references and texts of different lengths."""
    random = np.random.RandomState(SEED + 1)
    x = random.standard_normal((2, FRAMES, MEL)).astype(np.float32)
    cond = random.standard_normal((2, FRAMES, MEL)).astype(np.float32)
    ids = random.randint(0, ROWS - 1, (2, max(TOKENS))).astype(np.int32)
    for row in range(2):
        cond[row, REFERENCE_FRAMES[row] :] = 0
        ids[row, TOKENS[row] :] = -1
    return x, Prompt(cond, ids, np.array([0.0, 0.3125], np.float32), True)


def small_network() -> Tensors:
    """Return the weights, identical everywhere: numpy guarantees RandomState's stream (NEP 19)."""
    random = np.random.RandomState(SEED)
    tensors: dict[str, FloatArray] = {}
    for name, shape in _shapes():
        values = random.standard_normal(shape)
        if name.endswith("norm.weight"):
            values = 1 + 0.1 * values
        elif len(shape) == 1 or "grn" in name:
            values = 0.1 * values
        elif "text_embed.text_embed" not in name:
            values = values / np.sqrt(np.prod(shape[1:]))
        tensors[f"transformer.{name}"] = values.astype(np.float32)
    return Tensors(tensors)


def _shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    yield "rotary_embed.inv_freq", (DIM_HEAD // 2,)
    yield from _linear("time_embed.time_mlp.layers.0", DIM, FREQUENCIES)
    yield from _linear("time_embed.time_mlp.layers.2", DIM, DIM)
    yield "text_embed.text_embed.weight", (ROWS, TEXT_DIM)
    for number in range(DEPTH):
        block = f"text_embed.text_blocks.layers.{number}"
        yield f"{block}.dwconv.weight", (TEXT_DIM, TEXT_KERNEL, 1)
        yield f"{block}.dwconv.bias", (TEXT_DIM,)
        yield f"{block}.norm.weight", (TEXT_DIM,)
        yield f"{block}.norm.bias", (TEXT_DIM,)
        yield from _linear(f"{block}.pwconv1", 2 * TEXT_DIM, TEXT_DIM)
        yield f"{block}.grn.gamma", (1, 1, 2 * TEXT_DIM)
        yield f"{block}.grn.beta", (1, 1, 2 * TEXT_DIM)
        yield from _linear(f"{block}.pwconv2", TEXT_DIM, 2 * TEXT_DIM)
    yield from _linear("input_embed.proj", DIM, 2 * MEL + TEXT_DIM)
    for number in (0, 2):
        position = f"input_embed.conv_pos_embed.conv1d.layers.{number}"
        yield f"{position}.weight", (DIM, POSITION_KERNEL, DIM // POSITION_GROUPS)
        yield f"{position}.bias", (DIM,)
    for number in range(DEPTH):
        block = f"transformer_blocks.{number}"
        yield from _linear(f"{block}.attn_norm.linear", 6 * DIM, DIM)
        for part in ATTENTION:
            yield from _linear(f"{block}.attn.{part}", HEADS * DIM_HEAD, DIM)
        yield from _linear(f"{block}.attn.to_out.layers.0", DIM, HEADS * DIM_HEAD)
        yield from _linear(f"{block}.ff.ff.layers.0.layers.0", 2 * DIM, DIM)
        yield from _linear(f"{block}.ff.ff.layers.2", DIM, 2 * DIM)
    yield from _linear("norm_out.linear", 2 * DIM, DIM)
    yield from _linear("proj_out", MEL, DIM)


def _linear(name: str, columns: int, rows: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield names and shapes of weight and bias of a layer from ``rows`` to ``columns`` values."""
    yield f"{name}.weight", (columns, rows)
    yield f"{name}.bias", (columns,)
