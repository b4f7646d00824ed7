"""``voiceover takes``: the recordings of a script, and their store."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceover.cli.completion import complete_voices
from voiceover.cli.group import SuggestingGroup
from voiceover.cli.help import GroupedCommand
from voiceover.cli.options import cache_option, flags, json_option, output_option, script_argument, settings_options
from voiceover.cli.terminal import echo
from voiceover.system.sizes import size_in_words

if TYPE_CHECKING:
    from voiceover.types import Finding


@click.group(cls=SuggestingGroup)
def takes() -> None:
    """List takes, the stored recordings; check recordings, accept suspect takes, forget choices, clean up."""


@takes.command("list", cls=GroupedCommand, examples=("voiceover takes list ep01.md -o out", "voiceover takes list ep01.md --json"))
@script_argument
@settings_options
@output_option
@cache_option
@click.option("--paths", is_flag=True, help="Also print the file of each take.")
@json_option
def list_(script: Path, output: Path | None, cache_dir: Path | None, paths: bool, as_json: bool, **settings: object) -> None:
    """List the takes of a script: number, place, text, length, and what was chosen for it or found in it.

    Findings are those of the last render into the output folder; without one, the takes in the store are judged again.
    """
    from voiceover.pipeline.job import Job
    from voiceover.pipeline.listing import listed_takes

    rows = listed_takes(Job(script, flags(**settings), output, cache_dir))
    if as_json:
        echo(json.dumps([row.as_json() for row in rows], ensure_ascii=False, indent=2), lines=True)
        return
    for row in rows:
        seconds = "not recorded" if row.seconds is None else f"{row.seconds:.1f} s"
        marks = f"  [{'; '.join(row.flags)}]" if row.flags else ""
        echo(f"{row.line.number:>4}  {script}:{row.line.place}: {row.line.planned.utterance.speaker}: {seconds}: {_short(row.text)}{marks}")
        if paths and row.path is not None:
            echo(f"      {row.path} ({size_in_words(row.bytes)})")


def _short(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."


@takes.command(cls=GroupedCommand, examples=("voiceover takes accept ep01.md 41 -o out",))
@script_argument
@click.argument("places", nargs=-1, required=True, metavar="LINE[:COLUMN]...")
@settings_options
@output_option
@cache_option
def accept(script: Path, places: tuple[str, ...], output: Path | None, cache_dir: Path | None, **settings: object) -> None:
    """Accept suspect takes that sound right.

    They no longer count as suspect. What a check found in the takes that are kept is accepted; anything else that a check finds in a later
    take makes the line suspect again.
    """
    from voiceover.pipeline.choosing import accept as accept_takes
    from voiceover.pipeline.job import Job
    from voiceover.pipeline.take_lines import parse_place

    job = Job(script, flags(**settings), output, cache_dir)
    for place in map(parse_place, places):
        for choice in accept_takes(job, place):
            echo(f"{choice.source}: accepted: {', '.join(choice.accepted)}", err=True)


@takes.command(cls=GroupedCommand, examples=("voiceover takes forget ep01.md 41", "voiceover takes forget ep01.md --gone"))
@script_argument
@click.argument("places", nargs=-1, metavar="[LINE[:COLUMN]...]")
@click.option("--gone", is_flag=True, help="Forget choices whose words are not in the script any more.")
@settings_options
@cache_option
def forget(script: Path, places: tuple[str, ...], gone: bool, cache_dir: Path | None, **settings: object) -> None:
    """Forget what was chosen for takes: seeds, settings, own recordings, acceptances.

    Copies of own recordings are deleted from the folder beside the script; the file that was given to `retake --audio` is not touched.
    """
    from voiceover.pipeline.choosing import forget as forget_choices
    from voiceover.pipeline.job import Job
    from voiceover.pipeline.take_lines import parse_place

    if not places and not gone:
        raise click.UsageError("give the lines whose choices to forget, or --gone")
    removed = forget_choices(Job(script, flags(**settings), None, cache_dir), tuple(map(parse_place, places)), gone=gone)
    for choice in removed:
        echo(f"{choice.source}: forgotten: {choice.speaker}: {_short(choice.text)}", err=True)
    if not removed:
        echo("nothing to forget", err=True)


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

    What is kept of finished episodes to make them again faster is deleted first, then the least recently used takes. Takes of existing
    episodes are never deleted.
    """
    from voiceover.pipeline.context import open_store
    from voiceover.takes import collect_garbage

    store = open_store(cache_dir)
    report = collect_garbage(store, _bytes(cap))
    for done, count, total in (("removed", report.removed_files, report.removed_bytes), ("kept", report.kept_files, report.kept_bytes)):
        echo(f"{count} take{'' if count == 1 else 's'} {done}, {size_in_words(total)}", err=True)
    if report.removed_pieces_bytes or report.pieces_bytes:
        removed, kept = size_in_words(report.removed_pieces_bytes), size_in_words(report.pieces_bytes)
        echo(f"pieces of finished episodes: {removed} removed, {kept} kept", err=True)
    if report.warning:
        echo(report.warning, err=True)


@takes.command(
    "check",
    cls=GroupedCommand,
    examples=(
        'voiceover takes check guest.m4a --text "It was the hottest summer that anyone could remember."',
        'voiceover takes check take.wav --text "$(cat line.txt)" --voice ada --listen --json',
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--text", required=True, help="The words that the recording should contain.")
@click.option("--voice", shell_complete=complete_voices, help="The voice that speaks; its clip gives the pace.")
@click.option("--language", help="Language of the words, such as en or de. [default: the voice's, or en]")
@click.option("--listen", is_flag=True, help="Also judge it by ear, with a recognizer.")
@json_option
def check_(file: Path, text: str, voice: str | None, language: str | None, listen: bool, as_json: bool) -> None:
    """Check any recording against its words, by the checks of every take.

    Exit code 0 if nothing is found, 3 if the recording is suspect.
    """
    from voiceover.pipeline.take_check import check_recording

    checked = check_recording(file, text, voice, language, listen=listen)
    findings = checked.checks.findings
    if as_json:
        content = {
            "path": str(file),
            "seconds": round(checked.seconds, 3),
            "suspect": checked.checks.suspect,
            "score": checked.checks.score,
            "heard": checked.heard,
            "findings": [asdict(finding) for finding in findings],
        }
        echo(json.dumps(content, ensure_ascii=False, indent=2), lines=True)
    else:
        for finding in findings:
            echo(f"{file}{_place(finding)}: {finding.check}: {finding.message}")
        if not findings:
            echo(f"{file}: nothing found", err=True)
    if findings:
        raise click.exceptions.Exit(3)


def _place(finding: Finding) -> str:
    """Return the times of a finding, for people."""
    if finding.begin_seconds is None:
        return ""
    end = finding.end_seconds
    span = "" if end is None or end == finding.begin_seconds else f"-{end:.2f}"
    return f" at {finding.begin_seconds:.2f}{span} s"


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
