"""The commands of ``voiceover`` and their summaries, so that its help page imports none of them."""

from __future__ import annotations

from importlib import import_module
from keyword import iskeyword

import click

SUMMARIES = {
    "adapt": "Rewrite an article for the ear, as a script.",
    "batch": "Render every new or changed script of a folder.",
    "bench": "Compare the time of one engine step with that of its bare matrix products.",
    "bind": "Bind the finished episodes of a folder to one audiobook.",
    "cast": "Find who says what in prose, and write labels into a copy.",
    "check": "Check scripts for errors, and list what is not spoken.",
    "config": "Show and change your user configuration; without a command, show it.",
    "doctor": "Show what is installed, the engine a render would use, and where cache and voices are.",
    "feed": "Write the podcast feed of a show.",
    "guide": "Print the rules of the script format for a person or a language model.",
    "import": "Write scripts from a book, a document, captions or another tool's script.",
    "init": "Start a show: a folder with settings, a feed and a first episode.",
    "models": "Download, import, check and choose the models that engines speak with.",
    "page": "Write a web page to listen to the finished episode of SCRIPT.",
    "plan": "Show what a render would record, and why.",
    "render": "Render scripts to audio, captions, transcript and manifest.",
    "retake": "Record a line again.",
    "review": "Write a web page to review the finished episode of SCRIPT, take by take.",
    "say": "Speak TEXT into one audio file.",
    "schedule": "Print a systemd, launchd or cron job for a daily batch.",
    "schema": "Print the JSON Schema of voiceover.yaml, show.yaml or a YAML script.",
    "spoken": "Print TEXT as it is spoken: numbers, dates, signs and abbreviations in words.",
    "takes": "List takes, the stored recordings; check recordings, accept suspect takes, forget choices, clean up.",
    "voices": "List, add, check, try and remove voices; without a command, list them.",
}
"""First sentences of the commands' docstrings, by name: a command ``NAME`` is the function of that name in the module ``cli/NAME``."""


def load_command(name: str) -> click.Command:
    """Import a command of ``SUMMARIES``."""
    module = f"{name}_" if iskeyword(name) else name
    command: click.Command = getattr(import_module(f"voiceover.cli.{module}"), module)
    _refuse_empty_paths(command)
    return command


def _refuse_empty_paths(command: click.Command) -> None:
    """Make an empty path an error in a command and those below it: Path("") is the current folder, and nobody means that by -o ""."""
    from voiceover.cli.given_paths import GivenPath
    from voiceover.cli.model_options import FamilyCommand

    if isinstance(command, click.Group):
        for each in command.commands.values():
            _refuse_empty_paths(each)
    # The options of the model families are checked where they are made; to list them here would import the engines.
    for parameter in command.own_params if isinstance(command, FamilyCommand) else command.params:
        if isinstance(parameter.type, click.Path):
            parameter.type = GivenPath(parameter.type)
