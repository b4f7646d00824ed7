"""``voiceover retake``: record a line again, or put a recording of one's own in its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceover.cli.options import (
    EngineCommand,
    cache_option,
    check_cluster,
    cluster_option,
    engine_options,
    flags,
    json_option,
    output_option,
    quiet_option,
    script_argument,
    store_option,
    voice_options,
)
from voiceover.cli.play import play_files, play_option
from voiceover.cli.terminal import display, echo

if TYPE_CHECKING:
    from voiceover.pipeline.retake import Retaken, Wish


@click.command(
    cls=EngineCommand,
    examples=(
        "voiceover retake ep01.md 41 --play",
        'voiceover retake ep01.md 41:120 --say "I paid twenty-five dollars."',
        "voiceover retake ep01.md 41 --audio mine.wav",
    ),
)
@script_argument
@click.argument("place", metavar="LINE[:COLUMN]")
@click.option("--seed", type=int, help="Use this seed for the line instead of the next one.")
@click.option("--speed", type=float, help="Speaking rate factor of the line.")
@click.option("--say", help="Speak these words instead; captions stay as they are.")
@click.option(
    "--audio", type=click.Path(path_type=Path, dir_okay=False), help="Use this recording of your own; it is copied beside the script."
)
@voice_options
@engine_options
@output_option
@cache_option
@store_option
@cluster_option
@play_option
@quiet_option
@json_option
def retake(
    script: Path,
    place: str,
    seed: int | None,
    speed: float | None,
    say: str | None,
    audio: Path | None,
    output: Path | None,
    cache_dir: Path | None,
    store: str | None,
    cluster: str | None,
    play: bool,
    quiet: bool,
    as_json: bool,
    engine_choices: dict[str, str],
    **settings: object,
) -> None:
    """Record a line again.

    LINE is a line of SCRIPT, as in the list of suspect takes; COLUMN names one of several takes. Without --seed, --speed, --say or
    --audio the next seed is tried. The choice is kept in NAME.takes.yaml beside the script, and the next render uses it.
    """
    from voiceover.pipeline.job import Job
    from voiceover.pipeline.retake import retake as record_again
    from voiceover.pipeline.take_lines import parse_place

    check_cluster(store, cluster)
    wish = _wish(seed, speed, say, audio)
    job = Job(script, flags(**settings), output, cache_dir, engine_options=engine_choices, store=store, cluster=cluster)
    with display(as_json, quiet) as shown:
        done = record_again(job, parse_place(place), wish, shown.progress)
    if as_json:
        echo(json.dumps(_fields(done), ensure_ascii=False))
    elif not quiet:
        for line in _lines(done):
            echo(line, err=True)
    if play:
        play_files([take.path for _, take in done.takes])


def _wish(seed: int | None, speed: float | None, say: str | None, audio: Path | None) -> Wish:
    from voiceover.pipeline.retake import Wish

    given = [f"--{name}" for name, value in (("seed", seed), ("speed", speed), ("say", say), ("audio", audio)) if value is not None]
    if len(given) > 1:
        raise click.UsageError(f"{' and '.join(given)} exclude each other; a later retake keeps what was chosen before")
    options = flags(seed=seed, speed=speed).options  # by the same rules as everywhere
    return Wish(options.seed, options.speed, say, audio)


def _lines(done: Retaken) -> list[str]:
    """Return a line per take with what a check found in it, and where the choice is."""
    lines = []
    for line, take in done.takes:
        said = line.planned.utterance
        found = "; ".join(finding.message for finding in take.checks.findings) if take.checks is not None else ""
        what = "own recording" if said.recording is not None else f"attempt {said.attempt}"
        seconds = take.frames / take.sample_rate
        lines.append(f"{said.source.path}:{line.place}: {said.speaker}: {what}, {seconds:.1f} s{f', suspect: {found}' if found else ''}")
        lines.append(f"  {take.path}")
    return [*lines, f"{done.file}: noted; the next render uses it"]


def _fields(done: Retaken) -> dict[str, object]:
    choice = done.choice
    chosen = {"attempt": choice.attempt, "seed": choice.seed, "speed": choice.speed, "say": choice.say}
    return {
        "event": "retake",
        "choices": str(done.file),
        "speaker": choice.speaker,
        "text": choice.text,
        "occurrence": choice.occurrence,
        **{name: value for name, value in chosen.items() if value is not None},
        **({} if choice.recording is None else {"audio": choice.recording.name}),
        "takes": [
            {
                "address": take.address,
                "path": str(take.path),
                "seconds": round(take.frames / take.sample_rate, 3),
                "findings": [finding.check for finding in take.checks.findings] if take.checks is not None else [],
            }
            for _, take in done.takes
        ],
    }
