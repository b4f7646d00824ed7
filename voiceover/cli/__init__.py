"""The command line: one file a command, each parses, makes one library call and prints.

The modules here import the library inside their functions, and ``group`` imports a command when it is asked for: a command waits only for
what it uses.
"""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from pathlib import Path
from types import FrameType

import click

from voiceover import __version__
from voiceover.cli.group import RootGroup
from voiceover.cli.terminal import echo
from voiceover.errors import VoiceoverError

INTERRUPTED = 130
STOPPED = "stopped; finished takes are kept: run the same command again to resume"


@click.group(cls=RootGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="voiceover")
def voiceover() -> None:
    """Turn a script into a finished spoken episode with chapters and captions."""


class _TerminatedError(BaseException):
    """SIGTERM or SIGHUP, raised where the program stands so that every ``finally`` runs."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def _terminate(number: int, frame: FrameType | None) -> None:
    raise _TerminatedError(number)


def _in_utf8() -> None:
    """Start over in Python's UTF-8 mode where the locale has another encoding: the names of files are UTF-8 on every machine."""
    if sys.getfilesystemencoding() != "utf-8" and sys.executable:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def _open_streams() -> None:
    """See to it that a file that is opened never stands where a program that was started looks for its standard error."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
            os.set_inheritable(number, True)


def _let_go() -> None:
    """Let Python's last flush of its streams succeed: a failure there would become the exit code."""
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        if stream is not None and not stream.closed:
            try:
                stream.flush()
            except OSError:
                os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def main() -> None:
    """Entry point of the command ``voiceover``.

    Ends the process with 0 made, 1 failed, 2 bad input, 4 held by another run, 128 and the signal's number on signals.
    """
    _open_streams()
    _in_utf8()
    signal.signal(signal.SIGTERM, _terminate)
    if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:  # nohup has it ignored
        signal.signal(signal.SIGHUP, _terminate)
    try:
        Path.cwd()
    except OSError as error:
        from voiceover.system.files import os_error_words

        echo(f"the current folder cannot be used: {os_error_words(error)}; change to another one (cd)", err=True)
        sys.exit(2)
    try:
        code = voiceover.main(standalone_mode=False)
    except click.ClickException as error:
        words = io.StringIO()
        error.show(words)
        echo(words.getvalue(), err=True, nl=False, lines=True)
        code = error.exit_code
    except VoiceoverError as error:
        echo(error, err=True, lines=True)
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        echo(STOPPED, err=True)
        code = INTERRUPTED
    except _TerminatedError as error:
        echo(STOPPED, err=True)
        code = error.exit_code
    except BrokenPipeError:
        # The reader of our output has gone (``| head``): no news, and Python must not complain when it flushes.
        if sys.stderr is not None:
            sys.stderr.close()
        code = 1
    except OSError as error:
        from voiceover.system.files import os_error_words

        # Errors of files are VoiceoverErrors by now; this is standard output, or a name too long for click to look at.
        where = error.filename if error.filename is not None else "standard output: cannot be written"
        echo(f"{where}: {os_error_words(error)}", err=True)
        code = 2 if error.errno == errno.ENAMETOOLONG else 1
    _let_go()
    sys.exit(code if isinstance(code, int) else 0)
