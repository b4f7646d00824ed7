"""Times a guided step of the transformer on onnxruntime, with a model or with random weights."""

from __future__ import annotations

import platform
import resource
import tempfile
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np

from voiceover.engines.f5.backend import Prompt
from voiceover.engines.f5.benchmark.products import StepSpeed, blas_seconds, products_of
from voiceover.engines.f5.benchmark.random_weights import RandomWeights
from voiceover.engines.f5.choices import AUTO, ONNX_PRECISIONS
from voiceover.engines.f5.choose.fidelity import Steps, step_seconds
from voiceover.engines.f5.choose.runtime import ONNX, choose_runtime
from voiceover.engines.f5.configs import BASE, DiTConfig
from voiceover.engines.f5.weights.model import F5Model
from voiceover.errors import EngineOptionError
from voiceover.system.cpu import available_cores

STEP_FRAMES = 480
LONGEST_SECONDS = 3.0
"""Time that the steps may take, without loading."""
_MEASURED_BLOCKS = 3
"""Number of blocks of random weights that run, unless all are wanted."""


def median_step(backend: Steps, config: DiTConfig, frames: int = STEP_FRAMES, longest: float = LONGEST_SECONDS) -> float:
    """Return the median seconds of guided steps: as many as fit into ``longest`` seconds, at least one."""
    cond = np.zeros((1, frames, config.mel_dim), np.float32)
    prompt = Prompt(cond, np.arange(40, dtype=np.int32)[None] % (config.text_rows - 1), np.linspace(0, 0.9, 64, dtype=np.float32), True)
    times = step_seconds(backend, prompt, longest)
    return sorted(times)[len(times) // 2]


def measure_step(model: F5Model, precision: str, frames: int, cache_folder: Path) -> StepSpeed:
    """Time a guided step of a model, and numpy's float32 products of the same shapes.

    Raises ModelError for weights that do not fit, EngineOptionError for a precision that onnxruntime lacks.
    """
    runtime = choose_runtime(model, {"backend": ONNX, "precision": precision}, cache_folder, None)
    config = DiTConfig.from_weights(model.dit, model.architecture)
    seconds = median_step(runtime.load(), config, frames, longest=3 * LONGEST_SECONDS)
    return _speed(config, runtime.precision, frames, seconds, config.depth)


def measure_random_step(precision: str, frames: int, config: DiTConfig | None = None, *, whole: bool = False) -> StepSpeed:
    """Time a guided step of random weights, and numpy's float32 products of the same shapes.

    Without ``config``, the sizes are those of Base. Unless ``whole``, two small networks run and the rest is estimated, since all blocks
    are alike. Raises EngineOptionError for a precision that onnxruntime lacks.
    """
    config = config or BASE
    if precision == AUTO:
        precision = ONNX_PRECISIONS[0]
    if precision not in ONNX_PRECISIONS:
        raise EngineOptionError(f'onnxruntime has no precision "{precision}" for random weights; it has {", ".join(ONNX_PRECISIONS)}')
    from voiceover.engines.f5.onnx import load_steps

    def seconds_of(blocks: int) -> float:
        cut = replace(config, depth=blocks)
        # Graphs of random weights are useless to a later run.
        with tempfile.TemporaryDirectory(prefix="voiceover-") as folder:
            steps = load_steps(RandomWeights(cut), cut, Path(folder), precision, available_cores())
            return median_step(steps, cut, frames)

    if whole or config.depth <= _MEASURED_BLOCKS:
        return _speed(config, precision, frames, seconds_of(config.depth), config.depth)
    one, some = seconds_of(1), seconds_of(_MEASURED_BLOCKS)
    per_block = max(some - one, 0.0) / (_MEASURED_BLOCKS - 1)
    return _speed(config, precision, frames, one + per_block * (config.depth - 1), _MEASURED_BLOCKS)


def _speed(config: DiTConfig, precision: str, frames: int, seconds: float, measured_blocks: int) -> StepSpeed:
    found = products_of(config, frames)
    return StepSpeed(
        device=f"CPU, onnxruntime {metadata.version('onnxruntime')}",
        precision=precision,
        frames=frames,
        blocks=config.depth,
        measured_blocks=measured_blocks,
        seconds=seconds,
        flops=sum(product.flops for product in found),
        matmul_seconds=blas_seconds(found),
        peak_bytes=_peak_bytes(),
    )


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if platform.system() == "Darwin" else 1024)
