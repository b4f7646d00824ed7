"""``voiceover voices add``, ``check``, ``pull`` and ``try``: from a recording to a voice that can be heard."""

from __future__ import annotations

import json
import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voiceover.audio.limits import BEST_CLIP
from voiceover.cli.help import GroupedCommand
from voiceover.cli.options import cache_option, flags, json_option
from voiceover.cli.play import play_files, play_option
from voiceover.cli.terminal import clock, echo

if TYPE_CHECKING:
    from voiceover.voices import Added, ClipReport, PublishedVoice

PLAIN = "plain"

place_options = (
    click.option("--to-folder", type=click.Path(path_type=Path, file_okay=False), help="Store the voice in this folder."),
    click.option("--project", is_flag=True, help="Store the voice in voices/ of the current project."),
    click.option("--replace", is_flag=True, help="Replace an existing clip."),
)


def _with_place(command: Any) -> Any:
    for option in reversed(place_options):
        command = option(command)
    return command


@click.command(cls=GroupedCommand, examples=('voiceover voices add me --audio memo.wav --text "The exact words." --consent self',))
@click.argument("name")
@click.option("--audio", required=True, type=click.Path(path_type=Path), help=f"The recording: any audio file, {BEST_CLIP} of speech.")
@click.option("--text", help="The exact words spoken in it.")
@click.option("--consent", help='"self" if the voice is yours, otherwise who agreed, and when. Or use --licence.')
@click.option("--licence", "--license", help="Licence of the recording, such as CC0-1.0.")
@click.option("--language", help="Language of the recording, such as en or pt-BR. [default: en]")
@click.option("--style", default=PLAIN, show_default=True, help="Style of this clip, such as whispering.")
@click.option("--from", "start", help="Start of the part to use, such as 1.5s.")
@click.option("--to", "stop", help="End of the part to use; --text is what is said in that part.")
@_with_place
@json_option
def add(
    name: str,
    audio: Path,
    text: str | None,
    consent: str | None,
    licence: str | None,
    language: str | None,
    style: str,
    start: str | None,
    stop: str | None,
    to_folder: Path | None,
    project: bool,
    replace: bool,
    as_json: bool,
) -> None:
    """Make a voice called NAME from a recording, or add a style to it.

    The recording is checked first. The exit code is 2 if no voice can be cloned from it.
    """
    from voiceover.errors import VoiceError
    from voiceover.pipeline.check import voice_folders
    from voiceover.pipeline.context import from_engines
    from voiceover.voices import Addition, ClipRefusedError, add_voice

    if text is None:
        raise VoiceError('the exact words of the recording are needed: --text "..."; the engine learns from them what was said how')
    wanted = Addition(
        name=name,
        audio=audio,
        text=text,
        voices_folder=_voices_folder(to_folder, project),
        consent=consent,
        licence=licence,
        language=language,
        style=style,
        start=_seconds("--from", start),
        stop=_seconds("--to", stop),
        replace=replace,
    )
    try:
        added = add_voice(wanted, voice_folders(Path("here.md")), engines=from_engines())
    except ClipRefusedError as error:
        if as_json:
            echo(json.dumps({"added": False, **error.report.as_json()}, ensure_ascii=False, indent=2), lines=True)
        else:
            _print_verdicts(error.report, refusals=False)
        raise
    _report(added, as_json)


@click.command(cls=GroupedCommand, examples=("voiceover voices check me",))
@click.argument("name", required=False)
@click.option(
    "--script", type=click.Path(path_type=Path), help="Search the folders that this script would search. [default: the current folder]"
)
@json_option
def check(name: str | None, script: Path | None, as_json: bool) -> None:
    """Check the clips of the voice NAME again, or of all voices.

    The exit code is 2 if one of them is refused.
    """
    from voiceover.pipeline.voices import find_voice, find_voices
    from voiceover.voices import Level, check_voice

    refused = False
    found = []
    for voice in [find_voice(name, script)] if name is not None else find_voices(script):
        reports = {}
        for style, report in check_voice(voice):
            reports[style or PLAIN] = report.as_json()
            refused = refused or report.refused
            if as_json:
                continue
            echo(f"{voice.name}, {style or PLAIN}: {report.worst.value}. {report.cost[0].upper()}{report.cost[1:]}.")
            for verdict in report.verdicts:
                if verdict.level is not Level.OK or name is not None:
                    echo(f"  {verdict}")
        if not reports and not as_json:
            echo(f"{voice.name}: no clip; only an engine that needs none can speak it")
        if voice.synthetic and not as_json:
            echo(f"{voice.name} is synthetic: a machine spoke its clips")
        found.append({"name": voice.name, "synthetic": voice.synthetic, "clips": reports})
    if as_json:
        echo(json.dumps(found, ensure_ascii=False, indent=2), lines=True)
    if refused:
        raise click.exceptions.Exit(2)


