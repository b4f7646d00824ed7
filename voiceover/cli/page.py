"""``voiceover page``: a page to listen to a finished episode."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceover.cli.help import GroupedCommand
from voiceover.cli.options import cache_option, flags, job_for, output_option, script_argument, settings_options, split_option
from voiceover.cli.terminal import echo

if TYPE_CHECKING:
    from voiceover.pipeline.job import Job
    from voiceover.types import Settings


@click.command(cls=GroupedCommand, examples=("voiceover page ep01.md -o out", "voiceover page ep01.md -o out --embed"))
@script_argument
@settings_options
@split_option
@output_option
@cache_option
@click.option("--embed", is_flag=True, help="Put the audio inside the page, so that one file is all there is to send.")
def page(script: Path, output: Path | None, cache_dir: Path | None, embed: bool, **settings: object) -> None:
    """Write a web page to listen to the finished episode of SCRIPT.

    The page, NAME.html beside the audio, has a player with a waveform, chapters, and the transcript, which follows the speech word by word.
    It needs no server and loads nothing from elsewhere.
    """
    from voiceover.pipeline.pages import finished_episode, write_listening_pages

    job = job_of_finished(script, flags(**settings), output, cache_dir)
    for path in write_listening_pages(finished_episode(job), cache_dir, embed=embed):
        echo(str(path))


def job_of_finished(script: Path, layer: Settings, output: Path | None, cache_dir: Path | None) -> Job:
    """Return the job of an episode that ``render`` or ``batch`` has made: a batch keeps its manifest in a state folder."""
    from voiceover.batch import kept_manifests, states_for_output
    from voiceover.pipeline.output import CHAPTERS, names_a_file

    job = job_for(script, layer, output, cache_dir)
    if output is not None and names_a_file(output):
        return job
    folder, name = Path(os.path.realpath(output or Path())), job.named.stem
    for state in states_for_output(folder):
        kept = kept_manifests(state)
        whole = [path for each, path in kept.get(folder, {}).items() if each.startswith(f"{name}.")]
        parts = [path.parent for path in kept.get(folder / f"{name}{CHAPTERS}", {}).values()]
        if places := [path.parent for path in (*whole, *parts)]:
            return replace(job, state=places[0])
    return job
