"""The command line: one file a command, each parses, makes one library call and prints.

The modules here import the library inside their functions: ``voiceover --help`` must not wait for numpy.
"""

from __future__ import annotations

import errno
import io
import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType

import click

from voiceover import __version__
from voiceover.cli.adapt import adapt
from voiceover.cli.batch import batch
from voiceover.cli.bench import bench
from voiceover.cli.bind import bind
from voiceover.cli.cast import cast
from voiceover.cli.check import check
from voiceover.cli.config import config
from voiceover.cli.doctor import doctor
from voiceover.cli.feed import feed
from voiceover.cli.group import RootGroup
from voiceover.cli.guide import guide
from voiceover.cli.import_ import import_
from voiceover.cli.init import init
from voiceover.cli.model_options import FamilyCommand
from voiceover.cli.models import models
from voiceover.cli.options import GivenPath
from voiceover.cli.page import page
from voiceover.cli.plan import plan
from voiceover.cli.render import render
from voiceover.cli.retake import retake
from voiceover.cli.review import review
from voiceover.cli.say import say
from voiceover.cli.schedule import schedule
from voiceover.cli.schema import schema
from voiceover.cli.spoken import spoken
from voiceover.cli.takes import takes
from voiceover.cli.terminal import LogLines, echo
from voiceover.cli.voices import voices
from voiceover.errors import VoiceoverError
from voiceover.system.files import os_error_words

INTERRUPTED = 130
STOPPED = "stopped; finished takes are kept: run the same command again to resume"


@click.group(cls=RootGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="voiceover")
def voiceover() -> None:
    """Turn a script into a finished spoken episode with chapters and captions."""


MAKING = (init, render, retake, check, plan, say, spoken, batch, schedule, voices, models, takes, feed, bind, config, schema, bench, doctor)
for command in MAKING:
    voiceover.add_command(command)
for command in (page, review):  # those that show what was made
    voiceover.add_command(command)
for command in (import_, cast, adapt, guide):  # those that make scripts
    voiceover.add_command(command)


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


def _refuse_empty_paths(parent: click.Group) -> None:
    """Make an empty path an error in every command: Path("") is the current folder, and nobody means that by -o ""."""
    for each in parent.commands.values():
        if isinstance(each, click.Group):
            _refuse_empty_paths(each)
        # The options of the model families are checked where they are made; to list them here would import the engines.
        for parameter in each.own_params if isinstance(each, FamilyCommand) else each.params:
            if isinstance(parameter.type, click.Path):
                parameter.type = GivenPath(parameter.type)


_refuse_empty_paths(voiceover)


def main() -> None:
    """Entry point of the command ``voiceover``.

    Ends the process with 0 made, 1 failed, 2 bad input, 4 held by another run, 128 and the signal's number on signals.
    """
    _open_streams()
    _in_utf8()
    signal.signal(signal.SIGTERM, _terminate)
    if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:  # nohup has it ignored
        signal.signal(signal.SIGHUP, _terminate)
    logging.lastResort = LogLines(logging.WARNING)
    try:
        Path.cwd()
    except OSError as error:
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
        # Errors of files are VoiceoverErrors by now; this is standard output, or a name too long for click to look at.
        where = error.filename if error.filename is not None else "standard output: cannot be written"
        echo(f"{where}: {os_error_words(error)}", err=True)
        code = 2 if error.errno == errno.ENAMETOOLONG else 1
    _let_go()
    sys.exit(code if isinstance(code, int) else 0)
