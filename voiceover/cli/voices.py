"""``voiceover voices``: which voices there are, and how to make and hear one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceover.cli.group import SuggestingGroup
from voiceover.cli.options import json_option
from voiceover.cli.terminal import echo
from voiceover.cli.voices_clips import add, check, pull, try_

if TYPE_CHECKING:
    from voiceover.types import Voice


@click.group(cls=SuggestingGroup)
def voices() -> None:
    """Voices: folders with a reference clip and its exact words."""


script_option = click.option(
    "--script", type=click.Path(path_type=Path), help="Look where this script would look. [default: the current folder]"
)

for command in (add, check, pull, try_):
    voices.add_command(command)


@voices.command("list")
@script_option
@json_option
def list_(script: Path | None, as_json: bool) -> None:
    """List the voices that a script here would find."""
    from voiceover.desk import find_voices

    found = find_voices(script)
    if as_json:
        echo(json.dumps([_json(voice) for voice in found], ensure_ascii=False, indent=2), lines=True)
        return
    for voice in found:
        styles = ", ".join(name for name in voice.styles if name)
        echo(f"{voice.name:<12} {voice.language:<6} {voice.description}{f' Styles: {styles}.' if styles else ''}")


@voices.command()
@click.argument("name")
@script_option
@json_option
def show(name: str, script: Path | None, as_json: bool) -> None:
    """Show one voice: its clips, their words, its licence or consent."""
    from voiceover.desk import find_voice

    voice = find_voice(name, script)
    if as_json:
        echo(json.dumps(_json(voice), ensure_ascii=False, indent=2), lines=True)
        return
    echo(f"{voice.name}: {voice.description}".rstrip(": "))
    echo(f"  folder: {voice.folder}")
    echo(f"  language: {voice.language}")
    echo(f"  licence: {voice.licence}" if voice.licence else f"  consent: {voice.consent}")
    if voice.synthetic:
        echo("  synthetic: a machine spoke its clips")
    echo(f"  speed: {voice.speed if voice.speed is not None else 1:g}, gain: {voice.gain_db:g} dB")
    for style, of_style in voice.styles.items():
        clip = of_style.clip
        echo(f"  {style or 'plain'}: " + (f'{clip.path.name}, {clip.seconds:.1f} s: "{clip.text}"' if clip else "no clip"))


def _json(voice: Voice) -> dict[str, object]:
    return {
        "name": voice.name,
        "folder": str(voice.folder),
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
            }
            for name, style in voice.styles.items()
        },
    }
