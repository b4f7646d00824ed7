"""Parts that the DiT and the duration predictor share. Attribute names are checkpoint keys; activations are (b, n, channels)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import mlx.core as mx
from mlx import nn

from voiceover.engines.f5.configs import TransformerConfig
from voiceover.engines.f5.positions import rotary_tables, text_positions
from voiceover.types import FloatArray

EPSILON = 1e-6
"""Of every LayerNorm and of GRN."""
FRAMES_AT_ONCE = 512
"""On a CPU: a window of 22 s would otherwise take 550 MB for attention, and as much for the position convolutions."""


class Rotary:
    """Cosines and sines of rotary positions, shape (n, dim_head / 2) each, from float32 angles (closer to torch than ``mx.fast.rope``)."""

    def __init__(self, cos: FloatArray, sin: FloatArray) -> None:
        self.cos, self.sin = mx.array(cos), mx.array(sin)

    def __call__(self, x: mx.array, heads: int | None) -> mx.array:
        """Turn neighbouring pairs of the first ``heads`` heads (all for None) of x (b, heads, n, dim_head)."""
        turned = x if heads is None else x[:, :heads]
        even, odd = turned[..., ::2].astype(mx.float32), turned[..., 1::2].astype(mx.float32)
        pairs = mx.stack([even * self.cos - odd * self.sin, odd * self.cos + even * self.sin], axis=-1)
        turned = pairs.reshape(turned.shape).astype(x.dtype)
        return turned if heads is None else mx.concatenate([turned, x[:, heads:]], axis=1)


def rotary_for(frames: int, dim_head: int) -> Rotary:
    """Those of so many frames."""
    return Rotary(*rotary_tables(frames, dim_head))


class GRN(nn.Module):
    """Global response normalization over the sequence (ConvNeXt V2, Woo et al. 2023, section 3)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = mx.zeros((1, 1, width))
        self.beta = mx.zeros((1, 1, width))

    def __call__(self, x: mx.array) -> mx.array:
        norms = mx.sqrt(mx.sum(mx.square(x.astype(mx.float32)), axis=1, keepdims=True))
        relative = norms / (mx.mean(norms, axis=-1, keepdims=True) + EPSILON)
        return self.gamma * (x * relative.astype(x.dtype)) + self.beta + x


class ConvNeXtV2Block(nn.Module):
    """A block of the text encoder."""

    def __init__(self, width: int, inner: int, kernel: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width, eps=EPSILON)
        self.pwconv1 = nn.Linear(width, inner)
        self.grn = GRN(inner)
        self.pwconv2 = nn.Linear(inner, width)

    def __call__(self, x: mx.array) -> mx.array:
        return x + self.pwconv2(self.grn(nn.gelu(self.pwconv1(self.norm(self.dwconv(x))))))


def fit_ids(ids: mx.array, frames: int, valid: mx.array | None = None) -> mx.array:
    """Ids (b, nt) as rows of the embedding, (b, frames): one up, cut or filled with 0, and 0 where ``valid`` (b, frames) is False."""
    rows = ids[:, :frames] + 1
    rows = mx.pad(rows, [(0, 0), (0, frames - rows.shape[1])])
    return rows if valid is None else mx.where(valid, rows, 0)


class TextEmbedding(nn.Module):
    """Tokens to features, one a mel frame."""

    def __init__(self, config: TransformerConfig, *, mask_padding: bool = False) -> None:
        super().__init__()
        self.mask_padding = mask_padding
        self.text_embed = nn.Embedding(config.text_rows, config.text_dim)
        blocks = (ConvNeXtV2Block(config.text_dim, config.conv_dim, config.conv_kernel) for _ in range(config.conv_layers))
        self.text_blocks = nn.Sequential(*blocks)

    def __call__(self, rows: mx.array, filler: mx.array, valid: mx.array | None = None) -> mx.array:
        """Features (b, n, text_dim) of embedding rows (b, n).

        ``filler`` (b, n) marks what follows the text, that of the given text where it is dropped (``rows`` all 0); ``valid`` (b, n) is
        False on the padding of a shorter utterance.
        """
        positions = mx.array(text_positions(rows.shape[1], self.text_embed.weight.shape[1]))
        x = self.text_embed(rows)
        x = x + positions.astype(x.dtype)
        if valid is not None:
            x = mx.where(valid[..., None], x, 0)
        silent = filler[..., None]
        if self.mask_padding:
            x = mx.where(silent, 0, x)
        for block in self.text_blocks.layers:
            x = block(x)
            if self.mask_padding:
                x = mx.where(silent, 0, x)
        return x


