"""The DiT in float64 numpy, straight from its equations: the reference for the self-test of a back end, too slow to speak with."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from voiceover.engines.f5.backend import Prompt
from voiceover.engines.f5.choices import Architecture
from voiceover.engines.f5.configs import DiTConfig
from voiceover.tensors.named import Weights
from voiceover.types import FloatArray

Array = NDArray[np.float64]
EPSILON = 1e-6


class PlainDiT:
    """Computes ``Backend.velocity`` for prompts without a mask."""

    def __init__(self, weights: Weights, architecture: Architecture) -> None:
        self.config = DiTConfig.from_weights(weights, architecture)
        self._weights = weights

    def velocity(self, x: FloatArray, evaluation: int, prompt: Prompt) -> FloatArray:
        """Return shape (b, n, mel), or (2b, n, mel) if the prompt is guided."""
        frames, cond = x.shape[1], prompt.cond.astype(np.float64)
        rows = np.zeros((len(x), frames), np.int64)
        given = prompt.ids[:, :frames] + 1
        rows[:, : given.shape[1]] = given
        text, state = self._text(rows, rows == 0), x.astype(np.float64)
        if prompt.guided:
            text = np.concatenate((text, self._text(np.zeros_like(rows), rows == 0)))
            cond, state = np.concatenate((cond, np.zeros_like(cond))), np.concatenate((state, state))
        time = _silu(self._time(float(prompt.times[evaluation])))
        h = self._linear("input_embed.proj", np.concatenate((state, cond, text), axis=-1))
        h = h + self._positions(h)
        for block in range(self.config.depth):
            h = self._block(f"transformer_blocks.{block}", h, time)
        scale, shift = np.split(self._linear("norm_out.linear", time), 2)
        return self._linear("proj_out", _normed(h) * (1 + scale) + shift).astype(np.float32)

    def _tensor(self, name: str) -> Array:
        return np.asarray(self._weights.tensor(f"transformer.{name}"), np.float64)

    def _linear(self, name: str, x: Array) -> Array:
        weight = self._tensor(f"{name}.weight")
        flat = x.reshape(-1, x.shape[-1])  # one large product; numpy splits stacks into small ones
        return (flat @ weight.T).reshape(*x.shape[:-1], len(weight)) + self._tensor(f"{name}.bias")

    def _convolved(self, name: str, x: Array, groups: int) -> Array:
        """Convolve, keeping the length; weights are (out, kernel, in / groups)."""
        weight = self._tensor(f"{name}.weight").transpose(0, 2, 1)
        half = weight.shape[2] // 2
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, ((0, 0), (half, half), (0, 0))), weight.shape[2], axis=1)
        parts = zip(np.split(windows, groups, axis=2), np.split(weight, groups), strict=True)
        made = [w.reshape(*x.shape[:2], -1) @ k.reshape(len(k), -1).T for w, k in parts]
        return np.concatenate(made, axis=-1) + self._tensor(f"{name}.bias")

    def _time(self, time: float) -> Array:
        half = self.config.frequency_dim // 2
        angles = 1000 * time * np.exp(-math.log(10000) / (half - 1) * np.arange(half))
        hidden = self._linear("time_embed.time_mlp.layers.0", np.concatenate((np.sin(angles), np.cos(angles))))
        return self._linear("time_embed.time_mlp.layers.2", _silu(hidden))

    def _text(self, rows: NDArray[np.int64], filler: NDArray[np.bool_]) -> Array:
        table = self._tensor("text_embed.text_embed.weight")
        width = table.shape[1]
        angles = np.outer(np.arange(rows.shape[1]), 10000.0 ** (-np.arange(0, width, 2) / width))
        x = table[rows] + np.concatenate((np.cos(angles), np.sin(angles)), axis=1)
        silent = filler[..., None] & self.config.text_mask_padding
        x = np.where(silent, 0, x)
        for number in range(self.config.conv_layers):
            x = np.where(silent, 0, self._text_block(f"text_embed.text_blocks.layers.{number}", x))
        return x

    def _text_block(self, name: str, x: Array) -> Array:
        y = _normed(self._convolved(f"{name}.dwconv", x, x.shape[-1]))
        y = y * self._tensor(f"{name}.norm.weight") + self._tensor(f"{name}.norm.bias")
        y = self._linear(f"{name}.pwconv1", y)
        y = y * (1 + np.vectorize(math.erf)(y / math.sqrt(2))) / 2
        norms = np.sqrt(np.sum(y * y, axis=1, keepdims=True))
        relative = norms / (norms.mean(axis=-1, keepdims=True) + EPSILON)
        y = self._tensor(f"{name}.grn.gamma") * y * relative + self._tensor(f"{name}.grn.beta") + y
        return x + self._linear(f"{name}.pwconv2", y)

    def _positions(self, x: Array) -> Array:
        for number in (0, 2):
            x = self._convolved(f"input_embed.conv_pos_embed.conv1d.layers.{number}", x, self.config.position_groups)
            x = x * np.tanh(np.logaddexp(0, x))
        return x

    def _block(self, name: str, x: Array, time: Array) -> Array:
        shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = np.split(self._linear(f"{name}.attn_norm.linear", time), 6)
        x = x + gate_a * self._attention(f"{name}.attn", _normed(x) * (1 + scale_a) + shift_a)
        inner = self._linear(f"{name}.ff.ff.layers.0.layers.0", _normed(x) * (1 + scale_m) + shift_m)
        inner = inner * (1 + np.tanh(math.sqrt(2 / math.pi) * (inner + 0.044715 * inner**3))) / 2
        return x + gate_m * self._linear(f"{name}.ff.ff.layers.2", inner)

    def _attention(self, name: str, x: Array) -> Array:
        batch, frames, _ = x.shape
        q, k, v = (
            self._linear(f"{name}.to_{part}", x).reshape(batch, frames, self.config.heads, -1).transpose(0, 2, 1, 3) for part in "qkv"
        )
        if self.config.qk_norm:
            q, k = (_rms(part) * self._tensor(f"{name}.{which}_norm.weight") for part, which in ((q, "q"), (k, "k")))
        q, k = self._turned(q), self._turned(k)
        scores = q @ k.swapaxes(-1, -2) / math.sqrt(self.config.dim_head)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        out = shares / shares.sum(axis=-1, keepdims=True) @ v
        joined: Array = out.transpose(0, 2, 1, 3).reshape(batch, frames, -1)
        return self._linear(f"{name}.to_out.layers.0", joined)

    def _turned(self, x: Array) -> Array:
        """Apply rotary positions to neighbouring pairs of the heads that have them."""
        heads, width = self.config.rope_heads, self.config.dim_head
        angles = np.outer(np.arange(x.shape[2]), 10000.0 ** (-np.arange(0, width, 2) / width))
        pairs = (x[:, :heads, :, ::2] + 1j * x[:, :heads, :, 1::2]) * np.exp(1j * angles)
        turned = x.copy()
        turned[:, :heads, :, ::2], turned[:, :heads, :, 1::2] = pairs.real, pairs.imag
        return turned


def _silu(x: Array) -> Array:
    found: Array = x / (1 + np.exp(-x))
    return found


def _normed(x: Array) -> Array:
    found: Array = (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + EPSILON)
    return found


def _rms(x: Array) -> Array:
    found: Array = x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + EPSILON)
    return found
