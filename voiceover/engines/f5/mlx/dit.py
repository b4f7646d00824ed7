"""The diffusion transformer of F5-TTS (Chen et al. 2024): velocity of the flow at a noisy mel, given reference mel, text and time.

What does not change from step to step (text features, the projection of reference and text, rotary tables, the modulations of every
time) is computed by methods of its own, once an utterance; a call is one step.
"""

from __future__ import annotations

import mlx.core as mx
from mlx import nn

from voiceover.engines.f5.configs import DiTConfig
from voiceover.engines.f5.mlx.layers import (
    Attention,
    ConvPositionEmbedding,
    FeedForward,
    Rotary,
    TextEmbedding,
    fit_ids,
    plain_norm,
)
from voiceover.engines.f5.positions import time_sinusoids
from voiceover.types import FloatArray
from voiceover.types.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Modulation:
    """Adaptive LayerNorm at some times: shift, scale and gate of attention and feed-forward, scale and shift of the end."""

    blocks: tuple[mx.array, ...]
    """Per block (times, 6, dim)."""
    final: mx.array
    """Shape (times, 2, dim)."""

    def at(self, times: slice) -> Modulation:
        """Those of some of the times: one for the whole batch, or one for each of it."""
        return Modulation(tuple(block[times] for block in self.blocks), self.final[times])


class TimestepEmbedding(nn.Module):
    """Time in 0 to 1 to a vector."""

    def __init__(self, dim: int, frequency_dim: int) -> None:
        super().__init__()
        self.frequency_dim = frequency_dim
        self.time_mlp = nn.Sequential(nn.Linear(frequency_dim, dim), nn.SiLU(), nn.Linear(dim, dim))

    def sinusoid(self, times: FloatArray) -> mx.array:
        """Shape (times, frequency_dim)."""
        return mx.array(time_sinusoids(times, self.frequency_dim))

    def __call__(self, times: FloatArray) -> mx.array:
        return self.time_mlp(self.sinusoid(times).astype(self.time_mlp.layers[0].bias.dtype))


class InputEmbedding(nn.Module):
    """Noisy mel, reference mel and text features to the width of the transformer."""

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        self.proj = nn.Linear(2 * config.mel_dim + config.text_dim, config.dim)
        self.conv_pos_embed = ConvPositionEmbedding(config.dim, config.position_kernel, config.position_groups)

    def constant(self, cond: mx.array, text: mx.array) -> mx.array:
        """The part of the projection that reference and text make, (b, n, dim): it is linear, so the noisy mel's part can be added."""
        given = mx.concatenate([cond, text], axis=-1)
        return given @ self.proj.weight[:, cond.shape[-1] :].T + self.proj.bias

    def project(self, x: mx.array, constant: mx.array) -> mx.array:
        """The whole projection; the parts of conditional and unconditional half differ in ``constant`` alone."""
        own = x @ self.proj.weight[:, : x.shape[-1]].T
        return mx.concatenate([own] * (constant.shape[0] // x.shape[0])) + constant

    def __call__(self, x: mx.array, constant: mx.array, mask: mx.array | None = None) -> mx.array:
        h = self.project(x, constant)
        return self.conv_pos_embed(h, mask) + h


class AdaLayerNorm(nn.Module):
    """``parts`` vectors of modulation from the time embedding."""

    def __init__(self, dim: int, parts: int) -> None:
        super().__init__()
        self.parts = parts
        self.linear = nn.Linear(dim, parts * dim)

    def __call__(self, time: mx.array) -> mx.array:
        """Shape (times, parts, dim)."""
        return self.linear(nn.silu(time)).reshape(time.shape[0], self.parts, -1)


class DiTBlock(nn.Module):
    """Attention and feed-forward, each modulated by time."""

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        self.mask_keys = config.attn_mask_enabled
        self.attn_norm = AdaLayerNorm(config.dim, 6)
        self.attn = Attention(config, qk_norm=config.qk_norm)
        self.ff = FeedForward(config.dim, config.ff_dim)

    def __call__(self, x: mx.array, modulation: mx.array, rotary: Rotary, mask: mx.array | None = None) -> mx.array:
        shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = (modulation[:, k, None] for k in range(6))
        x = x + gate_a * self.attn(plain_norm(x) * (1 + scale_a) + shift_a, rotary, mask, mask_keys=self.mask_keys)
        return x + gate_m * self.ff(plain_norm(x) * (1 + scale_m) + shift_m)


class DiT(nn.Module):
    """The network. Its keys are those of a checkpoint below ``transformer.``."""

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        self.config = config
        self.time_embed = TimestepEmbedding(config.dim, config.frequency_dim)
        self.text_embed = TextEmbedding(config, mask_padding=config.text_mask_padding)
        self.input_embed = InputEmbedding(config)
        self.transformer_blocks = [DiTBlock(config) for _ in range(config.depth)]
        self.norm_out = AdaLayerNorm(config.dim, 2)
        self.proj_out = nn.Linear(config.dim, config.mel_dim)

    def embed_text(self, ids: mx.array, frames: int, valid: mx.array | None = None) -> tuple[mx.array, mx.array]:
        """Text features with and without the text, (b, frames, text_dim) each; the filler is that of the given text in both."""
        rows = fit_ids(ids, frames, valid)
        both = mx.concatenate([rows, mx.zeros_like(rows)])
        filler = mx.concatenate([rows == 0, rows == 0])
        features = self.text_embed(both, filler, None if valid is None else mx.concatenate([valid, valid]))
        given, dropped = mx.split(features, 2)
        return given, dropped

    def modulation(self, times: FloatArray) -> Modulation:
        """The modulations at ``times`` (k,)."""
        time = self.time_embed(times)
        return Modulation(tuple(block.attn_norm(time) for block in self.transformer_blocks), self.norm_out(time))

    def __call__(self, x: mx.array, constant: mx.array, modulation: Modulation, rotary: Rotary, mask: mx.array | None = None) -> mx.array:
        """Velocities (B, n, mel) at noisy mel ``x`` (b, n, mel).

        ``constant`` (B, n, dim) is ``input_embed.constant``; B is a multiple of b, for halves that share their state. ``modulation``
        holds one time, or one for each of B. ``mask`` (B, n) is False on padding.
        """
        h = self.input_embed(x, constant, mask)
        for block, modulated in zip(self.transformer_blocks, modulation.blocks, strict=True):
            h = block(h, modulated, rotary, mask)
        # Scale comes first here, shift first in the blocks.
        scale, shift = modulation.final[:, 0, None], modulation.final[:, 1, None]
        return self.proj_out(plain_norm(h) * (1 + scale) + shift)
