"""MLX's device: the call of its self-test, and the move to the CPU."""

from __future__ import annotations

import mlx.core as mx

from voiceover.engines.f5.backend import Prompt
from voiceover.engines.f5.choices import Architecture, MLXPrecision
from voiceover.engines.f5.configs import DiTConfig
from voiceover.engines.f5.mlx.backend import load_dit, prepare, step
from voiceover.tensors.named import Weights
from voiceover.types import FloatArray


def use_cpu() -> None:
    """Make MLX compute on the CPU from now on."""
    mx.set_default_device(mx.cpu)


def golden_velocity(weights: Weights, architecture: Architecture, x: FloatArray, evaluation: int, prompt: Prompt) -> FloatArray:
    """Return the velocity of a DiT in float32: the ``Compute`` of the self-test."""
    network = load_dit(weights, DiTConfig.from_weights(weights, architecture), MLXPrecision.FP32)
    return step(network, prepare(network, prompt), x, evaluation)
