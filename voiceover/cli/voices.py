"""``voiceover voices``: which voices there are, and how to make and hear one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceover.cli.group import SuggestingGroup
from voiceover.cli.help import GroupedCommand
from voiceover.cli.options import json_option
from voiceover.cli.terminal import echo
from voiceover.cli.voices_clips import add, check, pull, try_

if TYPE_CHECKING:
    from voiceover.types import Clip, Voice


@click.group(cls=SuggestingGroup, invoke_without_command=True)
@click.pass_context
def voices(context: click.Context) -> None:
    """List, add, check, try and remove voices; without a command, list them."""
    if context.invoked_subcommand is None:
        context.invoke(list_, script=None, as_json=False)


script_option = click.option(
    "--script", type=click.Path(path_type=Path), help="Search the folders that this script would search. [default: the current folder]"
)

for command in (add, check, pull, try_):
    voices.add_command(command)


@voices.command("list", cls=GroupedCommand, examples=("voiceover voices list",))
@script_option
@json_option
def list_(script: Path | None, as_json: bool) -> None:
    """List the voices that a script in this folder can use."""
    from voiceover.pipeline.voices import find_voices

    found = find_voices(script)
    if as_json:
        echo(json.dumps([_json(voice) for voice in found], ensure_ascii=False, indent=2), lines=True)
        return
    for voice in found:
        styles = ", ".join(name for name in voice.styles if name)
        engine = f" Engine: {voice.engine}." if voice.engine else ""
        echo(f"{voice.name:<12} {voice.language:<6} {voice.description}{f' Styles: {styles}.' if styles else ''}{engine}")


@voices.command(cls=GroupedCommand, examples=("voiceover voices show ada",))
@click.argument("name")
@script_option
@json_option
def show(name: str, script: Path | None, as_json: bool) -> None:
    """Show a voice: its clips, their words, and its licence or consent."""
    from voiceover.pipeline.voices import find_voice

    voice = find_voice(name, script)
    if as_json:
        echo(json.dumps(_json(voice), ensure_ascii=False, indent=2), lines=True)
        return
    echo(f"{voice.name}: {voice.description}".rstrip(": "))
    echo(f"  engine: {voice.engine}" if voice.engine else f"  folder: {voice.folder}")
    echo(f"  language: {voice.language}")
    echo(f"  licence: {voice.licence}" if voice.licence else f"  consent: {voice.consent}")
    if voice.synthetic:
        echo("  synthetic: a machine spoke its clips")
    echo(f"  speed: {voice.speed if voice.speed is not None else 1:g}, gain: {voice.gain_db:g} dB")
    for style, of_style in voice.styles.items():
        clip = of_style.clip
        echo(f"  {style or 'plain'}: " + (f'{clip.path.name}, {clip.seconds:.1f} s: "{clip.text}"' if clip else "no clip"))
        if clip is not None and clip.short is not None:
            echo(f'    for short lines: {clip.short.path.name}, {clip.short.seconds:.1f} s: "{clip.short.text}"')


@voices.command(cls=GroupedCommand, examples=("voiceover voices rm me --yes",))
@click.argument("name")
@script_option
@click.option("-y", "--yes", is_flag=True, help="Remove without asking, for non-interactive jobs.")
@json_option
def rm(name: str, script: Path | None, yes: bool, as_json: bool) -> None:
    """Delete a voice: its folder with all clips. The voices that come with voiceover cannot be deleted."""
    from voiceover.errors import InputError
    from voiceover.pipeline.check import voice_folders
    from voiceover.pipeline.context import from_engines
    from voiceover.system.sizes import size_in_words
    from voiceover.voices import contents_of, removable_voice, remove_voice, voice_named

    folders = voice_folders(script or Path("here.md"))
    folder = removable_voice(name, folders, from_engines())
    if folder.is_symlink():
        what = f"{folder}, a link to {folder.resolve()} (only the link is removed)"
    else:
        count, amount = contents_of(folder)
        real = folder.resolve()
        where = f", really {real}" if real != folder.absolute() else ""
        what = f"{folder}{where} ({count} file{'' if count == 1 else 's'}, {size_in_words(amount)})"
    if not yes:
        if sys.stdin is None or not sys.stdin.isatty():
            raise InputError(f"this removes {what}; use --yes in non-interactive jobs")
        click.confirm(f"Remove {what}?", abort=True, err=True)
    left = remove_voice(folder)
    other = voice_named(folder.name, folders)
    if as_json:
        echo(json.dumps({"removed": True, "name": folder.name, "folder": str(folder), "left": str(left) if left else None}))
        return
    echo(f"removed {what}", err=True)
    if left:
        echo(f"{left}: not all of it could be deleted", err=True)
    if other:
        echo(f"scripts that use the voice {folder.name} now find {other}", err=True)
    else:
        echo(f"scripts that use the voice {folder.name} can no longer be rendered", err=True)


def _json(voice: Voice) -> dict[str, object]:
    return {
        "name": voice.name,
        "folder": None if voice.folder is None else str(voice.folder),
        "engine": voice.engine,
        "language": voice.language,
        "description": voice.description,
        "licence": voice.licence,
        "consent": voice.consent,
        "synthetic": voice.synthetic,
        "speed": voice.speed,
        "gain_db": voice.gain_db,
        "styles": {
            name or "plain": {
                "clip": str(style.clip.path) if style.clip else None,
                "text": style.clip.text if style.clip else None,
                "seconds": round(style.clip.seconds, 3) if style.clip else None,
                "short": _short_fields(style.clip),
            }
            for name, style in voice.styles.items()
        },
    }


def _short_fields(clip: Clip | None) -> dict[str, object] | None:
    short = None if clip is None else clip.short
    return None if short is None else {"clip": str(short.path), "text": short.text, "seconds": round(short.seconds, 3)}
