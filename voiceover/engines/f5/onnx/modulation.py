"""The modulations of the DiT's norms, which depend on the times only: computed in numpy, one matrix at a time.

Two fifths of the network's weights are in them. They are read from the stored file when a grid of times is first met, and not kept.
"""

from __future__ import annotations

import numpy as np

from voiceover.engines.f5.configs import DiTConfig
from voiceover.engines.f5.onnx.matrices import dense
from voiceover.engines.f5.positions import time_sinusoids
from voiceover.tensors.named import Weights
from voiceover.types import FloatArray


def modulation_of(weights: Weights, config: DiTConfig, times: FloatArray) -> FloatArray:
    """Return vectors at ``times`` (k,), shape (k, (6 * depth + 2) * dim).

    In order, for each block: gain, shift and gate of attention, gain, shift and gate of the feed-forward; then gain and shift of the end.
    Gains are 1 + the network's scales.
    """
    prefix = "transformer.time_embed.time_mlp.layers"
    time = _layer(weights, f"{prefix}.2", silu(_layer(weights, f"{prefix}.0", time_sinusoids(times, config.frequency_dim))))
    active = silu(time)
    shape = len(times), -1, config.dim
    found = []
    for number in range(config.depth):
        parts = _layer(weights, f"transformer.transformer_blocks.{number}.attn_norm.linear", active).reshape(shape)
        # Stored as shift, scale, gate, twice.
        found.append(np.stack([1 + parts[:, 1], parts[:, 0], parts[:, 2], 1 + parts[:, 4], parts[:, 3], parts[:, 5]], axis=1))
    end = _layer(weights, "transformer.norm_out.linear", active).reshape(shape)
    found.append(np.stack([1 + end[:, 0], end[:, 1]], axis=1))  # scale comes first here
    return np.concatenate(found, axis=1).reshape(len(times), -1)


def silu(x: FloatArray) -> FloatArray:
    """Return swish: x times its logistic."""
    return np.asarray(x / (1 + np.exp(-x)), np.float32)


def _layer(weights: Weights, path: str, x: FloatArray) -> FloatArray:
    return x @ dense(weights, f"{path}.weight").T + dense(weights, f"{path}.bias")
