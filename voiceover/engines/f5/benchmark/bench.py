"""``voiceover bench``: the speed of one guided step, compared with this machine's matrix products of the same shapes."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

from voiceover.engines.f5.benchmark.products import StepSpeed
from voiceover.engines.f5.benchmark.steps import measure_random_step, measure_step
from voiceover.engines.f5.choices import AS_STORED, AUTO, MLX_PRECISIONS, PRESETS, Architecture, MLXPrecision
from voiceover.engines.f5.choose.precision import check_quantized, quantization
from voiceover.engines.f5.choose.runtime import MLX, PLAIN_BLAS, choose_backend
from voiceover.engines.f5.mel import FRAME_RATE
from voiceover.engines.f5.opening import open_model
from voiceover.engines.f5.weights.model import F5Model
from voiceover.errors import EngineMissingError, EngineOptionError
from voiceover.system.extras import how_to_install
from voiceover.types import Benchmark, EngineContext

FRAMES = "1000"
LONGEST_SECONDS = 60.0
STEPS = PRESETS["base"].sampling.steps


def run_bench(context: EngineContext, on_message: Callable[[str], None]) -> Benchmark:
    """Time a step as the options ``model``, ``backend``, ``precision``, ``frames`` and ``whole`` say.

    Raises ModelError, EngineOptionError and EngineError as ``make`` does, EngineMissingError if MLX is needed and missing.
    """
    options = context.options
    model = open_model(context) if "model" in options else None
    frames, whole = int(options.get("frames", FRAMES)), options.get("whole") == "yes"
    precision = None if options.get("precision") == AUTO else options.get("precision")
    on_mlx = choose_backend(options.get("backend", AUTO), context.cache_folder)[0] == MLX
    if on_mlx:
        speed = _on_mlx(model, precision, frames, whole, on_message)
    elif model is None:
        speed = measure_random_step(precision or AUTO, frames, whole=whole)
    else:
        speed = measure_step(model, precision or AUTO, frames, context.cache_folder)
    name = f"random weights, F5TTS_v1_Base{', 4 bits' if on_mlx else ''}" if model is None else model.name
    return Benchmark(_lines(name, speed, on_mlx), _fields(name, speed))


def _on_mlx(model: F5Model | None, precision: str | None, frames: int, whole: bool, on_message: Callable[[str], None]) -> StepSpeed:
    try:
        from voiceover.engines.f5.mlx.step_speed import device_kind, measure_step
    except ImportError as error:
        advice = f"name a model for onnxruntime with --model, or {how_to_install('mlx')}"
        raise EngineMissingError(f"MLX is not installed or cannot be loaded ({error}); {advice}") from error
    stored = model is None or quantization(model) is not None
    if precision is not None and precision not in MLX_PRECISIONS:
        raise EngineOptionError(f"MLX has no precision {precision}; it has {', '.join(MLX_PRECISIONS)}")
    if model is not None and precision == AS_STORED:
        check_quantized(model)
    if device_kind() == "cpu":
        on_message("on this CPU, 1,000 frames take a minute or two")
    weights, architecture = (None, Architecture.V1) if model is None else (model.dit, model.architecture)
    chosen = MLXPrecision(precision or (AS_STORED if stored else "fp32"))
    return measure_step(weights, architecture, chosen, frames, longest_seconds=math.inf if whole else LONGEST_SECONDS)


def _lines(name: str, speed: StepSpeed, on_mlx: bool) -> tuple[str, ...]:
    partial = speed.measured_blocks != speed.blocks
    estimated = f", estimated from {speed.measured_blocks} of {speed.blocks} blocks" if partial else ""
    audio = speed.frames / FRAME_RATE
    memory = "memory of MLX" if on_mlx else "memory of the process"
    lines = [
        f"{name}, {speed.precision}, {speed.frames} frames ({audio:.1f} s of reference and speech), on {speed.device}",
        f"  a guided step          {speed.seconds:10.4g} s{estimated}",
        f"  its products           {speed.flops / 1e9:10.4g} GFLOP, {speed.gflops:.4g} GFLOP/s",
        f"  the same products alone{speed.matmul_seconds:10.4g} s, {speed.matmul_gflops:.4g} GFLOP/s",
        f"  share of that rate     {100 * speed.share:10.3g} %",
        f"  {memory:<23}{speed.peak_bytes / 1e6:10.4g} MB{', of the measured blocks' if partial else ''}",
        f"  {STEPS} steps               {STEPS * speed.seconds:10.4g} s, {STEPS * speed.seconds / audio:.3g} times as long as the audio",
    ]
    if on_mlx and sys.platform == "linux" and speed.device.startswith("CPU"):
        lines.append(f"{PLAIN_BLAS}.")
    return tuple(lines)


def _fields(name: str, speed: StepSpeed) -> dict[str, object]:
    return {
        "model": name,
        "device": speed.device,
        "precision": speed.precision,
        "frames": speed.frames,
        "blocks": speed.blocks,
        "measured_blocks": speed.measured_blocks,
        "step_seconds": speed.seconds,
        "gflop": speed.flops / 1e9,
        "gflops": speed.gflops,
        "matmul_seconds": speed.matmul_seconds,
        "matmul_gflops": speed.matmul_gflops,
        "share": speed.share,
        "peak_bytes": speed.peak_bytes,
    }
