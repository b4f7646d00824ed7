"""Sizes of the networks, read from their weights.

The weights do not reveal v0 or v1: the tensors have the same shapes, but the wrong architecture speaks gibberish.
"""

from __future__ import annotations

import re
from typing import Any

from voiceover.engines.f5.choices import Architecture
from voiceover.engines.f5.mel import HOP_LENGTH
from voiceover.errors import ModelError
from voiceover.tensors.named import Weights
from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class TransformerConfig:
    """Sizes that the DiT and the duration predictor share."""

    dim: int
    depth: int
    heads: int
    dim_head: int
    ff_dim: int
    text_dim: int
    text_rows: int
    """Rows of the text embedding: tokens and the filler."""
    conv_layers: int
    """ConvNeXt V2 blocks over the text."""
    conv_dim: int
    """Inner width of such a block."""
    conv_kernel: int
    position_kernel: int
    position_groups: int
    mel_dim: int
    rope_heads: int | None
    """Rotary positions are applied to this many heads, the first ones; None for all."""


@dataclass(frozen=True, slots=True)
class DiTConfig(TransformerConfig):
    """The diffusion transformer."""

    text_mask_padding: bool
    """True if the filler after the text is kept at zero."""
    qk_norm: bool = False
    """True with RMSNorm on queries and keys."""
    attn_mask_enabled: bool = False
    """True if attention ignores padded frames; it does not in any published model."""
    frequency_dim: int = 256
    """Width of the sinusoidal time embedding."""

    @classmethod
    def from_weights(cls, weights: Weights, architecture: Architecture) -> DiTConfig:
        """Return the sizes of a sanitized DiT. Raises ModelError if a tensor that determines them is missing or has another shape."""
        v1 = architecture is Architecture.V1
        mel_dim = _shape(weights, "transformer.proj_out.weight", 2)[0]
        return cls(
            **_sizes(weights),
            mel_dim=mel_dim,
            rope_heads=None if v1 else 1,
            text_mask_padding=v1,
            qk_norm="transformer.transformer_blocks.0.attn.q_norm.weight" in weights.names(),
            frequency_dim=_shape(weights, "transformer.time_embed.time_mlp.layers.0.weight", 2)[1],
        )


BASE = DiTConfig(
    dim=1024,
    depth=22,
    heads=16,
    dim_head=64,
    ff_dim=2048,
    text_dim=512,
    text_rows=2546,
    conv_layers=4,
    conv_dim=1024,
    conv_kernel=7,
    position_kernel=31,
    position_groups=16,
    mel_dim=100,
    rope_heads=None,
    text_mask_padding=True,
)
"""F5TTS_v1_Base, for benchmarks without a model and for tests."""


@dataclass(frozen=True, slots=True)
class DurationConfig(TransformerConfig):
    """The duration predictor."""

    @classmethod
    def from_weights(cls, weights: Weights, *, rope_heads: int | None = 1) -> DurationConfig:
        """Return the sizes of a sanitized predictor.

        ``duration_v2`` dates from when rotary positions went on the first head alone; None runs it as f5-tts-mlx 0.2.6 does. Raises
        ModelError.
        """
        columns = _shape(weights, "transformer.input_embed.proj.weight", 2)[1]
        mel_dim = columns - _shape(weights, "transformer.text_embed.text_embed.weight", 2)[1]
        return cls(**_sizes(weights), mel_dim=mel_dim, rope_heads=rope_heads)


@dataclass(frozen=True, slots=True)
class VocosConfig:
    """The vocoder."""

    mel_dim: int
    dim: int
    intermediate_dim: int
    layers: int
    embed_kernel: int
    kernel: int
    n_fft: int
    hop_length: int = HOP_LENGTH
    same_padding: bool = False
    """True if the inverse STFT is padded "same" instead of "center"."""

    @classmethod
    def from_weights(cls, weights: Weights, *, hop_length: int = HOP_LENGTH, same_padding: bool = False) -> VocosConfig:
        """Return the sizes of a sanitized vocoder. Raises ModelError."""
        dim, embed_kernel, mel_dim = _shape(weights, "backbone.embed.weight", 3)
        n_fft = _shape(weights, "head.out.weight", 2)[0] - 2
        if n_fft <= 0 or n_fft % hop_length:
            raise ModelError(f"{weights.source}: a hop of {hop_length} does not divide an FFT of {n_fft}")
        return cls(
            mel_dim,
            dim,
            _shape(weights, "backbone.convnext.0.pwconv1.weight", 2)[0],
            _count(weights, "backbone.convnext."),
            embed_kernel,
            _shape(weights, "backbone.convnext.0.dwconv.weight", 3)[1],
            n_fft,
            hop_length,
            same_padding,
        )


def _sizes(weights: Weights) -> dict[str, Any]:
    """Return the fields of TransformerConfig except ``mel_dim`` and ``rope_heads``."""
    block = "transformer.transformer_blocks.0"
    text = "transformer.text_embed"
    dim = _shape(weights, "transformer.input_embed.proj.weight", 2)[0]
    _, position_kernel, position_width = _shape(weights, "transformer.input_embed.conv_pos_embed.conv1d.layers.0.weight", 3)
    dim_head = 2 * _shape(weights, "transformer.rotary_embed.inv_freq", 1)[0]
    inner = _shape(weights, f"{block}.attn.to_q.weight", 2)[0]
    if inner % dim_head or dim % position_width:
        misfit = f"a width of {inner} is not made of heads of {dim_head}, or {dim} not of groups of {position_width}"
        raise ModelError(f"{weights.source}: {misfit}")
    text_rows, text_dim = _shape(weights, f"{text}.text_embed.weight", 2)
    return {
        "dim": dim,
        "depth": _count(weights, "transformer.transformer_blocks."),
        "heads": inner // dim_head,
        "dim_head": dim_head,
        "ff_dim": _shape(weights, f"{block}.ff.ff.layers.0.layers.0.weight", 2)[0],
        "text_dim": text_dim,
        "text_rows": text_rows,
        "conv_layers": _count(weights, f"{text}.text_blocks.layers."),
        "conv_dim": _shape(weights, f"{text}.text_blocks.layers.0.pwconv1.weight", 2)[0],
        "conv_kernel": _shape(weights, f"{text}.text_blocks.layers.0.dwconv.weight", 3)[1],
        "position_kernel": position_kernel,
        "position_groups": dim // position_width,
    }


def _shape(weights: Weights, name: str, dimensions: int) -> tuple[int, ...]:
    shape = weights.shape(name)
    if len(shape) != dimensions:
        raise ModelError(f"{weights.source}: {name} has shape {shape}; {dimensions} dimensions are expected")
    return shape


def _count(weights: Weights, prefix: str) -> int:
    numbers = {int(found[1]) for name in weights.names() if (found := re.match(re.escape(prefix) + r"(\d{1,6})\.", name))}
    return max(numbers, default=-1) + 1
