"""``voiceover init``: start a show, or audio for a static site."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from voiceover.cli.help import GroupedCommand
from voiceover.cli.terminal import echo
from voiceover.types.show import SiteGenerator

_SITES = [generator.value for generator in SiteGenerator]


@click.command(cls=GroupedCommand, examples=("voiceover init show", "voiceover init . --site hugo"))
@click.argument("folder", type=click.Path(path_type=Path), metavar="SHOW")
@click.option("--site", type=click.Choice(_SITES), help="SHOW is the folder of a static site: write a partial with the player, and a feed.")
def init(folder: Path, site: str | None) -> None:
    """Start a show: a folder with settings, a feed and a first episode.

    Files that are there already are never changed. The commands that make the first episode are printed.
    """
    from voiceover.engines import STAND_IN
    from voiceover.show import LAYOUTS, start_show, start_site

    started = start_show(folder) if site is None else start_site(folder, SiteGenerator(site))
    for path in started.written:
        echo(path, err=True)
    for path in started.kept:
        echo(f"{path} is there already; it was not changed", err=True)
    drafts = " --allow-draft" if started.engine == STAND_IN else ""
    show = shlex.quote(str(folder / "show.yaml"))
    if site is not None:
        layout = LAYOUTS[SiteGenerator(site)]
        for line in layout.advice:
            echo(line, err=True)
        scripts, audio = (shlex.quote(str(folder / name)) for name in (layout.scripts, layout.audio))
        echo(f"voiceover batch {scripts} -o {audio} --feed {show}{drafts}")
        return
    episodes, public = (shlex.quote(str(folder / name)) for name in ("episodes", "public"))
    echo(f"voiceover batch {episodes} -o {public}{drafts}")
    echo(f"voiceover feed {show}{drafts}")
