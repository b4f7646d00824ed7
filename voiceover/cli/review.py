"""``voiceover review``: a page to review the takes of a finished episode."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceover.cli.help import GroupedCommand
from voiceover.cli.options import cache_option, flags, output_option, script_argument, settings_options, split_option
from voiceover.cli.page import job_of_finished
from voiceover.cli.terminal import echo

if TYPE_CHECKING:
    from voiceover.publish import ReviewCommands

_PASSED_ON = ("engine", "model", "voice", "language")
"""Flags that ``retake`` has, too."""


@click.command(cls=GroupedCommand, examples=("voiceover review ep01.md -o out",))
@script_argument
@settings_options
@split_option
@output_option
@cache_option
def review(script: Path, output: Path | None, cache_dir: Path | None, **settings: object) -> None:
    """Write a web page to review the finished episode of SCRIPT, take by take.

    The page, NAME.review.html beside the audio, plays each take alone and in its context, shows what the checks found, the attempts at a
    line, and the loudness over time. It copies the command that records the chosen takes again. It is built from what the render stored.
    """
    from voiceover.pipeline.pages import finished_episode
    from voiceover.pipeline.review import write_reviews

    job = job_of_finished(script, flags(**settings), output, cache_dir)
    for path in write_reviews(job, finished_episode(job), _commands(script, output, cache_dir, settings)):
        echo(str(path))


def _commands(script: Path, output: Path | None, cache_dir: Path | None, settings: dict[str, object]) -> ReviewCommands:
    """Return the commands for takes of this script, with the flags that were given here."""
    from voiceover.publish import ReviewCommands

    named = {"output": output, "cache-dir": cache_dir, **{name: settings.get(name) for name in _PASSED_ON}}
    given = [word for name, value in named.items() if value is not None for word in (f"--{name}", str(value))]
    # A name that begins with a hyphen would be a flag.
    file = f"./{script}" if str(script).startswith("-") else str(script)
    after = f" {shlex.join(given)}" if given else ""
    return ReviewCommands(
        (f"{shlex.join(('voiceover', 'retake', file))} ", after), (f"{shlex.join(('voiceover', 'takes', 'accept', file))} ", after)
    )
