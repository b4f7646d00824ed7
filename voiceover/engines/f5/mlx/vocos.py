"""Vocos (Siuzdak 2023): log-mel to magnitudes and phases of an STFT, by ConvNeXt blocks. The inverse STFT is numpy's."""

from __future__ import annotations

import mlx.core as mx
from mlx import nn

from voiceover.engines.f5.configs import VocosConfig
from voiceover.engines.f5.mlx.layers import EPSILON


class ConvNeXtBlock(nn.Module):
    """Depthwise convolution and two linear layers, scaled into the residual."""

    def __init__(self, config: VocosConfig) -> None:
        super().__init__()
        self.dwconv = nn.Conv1d(config.dim, config.dim, config.kernel, padding=config.kernel // 2, groups=config.dim)
        self.norm = nn.LayerNorm(config.dim, eps=EPSILON)
        self.pwconv1 = nn.Linear(config.dim, config.intermediate_dim)
        self.pwconv2 = nn.Linear(config.intermediate_dim, config.dim)
        self.gamma = mx.ones((config.dim,))

    def __call__(self, x: mx.array) -> mx.array:
        return x + self.gamma * self.pwconv2(nn.gelu(self.pwconv1(self.norm(self.dwconv(x)))))


class VocosBackbone(nn.Module):
    """Features (b, n, dim) of log-mel (b, n, mel)."""

    def __init__(self, config: VocosConfig) -> None:
        super().__init__()
        self.embed = nn.Conv1d(config.mel_dim, config.dim, config.embed_kernel, padding=config.embed_kernel // 2)
        self.norm = nn.LayerNorm(config.dim, eps=EPSILON)
        self.convnext = [ConvNeXtBlock(config) for _ in range(config.layers)]
        self.final_layer_norm = nn.LayerNorm(config.dim, eps=EPSILON)

    def __call__(self, mel: mx.array) -> mx.array:
        x = self.norm(self.embed(mel))
        for block in self.convnext:
            x = block(x)
        return self.final_layer_norm(x)


class VocosHead(nn.Module):
    """Log magnitudes and phases, (b, n, n_fft + 2)."""

    def __init__(self, config: VocosConfig) -> None:
        super().__init__()
        self.out = nn.Linear(config.dim, config.n_fft + 2)

    def __call__(self, x: mx.array) -> mx.array:
        return self.out(x)


class Vocos(nn.Module):
    """The network; its keys are those of ``pytorch_model.bin``."""

    def __init__(self, config: VocosConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = VocosBackbone(config)
        self.head = VocosHead(config)

    def __call__(self, mel: mx.array) -> mx.array:
        return self.head(self.backbone(mel))
