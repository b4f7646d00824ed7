"""``voiceover schedule``: run a batch daily with systemd, launchd or cron."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from voiceover.cli.batch import batch, check
from voiceover.cli.help import GroupedCommand
from voiceover.cli.terminal import echo

KINDS = ("systemd", "launchd", "cron")


@click.command(
    cls=GroupedCommand,
    context_settings={"ignore_unknown_options": True},
    examples=("voiceover schedule --systemd --at 03:00 content -o out --until 06:00",),
)
@click.option("--systemd", "kind", flag_value="systemd", help="Print a service and a timer for systemd.")
@click.option("--launchd", "kind", flag_value="launchd", help="Print a property list for launchd (macOS).")
@click.option("--cron", "kind", flag_value="cron", help="Print a line for crontab.")
@click.option("--at", default="03:00", show_default=True, help="Time of day, local time.")
@click.option(
    "--log",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Log file. [default: the journal with systemd, otherwise a file in this folder]",
)
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="Write the files into this folder instead of printing them.")
@click.argument("arguments", nargs=-1, required=True, type=click.UNPROCESSED, metavar="PATH... -o OUTPUT [BATCH OPTIONS]")
def schedule(kind: str | None, at: str, log: Path | None, into: Path | None, arguments: tuple[str, ...]) -> None:
    """Print a systemd, launchd or cron job for a daily batch.

    The job runs `voiceover batch` with the given arguments in this folder.
    """
    from voiceover.batch import ScheduledJob, batch_command, cron_unit, job_name, launchd_unit, parse_time, systemd_units
    from voiceover.errors import InputError
    from voiceover.system.files import make_folder, write_whole

    if kind is None:
        raise click.UsageError(f"choose a scheduler: {', '.join(f'--{name}' for name in KINDS)}")
    # Errors that batch would report at night are reported now.
    given = batch.make_context("voiceover batch", list(arguments)).params
    check(given["output"], given["store"], given["cluster"])
    if "-" in given["paths"]:
        raise click.UsageError("- reads standard input, which a scheduled job does not have")
    try:
        moment = parse_time(at)
    except InputError as error:
        raise click.BadParameter(str(error), param_hint="--at") from error
    here = Path.cwd()
    environment = {name: os.environ[name] for name in ("VOICEOVER_CACHE", "VOICEOVER_DATA") if os.environ.get(name)}
    job = ScheduledJob(job_name(here), batch_command(sys.executable, arguments), here, moment, environment, log.absolute() if log else None)
    units = systemd_units(job) if kind == "systemd" else (launchd_unit(job) if kind == "launchd" else cron_unit(job),)
    if into is None:
        echo("\n".join(unit.text for unit in units), nl=False, lines=True)
        return
    make_folder(into, "write here")
    for unit in units:
        write_whole(into / unit.name, unit.text.encode(), "write the unit")
        echo(into / unit.name, err=True)
