"""The duration predictor of f5-tts-mlx (``duration_v2``): seconds of reference and speech together, from reference mel and all words."""

from __future__ import annotations

import mlx.core as mx
from mlx import nn

from voiceover.engines.f5.configs import DurationConfig
from voiceover.engines.f5.mlx.layers import (
    Attention,
    ConvPositionEmbedding,
    FeedForward,
    Rotary,
    TextEmbedding,
    fit_ids,
    plain_norm,
    rotary_for,
)


class DurationInputEmbedding(nn.Module):
    """Reference mel and text features to the width of the transformer."""

    def __init__(self, config: DurationConfig) -> None:
        super().__init__()
        self.proj = nn.Linear(config.mel_dim + config.text_dim, config.dim)
        self.conv_pos_embed = ConvPositionEmbedding(config.dim, config.position_kernel, config.position_groups)

    def __call__(self, mel: mx.array, text: mx.array) -> mx.array:
        h = self.proj(mx.concatenate([mel, text], axis=-1))
        return self.conv_pos_embed(h) + h


class DurationBlock(nn.Module):
    """A pre-norm transformer block without modulation."""

    def __init__(self, config: DurationConfig) -> None:
        super().__init__()
        self.attn = Attention(config)
        self.ff = FeedForward(config.dim, config.ff_dim)

    def __call__(self, x: mx.array, rotary: Rotary) -> mx.array:
        x = x + self.attn(plain_norm(x), rotary)
        return x + self.ff(plain_norm(x))


class DurationTransformer(nn.Module):
    """Hidden states (b, n, dim)."""

    def __init__(self, config: DurationConfig) -> None:
        super().__init__()
        self.config = config
        self.text_embed = TextEmbedding(config)
        self.input_embed = DurationInputEmbedding(config)
        self.transformer_blocks = [DurationBlock(config) for _ in range(config.depth)]
        self.norm_out = nn.RMSNorm(config.dim, eps=1e-5)

    def __call__(self, mel: mx.array, ids: mx.array) -> mx.array:
        frames = mel.shape[1]
        rows = fit_ids(ids, frames)
        h = self.input_embed(mel, self.text_embed(rows, rows == 0))
        rotary = rotary_for(frames, self.config.dim_head)
        for block in self.transformer_blocks:
            h = block(h, rotary)
        return self.norm_out(h)


class DurationPredictor(nn.Module):
    """The network; its keys are those of the file."""

    def __init__(self, config: DurationConfig) -> None:
        super().__init__()
        self.transformer = DurationTransformer(config)
        self.to_pred = nn.Sequential(nn.Linear(config.dim, 1, bias=False), nn.Softplus())

    def __call__(self, mel: mx.array, ids: mx.array, lengths: mx.array | None = None) -> mx.array:
        """Seconds, shape (b,), from mel (b, n, mel) and ids (b, nt); ``lengths`` (b,) are the frames of each that count, all for None."""
        short = ids.shape[1] - mel.shape[1]
        if short > 0:
            mel = mx.pad(mel, [(0, 0), (0, short), (0, 0)])
        return self.to_pred(self.pooled(self.transformer(mel, ids), lengths)).squeeze(-1)

    def pooled(self, hidden: mx.array, lengths: mx.array | None) -> mx.array:
        """Mean over the frames that count."""
        if lengths is None:
            return mx.mean(hidden, axis=1)
        valid = mx.arange(hidden.shape[1])[None] < lengths[:, None]
        return mx.sum(mx.where(valid[..., None], hidden, 0), axis=1) / lengths[:, None]
