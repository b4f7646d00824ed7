"""Commands run in this process: much faster than the real program, and with the same words and exit codes."""

from __future__ import annotations

import importlib
import io
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from voiceover.cli import main
from voiceover.cli import voiceover as command
from voiceover.engines import forget_engines
from voiceover.errors import VoiceoverError


def run(*arguments: str, text: str | bytes | None = None) -> tuple[int, str]:
    """Exit code and all output of a command that has ``text`` on standard input."""
    with _own_signals():  # a batch has its own
        result = CliRunner().invoke(command, arguments, input=text, standalone_mode=False)
    error = result.exception
    if error is None:
        return (result.return_value if isinstance(result.return_value, int) else 0), result.output
    assert isinstance(error, (VoiceoverError, click.ClickException)), result.exc_info
    words = error.format_message() if isinstance(error, click.ClickException) else str(error)
    return error.exit_code, f"{result.output}{words}"


def checked(done: subprocess.CompletedProcess[str], code: int | None) -> subprocess.CompletedProcess[str]:
    """Return ``done`` if it shows no traceback and has the exit code ``code``; any if that is None."""
    assert "Traceback" not in done.stderr, done.stderr
    if code is not None:
        assert done.returncode == code, done.stderr + done.stdout
    return done


def run_here(arguments: list[str], cwd: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the program's entry point with streams, signals, folder and logging of its own, and return what a process would."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    code: object = 0
    with pytest.MonkeyPatch.context() as patch, _own_signals(), _own_logging():
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.chdir(cwd)
        patch.setattr(sys, "argv", ["voiceover", *arguments])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(), "utf-8"))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        with _packages_on_path():
            try:
                main()
            except SystemExit as end:
                code = end.code
    assert isinstance(code, int)
    words = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(["voiceover", *arguments], code, *words)


@contextmanager
def _packages_on_path() -> Iterator[None]:
    """Find what is installed in folders that PYTHONPATH names, as a new process would, and forget it afterwards."""
    more = [folder for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder and folder not in sys.path]
    # Another test may have imported a module of the same name from its own folder.
    here = {path.stem for folder in more if Path(folder).is_dir() for path in Path(folder).glob("*.py")}
    for name in here & sys.modules.keys():
        del sys.modules[name]
    sys.path[:0] = more
    importlib.invalidate_caches()
    forget_engines()
    try:
        yield
    finally:
        del sys.path[: len(more)]
        forget_engines()
        for name, module in [*sys.modules.items()]:
            if any((getattr(module, "__file__", None) or "").startswith(folder) for folder in more):
                del sys.modules[name]


@contextmanager
def _own_signals() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _own_logging() -> Iterator[None]:
    """pytest's handlers of the root logger would keep warnings from the command's own."""
    root, last = logging.getLogger(), logging.lastResort
    handlers, root.handlers = root.handlers, []
    try:
        yield
    finally:
        root.handlers, logging.lastResort = handlers, last
