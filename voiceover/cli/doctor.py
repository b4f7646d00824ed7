"""``voiceover doctor``: installed packages and engines, the engine that a render would use, and the folders of cache and voices."""

from __future__ import annotations

import json
from pathlib import Path

import click

from voiceover.cli.help import GroupedCommand
from voiceover.cli.options import cache_option, json_option
from voiceover.cli.terminal import echo


@click.command(cls=GroupedCommand, examples=("voiceover doctor",))
@cache_option
@json_option
def doctor(cache_dir: Path | None, as_json: bool) -> None:
    """Show what is installed, the engine a render would use, and where cache and voices are."""
    from voiceover.pipeline.doctor import diagnose

    found = diagnose(cache_dir)
    if as_json:
        echo(json.dumps(found, ensure_ascii=False, indent=2), lines=True)
    else:
        for name, value in found.items():
            if isinstance(value, dict):
                echo(f"{name}:")
                for key, text in value.items():
                    echo(f"  {key}: {text}")
            elif isinstance(value, list):
                echo(f"{name}: {', '.join(str(text) for text in value)}")
            else:
                echo(f"{name}: {value}")
    if not found["ok"]:
        raise click.exceptions.Exit(1)
