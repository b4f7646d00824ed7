"""``voiceover render``: make the episodes of scripts."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from voiceover.cli.estimate_words import cost_in_words
from voiceover.cli.options import (
    EngineCommand,
    cache_option,
    check_cluster,
    check_format,
    check_scripts,
    cluster_option,
    engine_options,
    flags,
    job_for,
    jobs_option,
    json_option,
    listen_option,
    output_option,
    part,
    quiet_option,
    retakes_option,
    scripts_argument,
    settings_options,
    split_option,
    stems_option,
    store_option,
)
from voiceover.cli.play import Background, play_files, play_option
from voiceover.cli.problem_lines import ProblemLines
from voiceover.cli.terminal import Display, clock, display, echo, engine_fields, problem_fields, suspect_fields
from voiceover.errors import ProblemsError, VoiceoverError
from voiceover.types import CLEARANCE_LU

if TYPE_CHECKING:
    from voiceover.pipeline.estimate import Estimate
    from voiceover.pipeline.job import EpisodePlan, Job, Rendered
    from voiceover.pipeline.suspects import SuspectTake
    from voiceover.types import Episode, EpisodePart, MusicReport

POLL_SECONDS = 0.4
SUSPECT = 3
"""Exit code of an episode that was made, with suspect takes."""


@click.command(
    cls=EngineCommand,
    examples=(
        "voiceover render ep01.md -o out",
        "voiceover render ep01.md --lines 40-60 -o preview.mp3",
        "voiceover render *.md -o out --format mp3,flac --jobs 4",
    ),
)
@scripts_argument
@settings_options
@split_option
@stems_option
@engine_options
@output_option
@cache_option
@jobs_option
@store_option
@cluster_option
@listen_option
@click.option("--refresh", is_flag=True, help="Re-record takes made by older versions.")
@retakes_option
@click.option("--allow-suspect", is_flag=True, help="Exit with code 0 even if a check found a take that may be wrong.")
@click.option("--lines", help="Render a preview of these lines of the file, such as 40-60.")
@click.option("--chapter", type=int, help="Render a preview of this chapter, counted from 1.")
@click.option("--page", is_flag=True, help="Also write a web page to listen to the episode; see `voiceover page`.")
@click.option("--verify", is_flag=True, help="Decode the finished files and measure their loudness.")
@click.option("--watch", is_flag=True, help="Render again whenever the script or a voice changes.")
@play_option
@click.option("--no-wait", is_flag=True, help="Exit with code 4 instead of waiting if another run is rendering the episode.")
@quiet_option
@json_option
def render(
    scripts: tuple[Path, ...],
    output: Path | None,
    cache_dir: Path | None,
    jobs: int | None,
    store: str | None,
    cluster: str | None,
    refresh: bool,
    retakes: int | None,
    allow_suspect: bool,
    lines: str | None,
    chapter: int | None,
    page: bool,
    verify: bool,
    watch: bool,
    play: bool,
    no_wait: bool,
    quiet: bool,
    as_json: bool,
    engine_choices: dict[str, str],
    **settings: object,
) -> None:
    """Render scripts to audio, captions, transcript and manifest.

    SCRIPTS are files, or - for Markdown on standard input; its output files are named stdin unless -o names a file.
    """
    from voiceover.pipeline import output as places
    from voiceover.settings.layers import STDIN

    if watch and len(scripts) > 1:
        raise click.UsageError("--watch takes one script")
    if watch and STDIN in scripts:
        raise click.UsageError("--watch needs a file; standard input (-) cannot be read twice")
    check_scripts(scripts)
    check_cluster(store, cluster)
    wanted = [
        job_for(
            script,
            flags(retakes=retakes, **settings),
            output,
            cache_dir,
            workers=jobs,
            refresh=refresh,
            part=part(lines, chapter),
            wait=not no_wait,
            engine_options=engine_choices,
            store=store,
            cluster=cluster,
        )
        for script in scripts
    ]
    places.check_distinct_outputs([(job.script, places.output_paths(output, job.named, ())) for job in wanted])
    if output is not None and len(scripts) > 1 and places.names_a_file(output):
        raise click.UsageError(f"{len(scripts)} scripts cannot be written to one file, {output}; give a folder")
    check_format(wanted[0].flags, output)
    if watch:
        _watch(wanted[0], page, verify, play, quiet, as_json)
    problem_lines = ProblemLines()
    results = [_render(job, page, verify, quiet, as_json, problem_lines) for job in wanted]
    if allow_suspect:
        results = [(0 if code == SUSPECT else code, rendered) for code, rendered in results]
    if play:
        play_files([path for _, rendered in results if rendered is not None for path in _to_play(rendered.episode)])
    # A script that fails does not stop the others; the exit code is that of the first failure, which is worse than a suspect take.
    codes = [code for code, _ in results if code]
    raise click.exceptions.Exit(next((code for code in codes if code != SUSPECT), next(iter(codes), 0)))


def _render(job: Job, page: bool, verify: bool, quiet: bool, as_json: bool, problem_lines: ProblemLines) -> tuple[int, Rendered | None]:
    """Render one script and print the result; return its exit code, and what was made if that is 0 or ``SUSPECT``."""
    from voiceover.pipeline.render import render
    from voiceover.pipeline.suspects import suspect_takes

    started = time.monotonic()
    try:
        with display(as_json, quiet) as shown:
            rendered = render(
                job,
                shown.progress,
                lambda: shown.say(f"{job.script}: waiting for another run of this episode"),
                lambda work: _say_cost(job, work, shown),
            )
        for remark in filter(problem_lines.is_new, rendered.plan.remarks):
            shown.say(f"{job.script}: {remark}")
        for line in problem_lines.of(job.script, rendered.plan.checked.problems):
            shown.say(line)
        suspects = suspect_takes(rendered.plan)
        _report(job, rendered, suspects, shown, as_json, time.monotonic() - started)
        if page:
            _pages(rendered, shown, as_json)
        if verify:
            _verify(rendered, shown, as_json)
    except VoiceoverError as error:
        new = [line for line in str(error).split("\n") if problem_lines.is_new(line)]
        echo("\n".join(new) or f"{job.script}: not rendered, for the same reason", err=True, lines=True)
        if as_json:
            found = error.problems if isinstance(error, ProblemsError) else ()
            event = {"event": "error", "script": str(job.script), "code": error.exit_code, "message": str(error)}
            echo(json.dumps({**event, "problems": [problem_fields(problem) for problem in found]}, ensure_ascii=False))
        return error.exit_code, None
    return SUSPECT if suspects else 0, rendered


def _say_cost(job: Job, work: Estimate, shown: Display) -> None:
    if (words := cost_in_words(work)) is not None:
        shown.say(f"{job.script}: {words}")


def _report(job: Job, rendered: Rendered, suspects: Sequence[SuspectTake], shown: Display, as_json: bool, wall_seconds: float) -> None:
    from voiceover.pipeline.delivery import platform_lines
    from voiceover.plan import summarize

    episode = rendered.episode
    after = episode.report.after
    kept = summarize(rendered.plan.plan).kept
    if as_json:
        event = {
            "event": "episode",
            "script": str(job.script),
            "made": rendered.made,
            "engine": rendered.plan.engine_names,
            "engine_reason": "; ".join(rendered.plan.why),
            "engines": engine_fields(rendered.plan),
            "recorded": rendered.recorded,
            "reused": rendered.reused,
            "retaken": rendered.retaken,
            "suspect": [suspect_fields(suspect) for suspect in suspects],
            "kept": dict(kept),
            "seconds": round(episode.seconds, 3),
            "integrated_lufs": round(after.integrated_lufs, 2),
            "true_peak_dbtp": round(after.true_peak_dbtp, 2),
            "reached": episode.report.reached,
            "note": episode.report.note,
            "platform": platform_lines(rendered),
            **({} if episode.music is None else {"music": asdict(episode.music)}),
            "files": [{"path": str(file.path), "bytes": file.bytes, "sha256": file.sha256} for file in episode.files],
            "parts": [_part_fields(part) for part in episode.parts],
            "problems": [problem_fields(problem) for problem in rendered.plan.checked.problems],
            "wall_seconds": round(wall_seconds, 3),
        }
        echo(json.dumps(event, ensure_ascii=False))
        return
    if rendered.plan.plan.provisional:
        for line in rendered.plan.why:
            shown.say(f"{job.script}: {line}")
    for reason, count in kept.items():
        shown.say(f"{job.script}: {count} take{'' if count == 1 else 's'} {reason} (--refresh re-records them)")
    if not rendered.made:
        shown.say(f"{job.script}: {episode.files[0].path.parent if episode.parts else episode.files[0].path} is up to date")
        _say_suspects(job, rendered, suspects, shown)
        return
    again = f", {rendered.retaken} recorded again" if rendered.retaken else ""
    takes = f"{rendered.recorded} take{'' if rendered.recorded == 1 else 's'} recorded, {rendered.reused} reused{again}"
    shown.say(
        f"{job.script}: {clock(episode.seconds)} of audio, {takes}, {after.integrated_lufs:.1f} LUFS, {after.true_peak_dbtp:.1f} dBTP"
    )
    if episode.music is not None:
        shown.say(f"{job.script}: {_music_words(episode.music)}")
    for line in (*filter(None, (episode.report.note,)), *platform_lines(rendered)):
        shown.say(f"{job.script}: {line}")
    if episode.parts:
        made = sum(part.made for part in episode.parts)
        shown.say(f"{job.script}: {len(episode.parts)} chapter{'' if len(episode.parts) == 1 else 's'}, {made} new or changed")
    unchanged = tuple(f"{part.stem}." for part in episode.parts if not part.made)
    for file in episode.files:
        if not file.path.name.startswith(unchanged):
            shown.say(f"  {file.path}")
    _say_suspects(job, rendered, suspects, shown)


def _to_play(episode: Episode) -> list[Path]:
    """Return an audio file of the episode; of chapters with files of their own one each, of those that are new if any are."""
    stems = [part.stem for part in episode.parts if part.made] or [part.stem for part in episode.parts] or [""]
    paths = [file.path for file in episode.files]
    return [next(path for path in paths if path.name.startswith(f"{stem}." if stem else "")) for stem in stems]


def _part_fields(part: EpisodePart) -> dict[str, object]:
    after = part.report.after
    return {
        "name": part.stem,
        "title": part.title,
        "made": part.made,
        "start": part.start_seconds,
        "seconds": round(part.seconds, 3),
        "integrated_lufs": round(after.integrated_lufs, 2),
        "true_peak_dbtp": round(after.true_peak_dbtp, 2),
        "reached": part.report.reached,
        "note": part.report.note,
    }


def _say_suspects(job: Job, rendered: Rendered, suspects: Sequence[SuspectTake], shown: Display) -> None:
    """Print where suspect takes are, what was found in them, and what may be done."""
    from voiceover.pipeline.suspects import suspects_in_words, without_seeds

    if not suspects:
        return
    for suspect in suspects:
        shown.say(suspect.in_words(job.script))
    if engines := without_seeds(suspects, rendered.plan):
        shown.say(f"{', '.join(engines)} has no seeds, so nothing was recorded again; voiceover retake offers --speed, --say and --audio")
    shown.say(suspects_in_words(suspects, job.script))


def _music_words(music: MusicReport) -> str:
    words = f"music {music.speech_to_bed_lu:.1f} LU under the speech, at least {music.least_lu:.1f} LU under every line"
    if music.extra_db <= 0:
        return words
    return f"{words}; lowered by up to {music.extra_db:.1f} dB more than the script says, so that speech stays {CLEARANCE_LU:g} LU above it"


def _pages(rendered: Rendered, shown: Display, as_json: bool) -> None:
    from voiceover.pipeline.pages import finished_at, write_listening_pages

    for path in write_listening_pages(finished_at(rendered.plan.place, rendered.plan.metadata.description)):
        if as_json:
            echo(json.dumps({"event": "page", "path": str(path)}, ensure_ascii=False))
        else:
            shown.say(f"  {path}")


def _verify(rendered: Rendered, shown: Display, as_json: bool) -> None:
    from voiceover.pipeline import measure

    for file, loudness in measure.verify(rendered):
        if as_json:
            event = {
                "event": "verify",
                "path": str(file),
                "integrated_lufs": round(loudness.integrated_lufs, 2),
                "true_peak_dbtp": round(loudness.true_peak_dbtp, 2),
                "range_lu": round(loudness.range_lu, 2),
            }
            echo(json.dumps(event, ensure_ascii=False))
        else:
            read = f"{loudness.integrated_lufs:.2f} LUFS, {loudness.true_peak_dbtp:.2f} dBTP, LRA {loudness.range_lu:.1f} LU"
            shown.say(f"  {file.name}: decoded, {read}")


def _watch(job: Job, page: bool, verify: bool, play: bool, quiet: bool, as_json: bool) -> NoReturn:
    """Render now and after every change, until interrupted. Errors are printed, and the next change is waited for.

    With ``play`` each new episode is played, and stopped by the next change.
    """
    from voiceover.pipeline.watch import played, watched

    if not quiet and not as_json:
        echo(f"Watching {job.script}; Ctrl-C to stop", err=True)
    seen: object = None
    last: EpisodePlan | None = None
    background = Background()
    try:
        while True:
            # Taken before the render, so that a file saved meanwhile is not missed.
            now = watched(job)
            if (now, last and played(last)) != seen:
                background.stop()
                first = seen is None
                _, rendered = _render(job, page, verify, quiet, as_json, ProblemLines())
                last = rendered.plan if rendered is not None else last
                seen = now, last and played(last)
                if play and rendered is not None and (first or rendered.made):
                    background.start(_to_play(rendered.episode)[0])
            background.tend()
            time.sleep(POLL_SECONDS)
    finally:
        background.stop()
