"""``voiceover takes``: the recordings of a script, and their store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from voiceover.cli.group import SuggestingGroup
from voiceover.cli.help import GroupedCommand
from voiceover.cli.options import cache_option, flags, json_option, output_option, script_argument, settings_options
from voiceover.cli.terminal import echo
from voiceover.system.sizes import size_in_words


@click.group(cls=SuggestingGroup)
def takes() -> None:
    """List and clean up takes, the stored recordings."""


@takes.command("list", cls=GroupedCommand, examples=("voiceover takes list ep01.md --json",))
@script_argument
@settings_options
@output_option
@cache_option
@json_option
def list_(script: Path, output: Path | None, cache_dir: Path | None, as_json: bool, **settings: object) -> None:
    """List the takes of a script with their files and sizes."""
    from voiceover.pipeline.context import open_store
    from voiceover.pipeline.job import Job
    from voiceover.pipeline.render import plan_episode

    episode = plan_episode(Job(script, flags(**settings), output, cache_dir))
    store = open_store(cache_dir)
    rows: list[dict[str, Any]] = [
        {
            "address": planned.utterance.address,
            "path": str(file) if file else None,
            "bytes": file.stat().st_size if file else None,
            "source": str(planned.utterance.source),
            "speaker": planned.utterance.speaker,
            "text": planned.utterance.text,
        }
        for planned in episode.planned
        for file in [store.path(planned.utterance.address) if store.has(planned.utterance.address) else None]
    ]
    if as_json:
        echo(json.dumps(rows, ensure_ascii=False, indent=2), lines=True)
        return
    for row in rows:
        where = f"{row['path']} ({size_in_words(row['bytes'])})" if row["path"] else "not recorded"
        echo(f"{row['source']}: {row['speaker']}: {where}")


@takes.command(cls=GroupedCommand, examples=("voiceover takes path 3fa9c1",))
@cache_option
@click.argument("address", required=False)
def path(cache_dir: Path | None, address: str | None) -> None:
    """Print the folder of takes, or the file of one take.

    ADDRESS is the beginning of the address of the take.
    """
    from voiceover.errors import InputError
    from voiceover.pipeline.context import open_store

    store = open_store(cache_dir)
    if address is None:
        echo(str(store.folder))
        return
    found = list(store.entries(address))
    if len(found) != 1:
        raise InputError(f"{'no' if not found else 'more than one'} take {address} in {store.folder}")
    echo(str(found[0].path))


@takes.command(cls=GroupedCommand, examples=("voiceover takes gc --cap 5GB",))
@cache_option
@click.option("--cap", default="20GB", show_default=True, help="Target size, such as 500MB; 0 deletes every take that no episode uses.")
def gc(cache_dir: Path | None, cap: str) -> None:
    """Delete old takes until the store is under its cap.

    The least recently used takes are deleted first. Takes of existing episodes are never deleted.
    """
    from voiceover.pipeline.context import open_store
    from voiceover.takes import collect_garbage

    store = open_store(cache_dir)
    report = collect_garbage(store, _bytes(cap))
    for done, count, total in (("removed", report.removed_files, report.removed_bytes), ("kept", report.kept_files, report.kept_bytes)):
        echo(f"{count} take{'' if count == 1 else 's'} {done}, {size_in_words(total)}", err=True)
    if report.warning:
        echo(report.warning, err=True)


def _bytes(text: str) -> int:
    units = {"": 1, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}
    number = text.rstrip("BKMGTbkmgt ")
    unit = text[len(number) :].strip().upper()
    try:
        if unit not in units:
            raise ValueError(unit)
        amount = float(number) * units[unit]
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a size such as 500MB or 20GB", param_hint="--cap") from error
    if not 0 <= amount < 1e18:
        raise click.BadParameter(f"{text!r} is not a size such as 500MB or 20GB", param_hint="--cap")
    return int(amount)
