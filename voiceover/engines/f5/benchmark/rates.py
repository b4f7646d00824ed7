"""How fast the machine computes the matrix products of a run by themselves, for comparison with the run."""

from __future__ import annotations

from dataclasses import dataclass, field

from voiceover.engines.f5.benchmark.products import blas_seconds, products_of
from voiceover.engines.f5.choices import MLXPrecision, Preset
from voiceover.engines.f5.configs import DiTConfig
from voiceover.engines.f5.sampler import METHODS

MULTIPLE = 256
"""The machine's rate is measured at frames rounded to this, so that runs of similar length share it."""


@dataclass(frozen=True, slots=True)
class MatrixRate:
    """Rate of the machine at the shapes of a step."""

    device: str
    """What computed the products, in words."""
    frames: int
    gflops: float


@dataclass(frozen=True, slots=True)
class MatrixRates:
    """Measures the machine, once per device, type and length."""

    config: DiTConfig
    _known: dict[tuple[str, str, int], MatrixRate] = field(default_factory=dict)

    def of(self, fingerprint: str, precision: str, frames: int) -> MatrixRate:
        """Return the rate for an engine's fingerprint: MLX's if it runs on a GPU by MLX, otherwise that of numpy's BLAS."""
        rounded = max(round(frames / MULTIPLE), 1) * MULTIPLE
        device = "gpu" if " mlx " in fingerprint and _mlx_has_gpu() else "cpu"
        key = device, precision if device == "gpu" else "fp32", rounded
        if key not in self._known:
            self._known[key] = _measured(self.config, *key)
        return self._known[key]


def flops_of(config: DiTConfig, preset: Preset, frames: int) -> float:
    """Return the operations of the matrix products of one utterance's guided sampling."""
    evaluations = preset.sampling.steps * len(METHODS[preset.sampling.method].nodes)
    return evaluations * sum(product.flops for product in products_of(config, frames))


def _measured(config: DiTConfig, device: str, precision: str, frames: int) -> MatrixRate:
    products = products_of(config, frames)
    flops = sum(product.flops for product in products)
    if device == "cpu":
        return MatrixRate("numpy's BLAS, float32", frames, flops / blas_seconds(products) / 1e9)
    from voiceover.engines.f5.mlx.step_speed import device_name, matmul_seconds

    return MatrixRate(f"{device_name()}, {precision}", frames, flops / matmul_seconds(products, MLXPrecision(precision)) / 1e9)


def _mlx_has_gpu() -> bool:
    try:
        from voiceover.engines.f5.mlx.step_speed import device_kind
    except ImportError:
        return False
    return device_kind() == "gpu"
