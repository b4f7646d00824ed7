"""``voiceover bench``: how fast F5 would speak on this machine, and how near that is to what the machine can do."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from voiceover.cli.options import json_option
from voiceover.cli.terminal import echo

if TYPE_CHECKING:
    from pathlib import Path

    from voiceover.engines.f5.products import StepSpeed
    from voiceover.tensors.named import InstalledModel

LONGEST_SECONDS = 60.0
FRAME_RATE = 93.75
STEPS = 32
"""Of the preset ``base``."""


@click.command()
@click.option("--model", metavar="NAME", help="An installed model. [default: random weights in the sizes of F5TTS_v1_Base, 4 bits on MLX]")
@click.option("--backend", type=click.Choice(["auto", "mlx", "onnx"]), default="auto", help="Backend. [default: as for render]")
@click.option(
    "--precision",
    type=click.Choice(["fp32", "fp16", "bf16", "quantized", "int8", "int8w", "int4"]),
    default=None,
    help="Numeric precision. [default: for MLX, quantized if the model is stored that way, else fp32; for onnxruntime, auto]",
)
@click.option("--frames", type=click.IntRange(16, 4096), default=1000, show_default=True, help="Mel frames (93.75 per second).")
@click.option("--whole", is_flag=True, help="Run every block, however long it takes.")
@json_option
def bench(model: str | None, backend: str, precision: str | None, frames: int, whole: bool, as_json: bool) -> None:
    """Time one guided step of F5 against this machine's matrix products of the same shapes."""
    from voiceover.engines.f5.choose.runtime import MLX, choose_backend
    from voiceover.system.folders import cache_folder, data_folder

    cache = cache_folder() / "engines" / "f5"
    opened = None
    if model is not None:
        from voiceover.models import open_model

        opened = open_model(data_folder(), model)
    on_mlx = choose_backend(backend, cache)[0] == MLX
    found = _on_mlx(opened, precision, frames, whole) if on_mlx else _on_onnx(opened, precision, frames, cache, whole)
    name = f"random weights, F5TTS_v1_Base{', 4 bits' if on_mlx else ''}" if opened is None else opened.name
    if as_json:
        echo(json.dumps(_fields(name, found), ensure_ascii=False, indent=2), lines=True)
        return
    for line in _lines(name, found, on_mlx):
        echo(line)


def _on_onnx(opened: InstalledModel | None, precision: str | None, frames: int, cache: Path, whole: bool) -> StepSpeed:
    from voiceover.engines.f5.self_test import measure_random_step, measure_step

    if opened is None:
        return measure_random_step(precision or "auto", frames, whole=whole)
    return measure_step(opened, precision or "auto", frames, cache)


def _on_mlx(opened: InstalledModel | None, precision: str | None, frames: int, whole: bool) -> StepSpeed:
    from voiceover.errors import EngineMissingError, EngineOptionError
    from voiceover.system.extras import how_to_install

    try:
        from voiceover.engines.f5.choices import MLXPrecision
        from voiceover.engines.f5.mlx.step_speed import device_kind, measure_step
    except ImportError as error:
        advice = f"name a model for onnxruntime with --model, or {how_to_install('mlx')}"
        raise EngineMissingError(f"MLX is not installed or cannot be loaded ({error}); {advice}") from error
    from voiceover.engines.f5.choices import MLX_PRECISIONS
    from voiceover.engines.f5.choose.precision import check_quantized, quantization
    from voiceover.engines.f5.configs import Architecture

    stored = opened is None or quantization(opened) is not None
    if precision is not None and precision not in MLX_PRECISIONS:
        raise EngineOptionError(f"MLX has no precision {precision}; it has {', '.join(MLX_PRECISIONS)}")
    if opened is not None and precision == "quantized":
        check_quantized(opened)
    if device_kind() == "cpu":
        echo("on this CPU it takes a minute or two at 1,000 frames", err=True)
    weights, architecture = (None, Architecture.V1) if opened is None else (opened.dit, Architecture(opened.architecture))
    chosen = MLXPrecision(precision or ("quantized" if stored else "fp32"))
    return measure_step(weights, architecture, chosen, frames, longest_seconds=float("inf") if whole else LONGEST_SECONDS)


def _lines(name: str, found: StepSpeed, on_mlx: bool) -> list[str]:
    from voiceover.engines.f5.choose.runtime import PLAIN_BLAS

    counted = "" if found.measured_blocks == found.blocks else f", reckoned from {found.measured_blocks} of {found.blocks} blocks"
    audio = found.frames / FRAME_RATE
    memory = "memory of MLX" if on_mlx else "memory of the process"
    lines = [
        f"{name}, {found.precision}, {found.frames} frames ({audio:.1f} s of reference and speech), on {found.device}",
        f"  a guided step          {found.seconds:10.4g} s{counted}",
        f"  its products           {found.flops / 1e9:10.4g} GFLOP, {found.gflops:.4g} GFLOP/s",
        f"  the same products alone{found.matmul_seconds:10.4g} s, {found.matmul_gflops:.4g} GFLOP/s",
        f"  share of that rate     {100 * found.share:10.3g} %",
        f"  {memory:<23}{found.peak_bytes / 1e6:10.4g} MB{'' if not counted else ', of what was run'}",
        f"  {STEPS} steps               {STEPS * found.seconds:10.4g} s, {STEPS * found.seconds / audio:.3g} times as long as the audio",
    ]
    if on_mlx and sys.platform == "linux" and found.device.startswith("CPU"):
        lines.append(f"{PLAIN_BLAS}.")
    return lines


def _fields(name: str, found: StepSpeed) -> dict[str, object]:
    return {
        "model": name,
        "device": found.device,
        "precision": found.precision,
        "frames": found.frames,
        "blocks": found.blocks,
        "measured_blocks": found.measured_blocks,
        "step_seconds": found.seconds,
        "gflop": found.flops / 1e9,
        "gflops": found.gflops,
        "matmul_seconds": found.matmul_seconds,
        "matmul_gflops": found.matmul_gflops,
        "share": found.share,
        "peak_bytes": found.peak_bytes,
    }
