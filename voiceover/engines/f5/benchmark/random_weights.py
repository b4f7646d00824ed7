"""Random weights for a transformer of given sizes, to time a step without a model."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from functools import cached_property

import numpy as np

from voiceover.engines.f5.configs import DiTConfig
from voiceover.tensors.named import Quantized, Tensor

_SPREAD = 0.02
"""Standard deviation: small enough for every activation to stay finite."""


class RandomWeights:
    """Dense float32 ``Weights``, each tensor made on demand, so that memory never holds the whole network."""

    source = "random weights"
    metadata: Mapping[str, str] = {}

    def __init__(self, config: DiTConfig) -> None:
        self._config = config

    @cached_property
    def _shapes(self) -> dict[str, tuple[int, ...]]:
        config = self._config
        inner = config.heads * config.dim_head
        shapes: dict[str, tuple[int, ...]] = {"text_embed.text_embed.weight": (config.text_rows, config.text_dim)}

        def layer(name: str, *shape: int) -> None:
            shapes.update({f"{name}.weight": shape, f"{name}.bias": shape[:1]})

        for number in range(config.conv_layers):
            name = f"text_embed.text_blocks.layers.{number}"
            layer(f"{name}.dwconv", config.text_dim, config.conv_kernel, 1)
            layer(f"{name}.norm", config.text_dim)
            layer(f"{name}.pwconv1", config.conv_dim, config.text_dim)
            layer(f"{name}.pwconv2", config.text_dim, config.conv_dim)
            shapes |= {f"{name}.grn.gamma": (1, 1, config.conv_dim), f"{name}.grn.beta": (1, 1, config.conv_dim)}
        layer("time_embed.time_mlp.layers.0", config.dim, config.frequency_dim)
        layer("time_embed.time_mlp.layers.2", config.dim, config.dim)
        layer("input_embed.proj", config.dim, 2 * config.mel_dim + config.text_dim)
        for number in (0, 2):
            width = config.dim // config.position_groups
            layer(f"input_embed.conv_pos_embed.conv1d.layers.{number}", config.dim, config.position_kernel, width)
        for number in range(config.depth):
            name = f"transformer_blocks.{number}"
            layer(f"{name}.attn_norm.linear", 6 * config.dim, config.dim)
            for part in "qkv":
                layer(f"{name}.attn.to_{part}", inner, config.dim)
            layer(f"{name}.attn.to_out.layers.0", config.dim, inner)
            layer(f"{name}.ff.ff.layers.0.layers.0", config.ff_dim, config.dim)
            layer(f"{name}.ff.ff.layers.2", config.dim, config.ff_dim)
        shapes["rotary_embed.inv_freq"] = (config.dim_head // 2,)
        layer("norm_out.linear", 2 * config.dim, config.dim)
        layer("proj_out", config.mel_dim, config.dim)
        return {f"transformer.{name}": shape for name, shape in shapes.items()}

    def names(self) -> tuple[str, ...]:
        return tuple(self._shapes)

    def shape(self, name: str) -> tuple[int, ...]:
        return self._shapes[name]

    def tensor(self, name: str) -> Tensor:
        """Return the same values each time for the same name."""
        shape = self._shapes[name]
        values = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(math.prod(shape), np.float32)
        values *= np.float32(_SPREAD)
        return values.reshape(shape)

    def quantized(self, name: str) -> Quantized | None:
        return None
