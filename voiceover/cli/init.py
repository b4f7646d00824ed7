"""``voiceover init``: start a show."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from voiceover.cli.help import GroupedCommand
from voiceover.cli.terminal import echo


@click.command(cls=GroupedCommand, examples=("voiceover init show",))
@click.argument("folder", type=click.Path(path_type=Path), metavar="SHOW")
def init(folder: Path) -> None:
    """Start a show: a folder with settings, a feed and a first episode.

    Files that are there already are never changed. The commands that make the first episode are printed.
    """
    from voiceover.engines import STAND_IN
    from voiceover.show import start_show

    started = start_show(folder)
    for path in started.written:
        echo(path, err=True)
    for path in started.kept:
        echo(f"{path} is there already; it was not changed", err=True)
    episodes, public, show = (shlex.quote(str(folder / name)) for name in ("episodes", "public", "show.yaml"))
    drafts = " --allow-draft" if started.engine == STAND_IN else ""
    echo(f"voiceover batch {episodes} -o {public}{drafts}")
    echo(f"voiceover feed {show}{drafts}")
