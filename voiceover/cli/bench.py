"""``voiceover bench``: how fast an engine would speak on this machine, and how close that is to what the machine can do."""

from __future__ import annotations

import json

import click

from voiceover.cli.engine_choice import EngineChoice
from voiceover.cli.help import GroupedCommand
from voiceover.cli.options import json_option
from voiceover.cli.terminal import echo


@click.command(cls=GroupedCommand, examples=("voiceover bench --frames 500",))
@click.option("--engine", metavar="NAME", help="An installed engine. [default: the first with a benchmark]")
@click.option("--model", metavar="NAME", help="An installed model. [default: random weights in the sizes of a full model]")
@click.option("--backend", type=EngineChoice("backend"), help="Backend. [default: as for render]")
@click.option(
    "--precision",
    type=EngineChoice("precision"),
    help="Numeric precision. [default: for MLX, quantized if the model is stored that way, else fp32; for onnxruntime, auto]",
)
@click.option("--frames", type=click.IntRange(16, 4096), help="Mel frames (93.75 per second). [default: 1000]")
@click.option("--whole", is_flag=True, help="Run every block, however long it takes.")
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
    """Time one step of an engine against this machine's matrix products of the same shapes."""
    from voiceover.pipeline.benchmarks import run_benchmark

    given = {"model": model, "backend": backend, "precision": precision, "frames": frames, "whole": "yes" if whole else None}
    options = {name: str(value) for name, value in given.items() if value is not None}
    found = run_benchmark(engine, options, lambda message: echo(message, err=True))
    if as_json:
        echo(json.dumps(dict(found.fields), ensure_ascii=False, indent=2), lines=True)
        return
    for line in found.lines:
        echo(line)