@click.command("try", cls=GroupedCommand, examples=('voiceover voices try me "Hello, this is me." --play',))
@click.argument("name")
@click.argument("text")
@click.option("--style", help="A style of the voice, such as whispering.")
@click.option("--engine", help="Engine to speak with; `voiceover doctor` lists them. [default: auto]")
@click.option("--model", help="Installed model to speak with. [default: the one set by `models use`]")
@click.option("--language", help="Language of the text, such as en or de. [default: the voice's]")
@click.option("--speed", type=float, help="Speaking rate factor.")
@click.option("--seed", type=int, help="Random seed; another seed gives another performance.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("say.wav"), show_default=True, help="File to write.")
@cache_option
@play_option
def try_(name: str, text: str, style: str | None, output: Path, cache_dir: Path | None, play: bool, **settings: object) -> None:
    """Speak TEXT with the voice NAME, like `voiceover say --voice NAME`."""
    from voiceover.pipeline.say import say
    from voiceover.pipeline.voices import find_voice

    voice = find_voice(name, None)
    path, seconds, why = say(text, style, output, flags(voice=voice.name, **settings), cache_dir)
    echo(why, err=True, lines=True)
    echo(f"{path} ({clock(seconds)})", err=True)
    if play:
        play_files([path])


@click.command(cls=GroupedCommand, examples=("voiceover voices pull",))
@click.argument("name", required=False)
@click.option("--as", "own_name", help="Local name of the voice. [default: NAME]")
@_with_place
@json_option
def pull(name: str | None, own_name: str | None, to_folder: Path | None, project: bool, replace: bool, as_json: bool) -> None:
    """Download a human voice that was published for cloning; without NAME, list them."""
    from voiceover.pipeline.check import voice_folders
    from voiceover.pipeline.context import from_engines
    from voiceover.voices import CATALOGUE, published_voice, pull_voice

    if name is None:
        if own_name or to_folder or project or replace:
            raise click.UsageError("--as, --to-folder, --project and --replace go with the NAME of a voice to fetch")
        if as_json:
            rows = [{"name": v.name, "language": v.language, "licence": v.licence, "description": v.description} for v in CATALOGUE]
            echo(json.dumps(rows, ensure_ascii=False, indent=2), lines=True)
            return
        for voice in CATALOGUE:
            echo(f"{voice.name:<12} {voice.language:<6} {voice.licence:<10} {voice.description}")
        return
    published = published_voice(name)
    voices_folder = _voices_folder(to_folder, project)
    with tempfile.TemporaryDirectory(prefix="voiceover-") as room:

        def download(voice: PublishedVoice) -> Path:
            from voiceover.models import fetch_file

            path = Path(room) / "clip.wav"
            fetch_file(voice.repository, voice.revision, voice.file, path, lambda _: None)
            return path

        folders = voice_folders(Path("here.md"))
        added = pull_voice(published, voices_folder, download, engines=from_engines(), name=own_name, replace=replace, folders=folders)
    _report(added, as_json)
    if not as_json:
        echo(f"{published.licence}: name the source where you publish it: {published.description}", err=True)


# ---------------------------------------------------------------- how it is shown


def _voices_folder(to_folder: Path | None, project: bool) -> Path:
    from voiceover.errors import InputError
    from voiceover.settings.reader import find_project
    from voiceover.system.folders import data_folder

    if to_folder is not None and project:
        raise click.UsageError("--to-folder and --project exclude each other")
    if to_folder is not None:
        return to_folder
    if not project:
        return data_folder() / "voices"
    file = find_project(Path("here.md"))
    if file is None:
        raise InputError("there is no project here: no voiceover.yaml in this folder or one above it; --to-folder voices puts it here")
    return file.parent / "voices"


def _seconds(option: str, typed: str | None) -> float | None:
    from voiceover.settings.values import parse_seconds

    if typed is None:
        return None
    seconds = parse_seconds(typed)
    if seconds is None or seconds < 0:
        raise click.BadParameter(f"{typed!r} is not a time such as 1.5s or 500ms", param_hint=option)
    return seconds


def _report(added: Added, as_json: bool) -> None:
    voice, style = added.voice, added.style or PLAIN
    if as_json:
        told = {"added": True, "name": voice.name, "style": style, "folder": str(voice.folder), "notes": list(added.notes)}
        echo(json.dumps({**told, **added.report.as_json()}, ensure_ascii=False, indent=2), lines=True)
        return
    _print_verdicts(added.report)
    for note in added.notes:
        echo(note)
    echo(f"{added.report.cost[0].upper()}{added.report.cost[1:]}.")
    echo(f"{voice.folder}: the voice {voice.name}{f' has the style {style}' if added.style else ''}")
    style_option = f" --style {shlex.quote(style)}" if added.style else ""
    echo(f'Hear it: voiceover voices try {shlex.quote(voice.name)} "..."{style_option}')


def _print_verdicts(report: ClipReport, refusals: bool = True) -> None:
    from voiceover.voices import Level

    for verdict in report.verdicts:
        if refusals or verdict.level is not Level.REFUSAL:
            echo(f"  {verdict}")
