"""``voiceover bench``: how fast an engine would speak on this machine, and how close that is to what the machine can do."""

from __future__ import annotations

import json

import click

from voiceover.cli.engine_choice import EngineChoice
from voiceover.cli.help import GroupedCommand
from voiceover.cli.options import json_option
from voiceover.cli.terminal import echo


@click.command(cls=GroupedCommand, examples=("voiceover bench --frames 500",))
@click.option("--engine", metavar="NAME", help="Engine to measure. [default: the first that has a benchmark]")
@click.option("--model", metavar="NAME", help="Installed model to measure. [default: random weights of full size]")
@click.option("--backend", type=EngineChoice("backend"), help="Backend. [default: as for render]")
@click.option(
    "--precision",
    type=EngineChoice("precision"),
    help="Numeric precision. [default: for MLX, quantized if the model is stored that way, else fp32; for onnxruntime, auto]",
)
@click.option("--frames", type=click.IntRange(16, 4096), help="Mel frames (93.75 per second). [default: 1000]")
@click.option("--whole", is_flag=True, help="Run all blocks of the network instead of a few.")
@json_option
def bench(
    engine: str | None,
    model: str | None,
    backend: str | None,
    precision: str | None,
    frames: int | None,
    whole: bool,
    as_json: bool,
) -> None:
    """Compare the time of one engine step with that of its bare matrix products.

    The matrix products have the same sizes and show what this machine can do at best.
    """
    from voiceover.pipeline.benchmarks import run_benchmark

    given = {"model": model, "backend": backend, "precision": precision, "frames": frames, "whole": "yes" if whole else None}
    options = {name: str(value) for name, value in given.items() if value is not None}
    found = run_benchmark(engine, options, lambda message: echo(message, err=True))
    if as_json:
        echo(json.dumps(dict(found.fields), ensure_ascii=False, indent=2), lines=True)
        return
    for line in found.lines:
        echo(line)
