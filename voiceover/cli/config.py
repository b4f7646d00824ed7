"""``voiceover config``: the user's own configuration, and the speech servers in it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceover.cli.completion import complete_servers
from voiceover.cli.group import SuggestingGroup
from voiceover.cli.help import GroupedCommand
from voiceover.cli.options import json_option
from voiceover.cli.terminal import echo

if TYPE_CHECKING:
    from voiceover.types import SpeechServer


@click.group(cls=SuggestingGroup, invoke_without_command=True)
@click.pass_context
def config(context: click.Context) -> None:
    """Show and change your user configuration; without a command, show it."""
    if context.invoked_subcommand is None:
        context.invoke(show, as_json=False)


@config.command(cls=GroupedCommand, examples=("voiceover config show --json",))
@json_option
def show(as_json: bool) -> None:
    """Show where the configuration file is, and what it contains. Keys are never shown."""
    from voiceover.settings.user_config import read_user_config

    found = read_user_config()
    if as_json:
        content = {
            "path": str(found.path),
            "exists": found.path.is_file(),
            "servers": [_fields(server) for server in found.servers.values()],
        }
        echo(json.dumps(content, ensure_ascii=False, indent=2), lines=True)
        return
    echo(f"file: {found.path}{'' if found.path.is_file() else ' (does not exist yet)'}")
    if not found.servers:
        echo("No speech server is configured; add one: voiceover config server add --help")
    for server in found.servers.values():
        echo(f"server {server.label}:")
        for name, value in _fields(server).items():
            if name != "label" and value not in (None, []):
                shown = ", ".join(value) if isinstance(value, list) else ("yes" if value else "no") if isinstance(value, bool) else value
                echo(f"  {name}: {shown}")


@config.group(cls=SuggestingGroup)
def server() -> None:
    """Add, remove and test speech servers (the engine openai)."""


@server.command(
    cls=GroupedCommand,
    examples=(
        "voiceover config server add kokoro --url http://localhost:8880/v1 --model kokoro --voices af_heart,am_adam",
        "voiceover config server add studio --url https://speech.example.com/v1 --model tts-1 --key-env STUDIO_KEY",
    ),
)
@click.argument("label")
@click.option("--url", required=True, help="Address up to the version: https://..., or http://localhost:... on this machine.")
@click.option("--model", required=True, help="Model that the server is asked to use.")
@click.option("--key-env", metavar="NAME", help="Name of the environment variable that holds the server's key.")
@click.option("--voices", metavar="NAMES", help="The server's voices, separated by commas; the first is the default.")
@click.option("--format", help="Audio format to request: wav, or pcm for servers that cannot send WAV. [default: wav]")
@click.option("--sample-rate", metavar="HZ", help="Sample rate of its audio. [default: 24000]")
@click.option("--timeout", metavar="TIME", help="Time limit per request, such as 90s. [default: 120s]")
@click.option("--parallel", metavar="N", help="Maximum number of simultaneous requests. [default: 2]")
@click.option("--languages", metavar="TAGS", help="Languages that the model speaks, such as en,de. [default: any]")
@click.option("--licence", "--license", "licence", help="Licence of the audio it produces, recorded in manifests.")
@click.option("--replace", is_flag=True, help="Replace a server with the same label.")
def add(label: str, replace: bool, **given: str | None) -> None:
    """Add a speech server to your configuration. LABEL is the name by which scripts refer to it."""
    from voiceover.settings.user_config import SERVER_KEYS, config_file
    from voiceover.settings.user_config_edit import add_server

    values = {key: value for key in SERVER_KEYS if (value := given.get(key)) is not None}
    added = add_server(label, values, replace=replace)
    echo(f"{added.label} was added to {config_file()}; try it: voiceover config server test {added.label}", err=True)
    if added.key_env and not os.environ.get(added.key_env):
        echo(f"{added.key_env}, the variable for its key, is not set in this shell", err=True)


@server.command(cls=GroupedCommand, examples=("voiceover config server remove studio",))
@click.argument("label", shell_complete=complete_servers)
def remove(label: str) -> None:
    """Remove a speech server from your configuration."""
    from voiceover.settings.user_config_edit import remove_server

    echo(f"{remove_server(label).label} removed", err=True)


@server.command(cls=GroupedCommand, examples=("voiceover config server test studio --voice nova -o hello.wav",))
@click.argument("label", shell_complete=complete_servers)
@click.option("--voice", metavar="NAME", help="A voice of the server. [default: the first that is configured]")
@click.option("--text", help="What to speak. [default: a short sentence]")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="WAV file to write it to.")
@json_option
def test(label: str, voice: str | None, text: str | None, output: Path | None, as_json: bool) -> None:
    """Have a speech server speak one line. This sends the text to it, and may cost money."""
    from voiceover.pipeline.servers import TRIAL_TEXT, try_server

    trial = try_server(label, voice, text or TRIAL_TEXT, output)
    if as_json:
        content = {
            "server": trial.server.label,
            "voice": trial.voice,
            "work_seconds": round(trial.work_seconds, 3),
            "audio_seconds": round(trial.audio_seconds, 3),
            "sample_rate": trial.sample_rate,
        }
        echo(json.dumps(content, ensure_ascii=False))
        return
    audio = f"{trial.audio_seconds:.1f} s of audio at {trial.sample_rate} Hz in {trial.work_seconds:.1f} s"
    echo(f"{trial.server.label} works: {trial.voice}, {audio}{f', in {output}' if output else ''}")


def _fields(server: SpeechServer) -> dict[str, object]:
    return {
        "label": server.label,
        "url": server.url,
        "model": server.model,
        "key_env": server.key_env,
        "key_set": None if server.key_env is None else bool(os.environ.get(server.key_env)),
        "voices": list(server.voices),
        "format": server.format,
        "sample_rate": server.sample_rate,
        "timeout_seconds": server.timeout_seconds,
        "parallel": server.parallel,
        "languages": list(server.languages or ()),
        "licence": server.licence,
    }
