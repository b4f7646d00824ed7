"""``voiceover batch``: render a folder of scripts, unattended."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from voiceover.cli.options import (
    EngineCommand,
    cache_option,
    check_cluster,
    cluster_option,
    engine_options,
    flags,
    jobs_option,
    listen_option,
    quiet_option,
    retakes_option,
    settings_options,
    split_option,
    state_option,
    stems_option,
    store_option,
)
from voiceover.cli.terminal import Display, clock, display, echo
from voiceover.errors import InputError

if TYPE_CHECKING:
    from voiceover.batch import BatchReport, BatchRequest, Outcome

T = TypeVar("T")

HEADER = f"{'status':<10}  {'length':>8}  {'takes':>11}  {'LUFS':>6}  {'RTF':>7}  script"


def _span(context: click.Context, option: click.Parameter, text: str | None) -> float | None:
    from voiceover.batch import parse_span

    return None if text is None else _read(lambda: parse_span(text))


def _next_time(context: click.Context, option: click.Parameter, text: str | None) -> float | None:
    from datetime import datetime

    from voiceover.batch import next_time

    return None if text is None else _read(lambda: next_time(text, datetime.now().astimezone()).timestamp())


def _read(read: Callable[[], T]) -> T:
    try:
        return read()
    except InputError as error:
        raise click.BadParameter(str(error)) from error


@click.command(
    cls=EngineCommand,
    examples=(
        "voiceover batch content -o out --until 06:00",
        "voiceover batch content -o out --dry-run --explain",
        "git diff --name-only | voiceover batch - -o out",
    ),
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, file_okay=False), help="Output folder.")
@settings_options
@split_option
@stems_option
@engine_options
@cache_option
@jobs_option
@store_option
@cluster_option
@listen_option
@click.option("--only", multiple=True, help="Process only scripts whose path or name matches this glob; can be repeated.")
@click.option("--dry-run", is_flag=True, help="Only show what would be rendered, and how long it would take here.")
@click.option("--explain", is_flag=True, help="Show for each script why it is rendered or not.")
@click.option("--refresh", is_flag=True, help="Re-record takes made by older versions.")
@retakes_option
@click.option("--fail-fast", is_flag=True, help="Stop at the first episode that fails.")
@click.option("--timeout", callback=_span, help="Time limit per episode, such as 30m.")
@click.option("--until", callback=_next_time, help="Start no take after this time of day, such as 06:00; newest scripts first.")
@click.option("--max-time", callback=_span, help="Start no take after this duration, such as 5h; newest scripts first.")
@click.option("--prune", is_flag=True, help="Delete outputs whose script was deleted or unpublished.")
@click.option("--feed", "show", type=click.Path(path_type=Path, dir_okay=False), help="Also write the podcast feed of this show.")
@state_option
@click.option("--allow-draft", is_flag=True, help="Also make episodes of the draft voice, and include them in the feed.")
@click.option(
    "--allow-suspect", is_flag=True, help="Exit with code 0 even if a check found takes that may be wrong; with --feed, include them."
)
@click.option(
    "--index", "listing", type=click.Path(path_type=Path, dir_okay=False), help="Write a JSON file that maps scripts to their output files."
)
@click.option(
    "--report",
    "report_files",
    multiple=True,
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write a report to this file: a web page if it ends in .html, else JSON; - is standard output. Can be repeated.",
)
@quiet_option
def batch(
    paths: tuple[str, ...],
    output: Path,
    cache_dir: Path | None,
    jobs: int | None,
    store: str | None,
    cluster: str | None,
    only: tuple[str, ...],
    dry_run: bool,
    explain: bool,
    refresh: bool,
    retakes: int | None,
    fail_fast: bool,
    timeout: float | None,
    until: float | None,
    max_time: float | None,
    prune: bool,
    listing: Path | None,
    show: Path | None,
    allow_draft: bool,
    allow_suspect: bool,
    state: Path | None,
    report_files: tuple[Path, ...],
    quiet: bool,
    engine_choices: dict[str, str],
    **settings: object,
) -> None:
    """Render every new or changed script of a folder.

    PATH is a folder, a script, a glob, or - for a list of paths on standard input.
    """
    from voiceover.batch import BatchRequest

    check(output, store, cluster)
    if "" in paths:
        raise click.UsageError("PATH must not be empty; . is the current folder")
    request = BatchRequest(
        tuple(path for path in paths if path != "-"),
        output,
        listed=_listed() if "-" in paths else (),
        flags=flags(retakes=retakes, **settings),
        engine_options=engine_choices,
        cache_folder=cache_dir,
        jobs=jobs,
        only=only,
        refresh=refresh,
        fail_fast=fail_fast,
        dry_run=dry_run,
        prune=prune,
        timeout_seconds=timeout,
        stop_at=_stop_at(until, max_time),
        state=state,
        allow_draft=allow_draft,
        listing=listing,
        store=store,
        cluster=cluster,
        allow_suspect=allow_suspect,
    )
    if show is None:
        raise click.exceptions.Exit(_run(request, report_files, quiet=quiet, explain=explain).exit_code)
    from voiceover.settings.show import read_show

    index = read_show(show).index  # what is wrong with the show is told before the work, not after
    request = replace(request, listing=listing or index)
    code = _run(request, report_files, quiet=quiet, explain=explain).exit_code
    if not dry_run:
        _write_feed(show, request, allow_suspect=allow_suspect, quiet=quiet)
    raise click.exceptions.Exit(code)


def _write_feed(show: Path, request: BatchRequest, *, allow_suspect: bool, quiet: bool) -> None:
    """Write the feed of the episodes in the batch's output folder."""
    from voiceover.batch import default_state
    from voiceover.cli.feed import tell
    from voiceover.show import FeedRequest, make_feed

    scripts = tuple(Path(path) for path in (*request.paths, *request.listed) if Path(path).is_dir())
    wanted = FeedRequest(
        show,
        folders=(request.output,),
        scripts=scripts,
        states=(request.state or default_state(request),),
        allow_draft=request.allow_draft,
        allow_suspect=allow_suspect,
    )
    report = make_feed(wanted)
    if not quiet:
        tell(report)


