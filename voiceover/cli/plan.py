"""``voiceover plan``: a dry run of one script."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceover.cli.estimate_words import work_in_words
from voiceover.cli.options import (
    EngineCommand,
    cache_option,
    engine_options,
    flags,
    job_for,
    json_option,
    output_option,
    part,
    retakes_option,
    script_argument,
    settings_options,
    split_option,
    stems_option,
    store_option,
)
from voiceover.cli.problem_lines import ProblemLines
from voiceover.cli.terminal import clock, echo, engine_fields, problem_fields

if TYPE_CHECKING:
    from voiceover.pipeline.estimate import Estimate
    from voiceover.pipeline.job import EpisodePlan
    from voiceover.plan import PlanSummary


@click.command(
    cls=EngineCommand, examples=("voiceover plan ep01.md -o out", "voiceover plan ep01.md --spoken", "voiceover plan ep01.md --json")
)
@script_argument
@settings_options
@split_option
@stems_option
@engine_options
@output_option
@cache_option
@store_option
@click.option("--refresh", is_flag=True, help="Plan to re-record takes made by older versions.")
@retakes_option
@click.option("--lines", help="Only these lines of the file, such as 40-60.")
@click.option("--chapter", type=int, help="Only this chapter, counted from 1.")
@click.option("--spoken", "show_spoken", is_flag=True, help="Show each line as it will be spoken, and what changed it.")
@click.option("--all", "show_all", is_flag=True, help="Also list takes that are already recorded.")
@json_option
def plan(
    script: Path,
    output: Path | None,
    cache_dir: Path | None,
    store: str | None,
    refresh: bool,
    retakes: int | None,
    lines: str | None,
    chapter: int | None,
    show_spoken: bool,
    show_all: bool,
    as_json: bool,
    engine_choices: dict[str, str],
    **settings: object,
) -> None:
    """Show what a render would record, and why.

    SCRIPT is a file, or - for Markdown on standard input.
    """
    from voiceover.pipeline.render import estimate_episode, plan_episode
    from voiceover.plan import summarize

    job = job_for(
        script,
        flags(retakes=retakes, **settings),
        output,
        cache_dir,
        refresh=refresh,
        part=part(lines, chapter),
        engine_options=engine_choices,
        store=store,
    )
    episode = plan_episode(job)
    summary = summarize(episode.plan)
    stands = episode.standing() is not None
    work = estimate_episode(job, episode)
    if as_json:
        _print_json(script, episode, summary, stands, work)
        return
    for line in ProblemLines().of(script, episode.checked.problems):
        echo(line, err=True)
    _print_lines(episode, show_spoken, show_all)
    for choice, speakers in episode.engine_reasons.items():
        whom = f" for {', '.join(speakers)}" if len(episode.engine_reasons) > 1 else ""
        echo(f"engine{whom}: {choice.why}")
    for remark in episode.remarks:
        echo(remark)
    for status, count in summary.counts.items():
        echo(f"{status.value}: {count}")
    for reason, count in summary.kept.items():
        echo(f"  {reason}: {count}")
    to_record = f"to record: {clock(work.to_record_seconds)}" if summary.takes_to_record else "nothing to record"
    echo(f"speech: {clock(work.speech_seconds)}, {to_record}")
    echo("Up to date; nothing to render" if stands else work_in_words(work))


def _print_lines(episode: EpisodePlan, show_spoken: bool, show_all: bool) -> None:
    from voiceover.types import Status

    for planned in episode.plan.planned:
        utterance = planned.utterance
        chosen = "" if utterance.choice is None else f"; chosen: {', '.join(utterance.choice.in_words)}"
        chosen += "; short reference clip" if utterance.short_reference and planned.status is not Status.KEPT else ""
        if show_spoken:
            echo(f"{utterance.source}: {utterance.speaker}: {utterance.spoken}  [{planned.reason}{chosen}]")
            for change in planned.respellings:
                echo(f"    {change.rule}: {change.text} -> {change.spoken.strip() or 'nothing'}")
        elif planned.status.to_record or utterance.choice is not None or show_all:
            echo(f"{utterance.source}: {utterance.speaker}: {_short(utterance.text)}  [{planned.reason}{chosen}]")
    for recording in episode.plan.recordings if show_spoken or show_all else ():
        said = recording.utterance
        echo(f"{said.source}: {said.speaker}: {_short(said.text)}  [recorded: {recording.file.name}]")


def _print_json(script: Path, episode: EpisodePlan, summary: PlanSummary, stands: bool, work: Estimate) -> None:
    echo(
        json.dumps(
            {
                "script": str(script),
                "engine": episode.engine_names,
                "engine_reason": "; ".join(episode.why),
                "engines": engine_fields(episode),
                "manifest": str(episode.place.manifest),
                "stands": stands,
                "takes": [
                    {
                        "address": planned.utterance.address,
                        "path": planned.utterance.source.path,
                        "line": planned.utterance.source.line,
                        "column": planned.utterance.source.column,
                        "speaker": planned.utterance.speaker,
                        "engine": planned.utterance.engine,
                        "text": planned.utterance.text,
                        "spoken": planned.utterance.spoken,
                        "respelled": [
                            {"text": change.text, "spoken": change.spoken, "rule": change.rule} for change in planned.respellings
                        ],
                        "short_reference": planned.utterance.short_reference,
                        "status": planned.status.value,
                        "reason": planned.reason,
                        "chosen": [] if planned.utterance.choice is None else list(planned.utterance.choice.in_words),
                        "estimate_seconds": round(planned.utterance.estimate_seconds, 2),
                    }
                    for planned in episode.plan.planned
                ],
                "recordings": [
                    {
                        "path": recording.utterance.source.path,
                        "line": recording.utterance.source.line,
                        "speaker": recording.utterance.speaker,
                        "text": recording.utterance.text,
                        "file": recording.file.name,
                    }
                    for recording in episode.plan.recordings
                ],
                "counts": {status.value: count for status, count in summary.counts.items()},
                "problems": [problem_fields(problem) for problem in episode.checked.problems],
                "speech_seconds": round(work.speech_seconds, 1),
                "record_seconds": round(work.to_record_seconds, 1),
                "work_seconds": round(0.0 if stands else work.seconds, 1),
                "finish_seconds": round(0.0 if stands else work.finish_seconds, 1),
                "rates": "measured" if work.measured else "guessed",
            },
            ensure_ascii=False,
            indent=2,
        ),
        lines=True,
    )


def _short(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."
