"""``voiceover say``: speak one line."""

from __future__ import annotations

from pathlib import Path

import click

from voiceover.cli.help import GroupedCommand
from voiceover.cli.options import cache_option, check_format, flags, settings_options
from voiceover.cli.play import play_files, play_option
from voiceover.cli.terminal import clock, echo


@click.command(
    cls=GroupedCommand, examples=('voiceover say "Hello, world." -o hello.wav --play', 'voiceover say "Bonjour." --voice ada --language fr')
)
@click.argument("text")
@settings_options
@click.option("--style", help="A style of the voice, such as whispering.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write. [default: say.wav]")
@cache_option
@play_option
def say(text: str, style: str | None, output: Path | None, cache_dir: Path | None, play: bool, **settings: object) -> None:
    """Speak TEXT into one audio file.

    The file is mastered like an episode. TEXT may contain the inline markup of a script: [pause 1s], [bonjour](lang:fr), [Nguyen](say:win).
    """
    from voiceover.pipeline.say import say as speak

    if not text.strip():
        raise click.UsageError("TEXT is empty; give the words to speak")
    layer = flags(**settings)
    if layer.formats and len(layer.formats) > 1:
        raise click.UsageError("say writes one file; give one --format")
    check_format(layer, output)
    path, seconds, why = speak(text, style, output or Path(f"say.{(layer.formats or ('wav',))[0]}"), layer, cache_dir)
    echo(why, err=True, lines=True)
    echo(f"{path} ({clock(seconds)})", err=True)
    if play:
        play_files([path])
