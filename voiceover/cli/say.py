"""``voiceover say``: hear a voice speak a line."""

from __future__ import annotations

from pathlib import Path

import click

from voiceover.cli.options import cache_option, flags, settings_options
from voiceover.cli.terminal import clock


@click.command()
@click.argument("text")
@settings_options
@click.option("--style", help="A style of the voice, such as whispering.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("say.wav"), show_default=True, help="File to write.")
@cache_option
def say(text: str, style: str | None, output: Path, cache_dir: Path | None, **settings: object) -> None:
    """Speak TEXT into one audio file, levelled like an episode.

    TEXT may hold what a line of a script may: [pause 1s], [bonjour](lang:fr), [Nguyen](say:win).
    """
    from voiceover.desk import say as speak

    path, seconds, why = speak(text, style, output, flags(**settings), cache_dir)
    click.echo(why, err=True)
    click.echo(f"{path} ({clock(seconds)})", err=True)
