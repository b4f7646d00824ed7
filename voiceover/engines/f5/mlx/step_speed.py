"""Times a guided step of the DiT on MLX, and the machine's matrix products of the same shapes."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import metadata

import mlx.core as mx
import numpy as np
from mlx import nn
from mlx.utils import tree_flatten

from voiceover.engines.f5.benchmark.products import BATCH, Product, StepSpeed, products_of
from voiceover.engines.f5.choices import Architecture, MLXPrecision
from voiceover.engines.f5.configs import BASE, DiTConfig
from voiceover.engines.f5.mlx.backend import UNUSED
from voiceover.engines.f5.mlx.dit import DiT
from voiceover.engines.f5.mlx.layers import rotary_for
from voiceover.engines.f5.mlx.loading import DTYPES, load_network
from voiceover.tensors.named import Weights

BITS, GROUP_SIZE = 4, 64
WARM_SECONDS = 1.0
"""On a CPU, a first run that takes this long is not repeated."""
RUNS = 5
CHOOSING_FRAMES = {"gpu": 512, "cpu": 32}
CHOOSING_BLOCKS = {"gpu": 4, "cpu": 1}
"""Part of the network on which precisions are compared; all blocks are alike."""


def device_kind() -> str:
    """Return ``gpu`` (Metal or CUDA) or ``cpu``."""
    return "gpu" if mx.default_device().type == mx.gpu else "cpu"


def device_name() -> str:
    """Return the device that MLX runs on, in words."""
    version = f"MLX {metadata.version('mlx')}"
    if device_kind() == "cpu":
        return f"CPU, {version}"
    kind = "Metal" if mx.metal.is_available() else "CUDA"
    return f"{mx.device_info().get('device_name', 'GPU')} ({kind}), {version}"


def measure_step(
    weights: Weights | None, architecture: Architecture, precision: MLXPrecision, frames: int, *, longest_seconds: float = math.inf
) -> StepSpeed:
    """Time a guided step of a model; if ``weights`` is None, of random weights in the sizes of Base.

    If a step of the whole network would take longer than ``longest_seconds``, one block runs and the rest is estimated. Raises ModelError
    for weights that do not fit.
    """
    config = DiTConfig.from_weights(weights, architecture) if weights is not None else BASE
    mx.reset_peak_memory()
    # The network without blocks and with one block: the time around the blocks, and of one.
    ends, one = (step_seconds(_network(weights, config, precision, blocks), frames) for blocks in (0, 1))
    seconds = ends + max(one - ends, 0.0) * config.depth
    measured, peak = 1, mx.get_peak_memory()
    if config.depth > 1 and seconds <= longest_seconds:
        network = _network(weights, config, precision, config.depth)
        seconds, measured, peak = step_seconds(network, frames), config.depth, mx.get_peak_memory()
        del network
    found = products_of(config, frames)
    return StepSpeed(
        device=device_name(),
        precision=precision.value,
        frames=frames,
        blocks=config.depth,
        measured_blocks=measured,
        seconds=seconds,
        flops=sum(product.flops for product in found),
        matmul_seconds=matmul_seconds(found, precision),
        peak_bytes=peak,
    )


def matmul_seconds(products: Sequence[Product], precision: MLXPrecision) -> float:
    """Return the seconds that MLX takes for the products by themselves, dense, in the type that a step at ``precision`` computes in."""
    return sum(product.count * _product_seconds(product, DTYPES[precision]) for product in products)


def choosing_seconds(weights: Weights, architecture: Architecture, precision: MLXPrecision) -> float:
    """Return the seconds of a guided step of a model's first blocks, to compare precisions; infinite if it returns NaN or infinity.

    Raises ModelError for weights that do not fit, and what MLX raises for products that the device lacks.
    """
    config = DiTConfig.from_weights(weights, architecture)
    network = cut_dit(weights, config, precision, min(config.depth, CHOOSING_BLOCKS[device_kind()]))
    run = _step(network, CHOOSING_FRAMES[device_kind()])
    finite = bool(mx.isfinite(run()).all())
    return _best(lambda: mx.eval(run())) if finite else math.inf


def cut_dit(weights: Weights, config: DiTConfig, precision: MLXPrecision, blocks: int) -> DiT:
    """Load a model's DiT with its first ``blocks`` blocks only."""
    network = DiT(replace(config, depth=blocks))
    numbers = ((found, name) for name in weights.names() if (found := re.match(r"transformer\.transformer_blocks\.(\d+)\.", name)))
    left_out = [name.removeprefix("transformer.") for found, name in numbers if int(found[1]) >= blocks]
    unused = frozenset((*UNUSED, *left_out))
    load_network(network, weights, precision, prefix="transformer.", dense=("input_embed.proj",), unused=unused)
    return network


def random_dit(config: DiTConfig, precision: MLXPrecision) -> DiT:
    """Make a DiT of random weights, quantized to 4 bits in groups of 64 if ``precision`` says so."""
    network = DiT(config)
    if precision is MLXPrecision.QUANTIZED:

        def chosen(path: str, module: nn.Module) -> bool:
            return isinstance(module, nn.Linear) and path != "input_embed.proj" and module.weight.shape[1] % GROUP_SIZE == 0

        nn.quantize(network, GROUP_SIZE, BITS, class_predicate=chosen)
    else:
        network.set_dtype(DTYPES[precision])
    for _, array in tree_flatten(network.parameters()):  # one at a time, so that the network is never in memory in float32 as a whole
        mx.eval(array)
    return network


def step_seconds(network: DiT, frames: int) -> float:
    """Return the seconds of one guided step, the best of a few unless it is slow."""
    run = _step(network, frames)
    return _best(lambda: mx.eval(run()))


def _network(weights: Weights | None, config: DiTConfig, precision: MLXPrecision, blocks: int) -> DiT:
    if weights is None:
        return random_dit(replace(config, depth=blocks), precision)
    return cut_dit(weights, config, precision, blocks)


def _step(network: DiT, frames: int) -> Callable[[], mx.array]:
    """Return the work of each step; the work per utterance is done here."""
    config = network.config
    dtype = network.proj_out.bias.dtype
    key = mx.random.key(0)
    state = mx.random.normal((1, frames, config.mel_dim), key=key).astype(dtype)
    constant = mx.random.normal((BATCH, frames, config.dim), key=key).astype(dtype)
    modulation = network.modulation(np.zeros(1, np.float32))
    rotary = rotary_for(frames, config.dim_head)
    mx.eval(state, constant, modulation.blocks, modulation.final, rotary.cos, rotary.sin)
    return lambda: network(state, constant, modulation, rotary)


def _product_seconds(product: Product, dtype: mx.Dtype) -> float:
    left = mx.random.normal((product.batch, product.rows, product.inner)).astype(dtype)
    right = mx.random.normal((product.batch, product.inner, product.columns)).astype(dtype)
    mx.eval(left, right)
    return _best(lambda: mx.eval(left @ right))


def _best(run: Callable[[], object]) -> float:
    """Return the shortest of some runs; on a CPU, which needs no warming up, a long first run is enough."""
    seconds = _timed(run)
    if seconds >= WARM_SECONDS and device_kind() == "cpu":
        return seconds
    return min(_timed(run) for _ in range(RUNS))


def _timed(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started
