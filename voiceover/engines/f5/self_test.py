"""What ``doctor`` tells of F5: what it would run on and in here, and how fast."""

from __future__ import annotations

import platform
import resource
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np

from voiceover.engines.f5.backend import Prompt
from voiceover.engines.f5.choices import ONNX_PRECISIONS, PRESETS
from voiceover.engines.f5.choose.fidelity import Steps, step_seconds, stored_fidelity
from voiceover.engines.f5.choose.runtime import ONNX, choose_backend, choose_runtime, installed_backends
from voiceover.engines.f5.configs import BASE, Architecture, DiTConfig
from voiceover.engines.f5.lazy_engine import realtime_factor
from voiceover.engines.f5.products import StepSpeed, blas_seconds, products_of
from voiceover.engines.f5.random_weights import RandomWeights
from voiceover.errors import EngineOptionError, VoiceoverError
from voiceover.system.cpu import available_cores
from voiceover.tensors.named import InstalledModel
from voiceover.types import EngineContext

FRAMES = 480
SECONDS = 3.0
"""What the test may take, loading apart."""
_MEASURED_BLOCKS = 3
"""Of random weights, unless all are asked for."""
LARGE_STEP_SECONDS = 0.05
"""A step that takes less is of no model that anybody speaks with: its overhead would be multiplied."""


def describe(context: EngineContext) -> Mapping[str, str]:
    """Lines by what they are of. Nothing is downloaded, and no precision is searched for."""
    found: dict[str, str] = {}
    try:
        backend, why = choose_backend(context.options.get("backend", "auto"), context.cache_folder)
    except VoiceoverError as error:
        return {"back end": str(error)}
    found["back end"] = why
    if backend == ONNX or ONNX in installed_backends():
        found["instruction sets"] = _sets()
    if context.open_model is None:
        return found
    try:
        model = context.open_model(context.options.get("model"))
        verdict = stored_fidelity(model, context.cache_folder) if backend == ONNX else None
        if verdict is not None:
            found["precision"] = f"{model.name} {verdict}"
        found["speed"] = _speed(model, context)
    except VoiceoverError as error:
        found["speed"] = f"not tested: {error}"
    return found


def median_step(backend: Steps, config: DiTConfig, frames: int = FRAMES, longest: float = SECONDS) -> float:
    """The median seconds of guided steps, as many as ``longest`` has room for, at least one."""
    cond = np.zeros((1, frames, config.mel_dim), np.float32)
    prompt = Prompt(cond, np.arange(40, dtype=np.int32)[None] % (config.text_rows - 1), np.linspace(0, 0.9, 64, dtype=np.float32), True)
    times = step_seconds(backend, prompt, longest)
    return sorted(times)[len(times) // 2]


def measure_step(model: InstalledModel, precision: str, frames: int, cache_folder: Path) -> StepSpeed:
    """A guided step of a model on onnxruntime, beside numpy's float32 products at the same shapes.

    Raises ModelError for weights that do not fit, EngineOptionError for a precision that is not there.
    """
    runtime = choose_runtime(model, {"backend": ONNX, "precision": precision}, cache_folder, None)
    config = DiTConfig.from_weights(model.dit, Architecture(model.architecture))
    seconds = median_step(runtime.load(), config, frames, longest=3 * SECONDS)
    return _on_onnx(config, runtime.precision, frames, seconds, config.depth)


def measure_random_step(precision: str, frames: int, config: DiTConfig | None = None, *, whole: bool = False) -> StepSpeed:
    """Time a guided step of random weights on onnxruntime, beside numpy's float32 products at the same shapes.

    Their sizes are those of Base without ``config``. Unless ``whole``, two small networks are run and the rest is estimated, since all
    blocks are alike. Raises EngineOptionError for a precision that onnxruntime does not have.
    """
    config = config or BASE
    if precision == "auto":
        precision = ONNX_PRECISIONS[0]
    if precision not in ONNX_PRECISIONS:
        raise EngineOptionError(f'onnxruntime has no precision "{precision}" for random weights; it has {", ".join(ONNX_PRECISIONS)}')
    from voiceover.engines.f5.onnx import load_steps

    def seconds_of(blocks: int) -> float:
        cut = replace(config, depth=blocks)
        # Graphs of random weights are of no use to a later run.
        with tempfile.TemporaryDirectory(prefix="voiceover-") as folder:
            steps = load_steps(RandomWeights(cut), cut, Path(folder), precision, available_cores())
            return median_step(steps, cut, frames)

    if whole or config.depth <= _MEASURED_BLOCKS:
        return _on_onnx(config, precision, frames, seconds_of(config.depth), config.depth)
    one, some = seconds_of(1), seconds_of(_MEASURED_BLOCKS)
    a_block = max(some - one, 0.0) / (_MEASURED_BLOCKS - 1)
    return _on_onnx(config, precision, frames, one + a_block * (config.depth - 1), _MEASURED_BLOCKS)


def _on_onnx(config: DiTConfig, precision: str, frames: int, seconds: float, measured_blocks: int) -> StepSpeed:
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


def _speed(model: InstalledModel, context: EngineContext) -> str:
    runtime = choose_runtime(model, context.options, context.cache_folder, None)
    config = DiTConfig.from_weights(model.dit, Architecture(model.architecture))
    seconds = median_step(runtime.load(), config)
    if seconds < LARGE_STEP_SECONDS:
        return f"{model.name}, {runtime.precision}: a step takes {1e3 * seconds:.3g} ms"
    measured = replace(runtime, step=(FRAMES, seconds))
    presets = {name: realtime_factor(measured, PRESETS[name]) for name in (model.preset, "fast") if name in PRESETS}
    each = ", ".join(f"{factor:.2g} s with the preset {name}" for name, factor in presets.items())
    return f"{model.name}, {runtime.precision}: a second of speech takes about {each} ({seconds:.2g} s a step of {FRAMES} frames)"


def _sets() -> str:
    from voiceover.engines.f5.onnx.processor import FULL, instruction_sets, largest_weight

    sets = " ".join(instruction_sets()) or "not told by this system"
    return sets if largest_weight() == FULL else f"{sets}; no VNNI: int8 products take 7 bits of a weight, without its faster instructions"