def check(output: Path, store: str | None, cluster: str | None) -> None:
    """Raise UsageError for options that contradict each other."""
    from voiceover.pipeline.output import names_a_file

    if names_a_file(output):
        raise click.UsageError(f"-o {output} names a file; a batch needs a folder")
    check_cluster(store, cluster)


def _run(request: BatchRequest, report_files: Sequence[Path], *, quiet: bool, explain: bool) -> BatchReport:
    from voiceover.batch import PAGE_SUFFIXES, check_listing, report_pieces, run_batch, write_night_page, write_report
    from voiceover.pipeline.render import no_progress
    from voiceover.system.files import make_place

    for file in report_files:
        if str(file) != "-":
            make_place(file, "write the report")
    if request.listing is not None and not request.dry_run:
        check_listing(request.listing)

    with display(False, quiet) as shown:
        table = _Table(shown, quiet=quiet, explain=explain)

        def end(report: BatchReport) -> None:
            table.sum_up(report)
            for file in report_files:
                if str(file) == "-":
                    for piece in report_pieces(report):
                        echo(piece, nl=False, lines=True)
                elif file.suffix.lower() in PAGE_SUFFIXES:
                    write_night_page(report, file)
                else:
                    write_report(report, file)
            if report.abandoned:
                _leave(report.exit_code)

        _interrupt_once()
        # In a log, one row per script is enough progress.
        on_progress = shown.progress if sys.stderr is not None and sys.stderr.isatty() else no_progress
        return run_batch(request, end, table.row, on_progress, table.crashed)


