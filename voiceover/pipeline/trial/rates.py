"""How fast a run was, beside what the machine does with the same matrix products alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from voiceover.engines.f5.choices import Preset
from voiceover.engines.f5.configs import DiTConfig
from voiceover.engines.f5.products import blas_seconds, products_of
from voiceover.engines.f5.sampler import METHODS

MULTIPLE = 256
"""The machine's rate is measured at frames rounded to this, so that runs of nearly the same length share it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Of the machine, at the shapes of a step."""

    device: str
    """What did the products, in words."""
    frames: int
    gflops: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Measures the machine, once for each device, type and length."""

    config: DiTConfig
    _known: dict[tuple[str, str, int], Rate] = field(default_factory=dict)

    def of(self, fingerprint: str, precision: str, frames: int) -> Rate:
        """The rate for an engine that says ``fingerprint`` of itself: MLX's on a GPU that MLX runs on, else that of numpy's BLAS."""
        rounded = max(round(frames / MULTIPLE), 1) * MULTIPLE
        device = "gpu" if " mlx " in fingerprint and _mlx_has_gpu() else "cpu"
        key = device, precision if device == "gpu" else "fp32", rounded
        if key not in self._known:
            self._known[key] = _measured(self.config, *key)
        return self._known[key]


def flops_of(config: DiTConfig, preset: Preset, frames: int) -> float:
    """Of the matrix products of one utterance's guided sampling."""
    evaluations = preset.sampling.steps * len(METHODS[preset.sampling.method].nodes)
    return evaluations * sum(product.flops for product in products_of(config, frames))


def _measured(config: DiTConfig, device: str, precision: str, frames: int) -> Rate:
    products = products_of(config, frames)
    flops = sum(product.flops for product in products)
    if device == "cpu":
        return Rate("numpy's BLAS, float32", frames, flops / blas_seconds(products) / 1e9)
    from voiceover.engines.f5.choices import MLXPrecision
    from voiceover.engines.f5.mlx.step_speed import device_name, matmul_seconds

    return Rate(f"{device_name()}, {precision}", frames, flops / matmul_seconds(products, MLXPrecision(precision)) / 1e9)


def _mlx_has_gpu() -> bool:
    try:
        from voiceover.engines.f5.mlx.step_speed import device_kind
    except ImportError:
        return False
    return device_kind() == "gpu"
