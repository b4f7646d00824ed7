"""``voiceover bench``: how fast F5 would speak on this machine, and how near that is to what the machine can do."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from voiceover.cli.options import json_option

if TYPE_CHECKING:
    from voiceover.engines.f5.mlx_.step_speed import StepSpeed

LONGEST_SECONDS = 60.0
FRAME_RATE = 93.75
STEPS = 32
"""Of the preset ``base``."""


@click.command()
@click.option("--model", metavar="NAME", help="An installed model. [default: random weights in the sizes of F5TTS_v1_Base, 4 bits]")
@click.option(
    "--precision",
    type=click.Choice(["fp32", "fp16", "bf16", "quantized"]),
    default=None,
    help="What the network computes in. [default: quantized where it is stored so, else fp32]",
)
@click.option("--frames", type=click.IntRange(16, 4096), default=1000, show_default=True, help="Mel frames, 93.75 a second.")
@click.option("--whole", is_flag=True, help="Run every block, however long it takes.")
@json_option
def bench(model: str | None, precision: str | None, frames: int, whole: bool, as_json: bool) -> None:
    """Time one guided step of F5 on MLX, beside this machine's own matrix product at the same shapes."""
    from voiceover.errors import EngineMissingError, ModelError

    try:
        from voiceover.engines.f5.mlx_ import Precision
        from voiceover.engines.f5.mlx_.step_speed import device_kind, measure_step
    except ImportError as error:
        raise EngineMissingError(f"MLX is not installed or cannot be loaded ({error}); pip install 'voiceover[mlx]'") from error
    from voiceover.engines.f5.configs import Architecture
    from voiceover.engines.f5.precision import quantization

    weights, architecture, stored, name = None, Architecture.V1, True, "random weights, F5TTS_v1_Base, 4 bits"
    if model is not None:
        from voiceover.folders import data_folder
        from voiceover.models import open_model

        opened = open_model(data_folder(), model)
        weights, architecture, name = opened.dit, Architecture(opened.architecture), opened.name
        stored = quantization(opened) is not None
        if precision == "quantized" and not stored:
            raise ModelError(f"{name} is not quantized; take another --precision, or quantize it: voiceover models quantize {name}")
    slow = device_kind() == "cpu"
    if slow:
        click.echo("on this CPU it takes a minute or two at 1,000 frames", err=True)
    chosen = Precision(precision or ("quantized" if stored else "fp32"))
    found = measure_step(weights, architecture, chosen, frames, longest_seconds=float("inf") if whole else LONGEST_SECONDS)
    if as_json:
        click.echo(json.dumps(_fields(name, found), ensure_ascii=False, indent=2))
        return
    for line in _lines(name, found, slow):
        click.echo(line)


def _lines(name: str, found: StepSpeed, slow: bool) -> list[str]:
    from voiceover.engines.f5.device import PLAIN_BLAS

    counted = "" if found.measured_blocks == found.blocks else f", reckoned from {found.measured_blocks} of {found.blocks} blocks"
    audio = found.frames / FRAME_RATE
    lines = [
        f"{name}, {found.precision}, {found.frames} frames ({audio:.1f} s of reference and speech), on {found.device}",
        f"  a guided step          {found.seconds:10.4g} s{counted}",
        f"  its products           {found.flops / 1e9:10.4g} GFLOP, {found.gflops:.4g} GFLOP/s",
        f"  the same products alone{found.matmul_seconds:10.4g} s, {found.matmul_gflops:.4g} GFLOP/s",
        f"  share of that rate     {100 * found.share:10.3g} %",
        f"  memory of MLX          {found.peak_bytes / 1e6:10.4g} MB{'' if not counted else ', of what was run'}",
        f"  {STEPS} steps               {STEPS * found.seconds:10.4g} s, {STEPS * found.seconds / audio:.3g} times as long as the audio",
    ]
    if slow and sys.platform == "linux":
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