class _Table:
    """One row per script as it is finished. Unchanged ones are only counted, unless --explain asks for them."""

    def __init__(self, shown: Display, *, quiet: bool, explain: bool) -> None:
        self._shown, self._quiet, self._explain = shown, quiet, explain
        self._begun = False
        self._failures: dict[str, list[str]] = {}
        """Failed scripts by reason; each reason is printed once."""

    def crashed(self) -> None:
        self._shown.say("the last batch in this folder was killed; resuming")

    def row(self, outcome: Outcome) -> None:
        status, script = outcome.status.value, str(outcome.found.script)
        alike = self._failures.setdefault(outcome.reason, []) if status == "failed" else []
        alike.append(script)
        is_repeated = len(alike) > 1
        if is_repeated and not self._explain:
            return
        if status == "failed" and self._quiet and not is_repeated:
            for line in outcome.reason.splitlines():
                echo(line if script in line else f"{script}: {line}", err=True)
        if status == "unchanged" and not self._explain:
            return
        if not self._begun:
            self._begun = True
            self._shown.say(HEADER)
        facts = outcome.facts
        row_name = script.replace("\n", " ")
        length = clock(facts.seconds) if facts else ""
        takes = f"{outcome.recorded} + {outcome.reused}" if outcome.recorded or outcome.reused else ""
        loudness = f"{facts.integrated_lufs:.1f}" if facts and facts.integrated_lufs is not None else ""
        rtf = f"{outcome.wall_seconds / facts.seconds:.3f}" if facts and facts.seconds and status == "made" else ""
        self._shown.say(f"{status:<10}  {length:>8}  {takes:>11}  {loudness:>6}  {rtf:>7}  {row_name}")
        if status in ("failed", "skipped") or self._explain:
            for line in ["same reason as above"] if is_repeated else outcome.reason.splitlines():
                self._shown.say(f"    {line}")
        for line in outcome.log if status == "made" else ():
            self._shown.say(f"    {line}")

    def sum_up(self, report: BatchReport) -> None:
        from voiceover.batch import ScriptStatus, left_out_words

        for scripts in self._failures.values():
            if len(scripts) > 1 and not self._explain:
                others = len(scripts) - 1
                count = f"{others} more script{'' if others == 1 else 's'}"
                message = f"{count} failed for the same reason as {scripts[0]}; --explain lists {'it' if others == 1 else 'them'}"
                if self._quiet:
                    echo(message, err=True)
                self._shown.say(message)
        for orphan in report.orphans:
            what = "removed" if orphan.pruned else "orphaned (--prune removes it)"
            self._shown.say(f"{report.request.output / orphan.stem}.*: {what}: {orphan.reason}")
        counts = ", ".join(f"{ending.value}: {report.count(ending)}" for ending in ScriptStatus if report.count(ending))
        if not report.error or counts:
            self._shown.say(f"{counts or 'Up to date; nothing to render'}; {clock(report.wall_seconds)}")
        if report.suspect:
            self._shown.say(f"suspect takes: {report.suspect}; voiceover retake and voiceover takes accept deal with them")
        if report.left_out and not report.error:
            self._shown.say(left_out_words(report.left_out))
        if report.backlog_seconds is not None and report.rate_is_measured is not None and not report.error:
            how = "this machine's measured rate" if report.rate_is_measured else "the engine's default rate (nothing measured here yet)"
            takes = sum(outcome.recorded for outcome in report.outcomes)
            self._shown.say(f"backlog: {takes} take{'' if takes == 1 else 's'}, {report.backlog_seconds / 3600:.2f} hours at {how}")


def _listed() -> tuple[str, ...]:
    """Return the paths on standard input: one per line, or separated by NUL bytes if there are any."""
    text = os.fsdecode(sys.stdin.buffer.read()) if sys.stdin is not None else ""
    return tuple(line for line in text.split("\0" if "\0" in text else "\n") if line.strip())


def _stop_at(until: float | None, max_time: float | None) -> float | None:
    """Return the earlier of both limits in seconds since the epoch."""
    return min(filter(None, (until, max_time and time.time() + max_time)), default=None)


def _leave(code: int) -> NoReturn:
    """Exit immediately: a thread that hangs in native code must not delay or crash the exit."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with suppress(OSError):
                stream.flush()
    os._exit(code)


def _interrupt_once() -> None:
    """Let only the first signal interrupt the batch, so that later ones cannot prevent its report."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before: dict[int, Callable[[int, FrameType | None], object]] = {}

    def once(number: int, frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        before[number](number, frame)

    for number in signals:
        handler = signal.getsignal(number)
        if handler is not None and not isinstance(handler, int):
            before[number] = handler
            signal.signal(number, once)
