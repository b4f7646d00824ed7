"""``voiceover schema``: JSON Schemas for editors."""

from __future__ import annotations

import json

import click

from voiceover.cli.help import GroupedCommand
from voiceover.cli.terminal import echo

KINDS = ("voiceover", "show", "script")


@click.command(cls=GroupedCommand, examples=("voiceover schema show",))
@click.argument("kind", type=click.Choice(KINDS), default=KINDS[0])
def schema(kind: str) -> None:
    """Print the JSON Schema of voiceover.yaml, show.yaml or a YAML script.

    Editors complete and check files by it: write `# yaml-language-server: $schema=FILE` on the first line of one.
    """
    from voiceover.settings.json_schema import SCHEMAS

    echo(json.dumps(SCHEMAS[kind](), indent=2), lines=True)
