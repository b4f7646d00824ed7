"""``voiceover feed``: the podcast feed of a show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceover.cli.help import GroupedCommand
from voiceover.cli.options import json_option, state_option
from voiceover.cli.terminal import echo

if TYPE_CHECKING:
    from voiceover.show import FeedReport, FeedRequest


@click.command(cls=GroupedCommand, examples=("voiceover feed show.yaml", "voiceover feed show.yaml --check"))
@click.argument("show", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write. [default: feed.xml beside SHOW]")
@state_option
@click.option("--allow-draft", is_flag=True, help="Include episodes of the draft voice.")
@click.option("--allow-suspect", is_flag=True, help="Include episodes in which a check found a take that may be wrong.")
@click.option("--check", is_flag=True, help="Write nothing; check the feed against what Apple, Spotify and the namespaces require.")
@click.option("--url", "ask_host", is_flag=True, help="With --check, also ask the host for the published files.")
@json_option
def feed(
    show: Path,
    output: Path | None,
    state: Path | None,
    allow_draft: bool,
    allow_suspect: bool,
    check: bool,
    ask_host: bool,
    as_json: bool,
) -> None:
    """Write the podcast feed of a show.

    SHOW is a file such as show.yaml, which names the folders of finished episodes. Identifiers of episodes are kept beside it in
    feed.lock: commit that file.
    """
    from voiceover.show import FeedRequest, make_feed

    if ask_host and not check:
        raise click.UsageError("--url goes with --check")
    if state is not None and not state.is_dir():
        raise click.UsageError(f"--state {state}: there is no such folder")
    states = None if state is None else (state,)
    request = FeedRequest(show, output, states=states, allow_draft=allow_draft, allow_suspect=allow_suspect)
    if check:
        raise click.exceptions.Exit(_check(request, ask_host=ask_host, as_json=as_json))
    report = make_feed(request)
    tell(report)
    if as_json:
        echo(json.dumps(_json(report), ensure_ascii=False, indent=2), lines=True)


def _check(request: FeedRequest, *, ask_host: bool, as_json: bool) -> int:
    """Print what a check finds; the exit code is 2 if there is a fault."""
    from voiceover.show import Grade, check_feed, check_host, collect_feed

    report, _ = collect_feed(request)
    findings = (*check_feed(report.feed), *(check_host(report.feed) if ask_host else ()))
    faults = sum(finding.grade is Grade.FAULT for finding in findings)
    if as_json:
        listed = [{"grade": finding.grade.value, "where": finding.where, "message": finding.message} for finding in findings]
        echo(json.dumps({**_json(report), "findings": listed}, ensure_ascii=False, indent=2), lines=True)
    else:
        for remark in report.remarks:
            echo(remark, err=True)
        for finding in findings:
            echo(str(finding))
        warnings = len(findings) - faults
        echo(f"{request.show}: {faults} fault{'' if faults == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'}")
    return 2 if faults else 0


def tell(report: FeedReport) -> None:
    """Print what was written and what was left out."""
    for remark in report.remarks:
        echo(remark, err=True)
    count = len(report.feed.episodes)
    state = "" if report.changed else ", up to date"
    echo(f"{report.path}: {count} episode{'' if count == 1 else 's'}{state}", err=True)


def _json(report: FeedReport) -> dict[str, object]:
    return {
        "feed": str(report.path),
        "changed": report.changed,
        "guid": report.feed.guid,
        "episodes": [
            {
                "name": episode.name,
                "title": episode.title,
                "guid": episode.guid,
                "date": episode.moment.isoformat() if episode.moment else None,
                "url": episode.audio.url,
                "link": episode.link or None,
            }
            for episode in report.feed.episodes
        ],
        "remarks": list(report.remarks),
    }
