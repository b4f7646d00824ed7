"""Commands run in this process: much faster than the real program, and with the same words and exit codes."""

from __future__ import annotations

import signal

import click
from click.testing import CliRunner

from voiceover.cli import voiceover as command
from voiceover.errors import VoiceoverError


def run(*arguments: str, text: str | bytes | None = None) -> tuple[int, str]:
    """Exit code and all output of a command that has ``text`` on standard input."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        result = CliRunner().invoke(command, arguments, input=text, standalone_mode=False)
    finally:
        for number, handler in before.items():  # a batch has its own
            signal.signal(number, handler)
    error = result.exception
    if error is None:
        return (result.return_value if isinstance(result.return_value, int) else 0), result.output
    assert isinstance(error, (VoiceoverError, click.ClickException)), result.exc_info
    words = error.format_message() if isinstance(error, click.ClickException) else str(error)
    return error.exit_code, f"{result.output}{words}"
