"""``voiceover check``: errors and warnings of scripts, what is not spoken, and the cast."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceover.cli.check_json import check_fields, voice_fields
from voiceover.cli.options import (
    EngineCommand,
    check_scripts,
    engine_options,
    flags,
    job_for,
    json_option,
    scripts_argument,
    settings_options,
    split_option,
    stems_option,
)
from voiceover.cli.problem_lines import ProblemLines
from voiceover.cli.terminal import echo

if TYPE_CHECKING:
    from voiceover.pipeline.job import Checked


@click.command(cls=EngineCommand, examples=("voiceover check ep01.md", "voiceover check *.md --verbose"))
@scripts_argument
@settings_options
@split_option
@stems_option
@engine_options
@click.option("--verbose", is_flag=True, help="List everything that is not spoken, instead of a count per kind.")
@json_option
def check(scripts: tuple[Path, ...], verbose: bool, as_json: bool, engine_choices: dict[str, str], **settings: object) -> None:
    """Check scripts for errors, and list what is not spoken.

    SCRIPTS are files, or - for Markdown on standard input. The options are those of render, and the result is what render would report
    with them. The exit code is 2 if any script has an error.
    """
    from voiceover.pipeline.check import check

    check_scripts(scripts)
    layer = flags(**settings)
    jobs = [(path, job_for(path, layer, engine_options=engine_choices)) for path in scripts]
    found = [(path, job, check(job)) for path, job in jobs]
    if as_json:
        from voiceover.pipeline.voices import find_voices

        told = [check_fields(path, job, checked) for path, job, checked in found]
        everything = {"scripts": told, "voices": voice_fields(find_voices(scripts[0]))}
        echo(json.dumps(everything, ensure_ascii=False, indent=2), lines=True)
    else:
        problem_lines = ProblemLines(verbose=verbose)
        for path, _, checked in found:
            _print(path, checked, problem_lines)
    if any(checked.errors for _, _, checked in found):
        raise click.exceptions.Exit(2)


def _print(path: Path, checked: Checked, problem_lines: ProblemLines) -> None:
    for line in problem_lines.of(path, checked.problems):
        echo(line)
    if checked.script is not None:
        echo(f"{path}: {checked.script.title}")
        for entry in checked.script.cast:
            voice = checked.cast.get(entry.name)
            lines = sum(1 for segment in checked.script.segments if segment.speaker == entry.name)
            echo(f"  {entry.name}: {voice.name if voice else 'no voice'}, {lines} line{'' if lines == 1 else 's'}")
    errors = len(checked.errors)
    warnings = sum(1 for problem in checked.problems if problem.severity.value == "warning")
    echo(f"{path}: {errors} error{'' if errors == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'}")