class ConvPositionEmbedding(nn.Module):
    """Two grouped convolutions that tell a frame where it is among its neighbours."""

    def __init__(self, width: int, kernel: int, groups: int) -> None:
        super().__init__()
        first, second = (nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=groups) for _ in range(2))
        self.conv1d = nn.Sequential(first, nn.Mish(), second, nn.Mish())

    def __call__(self, x: mx.array, mask: mx.array | None = None) -> mx.array:
        first, _, second, _ = self.conv1d.layers
        for convolution in (first, second):
            x = nn.mish(_masked(_convolve(convolution, _masked(x, mask)), mask))
        return x


class Attention(nn.Module):
    """Self-attention of all frames with all."""

    def __init__(self, config: TransformerConfig, *, qk_norm: bool = False) -> None:
        super().__init__()
        self.heads, self.dim_head, self.rope_heads = config.heads, config.dim_head, config.rope_heads
        inner = config.heads * config.dim_head
        self.to_q = nn.Linear(config.dim, inner)
        self.to_k = nn.Linear(config.dim, inner)
        self.to_v = nn.Linear(config.dim, inner)
        self.to_out = nn.Sequential(nn.Linear(inner, config.dim))
        if qk_norm:
            self.q_norm = nn.RMSNorm(config.dim_head, eps=EPSILON)
            self.k_norm = nn.RMSNorm(config.dim_head, eps=EPSILON)
        self.qk_norm = qk_norm

    def __call__(self, x: mx.array, rotary: Rotary, mask: mx.array | None = None, *, mask_keys: bool = False) -> mx.array:
        """``mask`` (b, n) zeroes the output on padding; attention itself leaves padding out only with ``mask_keys``."""
        q, k, v = (self._split(project(x)) for project in (self.to_q, self.to_k, self.to_v))
        if self.qk_norm:
            q, k = self.q_norm(q), self.k_norm(k)
        q, k = rotary(q, self.rope_heads), rotary(k, self.rope_heads)
        keys = mask[:, None, None, :] if mask is not None and mask_keys else None
        out = _attend(q, k, v, self.dim_head**-0.5, keys)
        out = out.transpose(0, 2, 1, 3).reshape(*x.shape[:2], -1)
        return _masked(self.to_out(out), mask)

    def _split(self, x: mx.array) -> mx.array:
        return x.reshape(*x.shape[:2], self.heads, self.dim_head).transpose(0, 2, 1, 3)


def _attend(q: mx.array, k: mx.array, v: mx.array, scale: float, keys: mx.array | None) -> mx.array:
    """Attention; on a CPU, where MLX holds the whole matrix of scores, of some queries after the other."""

    def run(queries: mx.array) -> mx.array:
        return mx.fast.scaled_dot_product_attention(queries, k, v, scale=scale, mask=keys)

    frames = q.shape[2]
    if frames <= FRAMES_AT_ONCE or mx.default_device().type != mx.cpu:
        return run(q)
    return _in_turn((q[:, :, start : start + FRAMES_AT_ONCE] for start in range(0, frames, FRAMES_AT_ONCE)), run, axis=2)


def _convolve(convolution: nn.Conv1d, x: mx.array) -> mx.array:
    """A convolution that keeps the length; on a CPU, where MLX writes out every window, of some frames after the other."""
    frames, half = x.shape[1], convolution.padding
    if frames <= FRAMES_AT_ONCE or mx.default_device().type != mx.cpu:
        return convolution(x)

    def run(windows: mx.array) -> mx.array:
        return mx.conv1d(windows, convolution.weight, groups=convolution.groups) + convolution.bias

    padded = mx.pad(x, [(0, 0), (half, half), (0, 0)])
    ends = ((start, min(start + FRAMES_AT_ONCE, frames) + 2 * half) for start in range(0, frames, FRAMES_AT_ONCE))
    return _in_turn((padded[:, start:stop] for start, stop in ends), run, axis=1)


def _in_turn(parts: Iterable[mx.array], run: Callable[[mx.array], mx.array], axis: int) -> mx.array:
    """``run`` over parts, joined. Each waits for the one before it: MLX would go through all of them side by side."""
    done: list[mx.array] = []
    for part in parts:
        done.append(run(mx.depends([part], [done[-1]])[0] if done else part))
    return mx.concatenate(done, axis=axis)


class FeedForward(nn.Module):
    """Two linear layers with GELU in its tanh form between."""

    def __init__(self, dim: int, inner: int) -> None:
        super().__init__()
        # The middle one is dropout in training; it keeps the numbering of the keys.
        self.ff = nn.Sequential(nn.Sequential(nn.Linear(dim, inner), nn.GELU(approx="tanh")), nn.Identity(), nn.Linear(inner, dim))

    def __call__(self, x: mx.array) -> mx.array:
        return self.ff(x)


def plain_norm(x: mx.array) -> mx.array:
    """LayerNorm without parameters."""
    return mx.fast.layer_norm(x, None, None, EPSILON)


def _masked(x: mx.array, mask: mx.array | None) -> mx.array:
    return x if mask is None else mx.where(mask[..., None], x, 0)
