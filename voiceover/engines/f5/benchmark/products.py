"""The matrix products of a guided step, and how fast this machine computes them by themselves: the yardstick for a step."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from voiceover.engines.f5.configs import DiTConfig
from voiceover.types.lazy_dataclass import dataclass

BATCH = 2
"""A guided step computes the conditional and the unconditional half together."""
RUNS = 3


@dataclass(frozen=True, slots=True)
class Product:
    """A matrix product of a step: ``count`` times ``batch`` products of (rows, inner) and (inner, columns)."""

    count: int
    batch: int
    rows: int
    inner: int
    columns: int

    @property
    def flops(self) -> float:
        return 2.0 * self.count * self.batch * self.rows * self.inner * self.columns


@dataclass(frozen=True, slots=True)
class StepSpeed:
    """A guided step, measured."""

    device: str
    precision: str
    frames: int
    blocks: int
    """Blocks of the whole network."""
    measured_blocks: int
    """Fewer than ``blocks`` if the whole network would have taken too long; the rest is estimated, since all blocks are alike."""
    seconds: float
    """Time of a step of the whole network."""
    flops: float
    """Operations of its matrix products and convolutions."""
    matmul_seconds: float
    """Time of the same products by themselves, dense, in the type that the step computes in; on onnxruntime float32."""
    peak_bytes: int
    """Largest memory of MLX during the steps, including the measured weights; with onnxruntime, memory of the process."""

    @property
    def gflops(self) -> float:
        return self.flops / self.seconds / 1e9

    @property
    def matmul_gflops(self) -> float:
        return self.flops / self.matmul_seconds / 1e9

    @property
    def share(self) -> float:
        """Fraction of the machine's matrix rate that the step reaches."""
        return self.matmul_seconds / self.seconds


def products_of(config: DiTConfig, frames: int) -> tuple[Product, ...]:
    """Return the products of a guided step at ``frames`` frames; convolutions count as the products that they amount to."""
    rows, inner, width = BATCH * frames, config.heads * config.dim_head, config.dim // config.position_groups
    block = (
        Product(3 * config.depth, 1, rows, config.dim, inner),
        Product(config.depth, 1, rows, inner, config.dim),
        Product(config.depth, 1, rows, config.dim, config.ff_dim),
        Product(config.depth, 1, rows, config.ff_dim, config.dim),
        Product(config.depth, BATCH * config.heads, frames, config.dim_head, frames),
        Product(config.depth, BATCH * config.heads, frames, frames, config.dim_head),
    )
    around = (
        Product(1, 1, frames, config.mel_dim, config.dim),
        Product(2, config.position_groups, rows, config.position_kernel * width, width),
        Product(1, 1, rows, config.dim, config.mel_dim),
    )
    return (*block, *around)


def blas_seconds(products: Sequence[Product]) -> float:
    """Return the seconds that numpy's BLAS takes for the products by themselves, in float32, on all cores that it uses."""
    random = np.random.default_rng(0)
    seconds = 0.0
    for product in products:
        left = random.random((product.batch, product.rows, product.inner), np.float32)
        right = random.random((product.batch, product.inner, product.columns), np.float32)
        out = np.matmul(left, right)
        times = []
        for _ in range(RUNS):
            started = time.perf_counter()
            np.matmul(left, right, out=out)
            times.append(time.perf_counter() - started)
        seconds += product.count * min(times)
    return seconds
