"""How a command shows its progress: a bar on a terminal, plain lines in a log, JSON lines for a machine."""

from __future__ import annotations

import json
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import click

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from voiceover.types import Progress

STAGES = {"plan": "planning", "record": "recording", "mix": "mixing", "master": "mastering", "publish": "writing"}


class Display(Protocol):
    """Draws progress until it is left."""

    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...
    def progress(self, progress: Progress) -> None: ...
    def say(self, line: str) -> None: ...


def display(as_json: bool, quiet: bool) -> Display:
    """The display that fits where standard error goes."""
    if as_json:
        return _JsonLines()
    if quiet:
        return _Quiet()
    return _BarDisplay() if sys.stderr.isatty() else _Lines()


def clock(seconds: float) -> str:
    """``1:02:03`` or ``2:03``."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


class _Quiet:
    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return

    def progress(self, progress: Progress) -> None:
        return

    def say(self, line: str) -> None:
        return


class _JsonLines(_Quiet):
    """One object a line on standard output."""

    def progress(self, progress: Progress) -> None:
        event = {"event": progress.stage, "done": round(progress.done, 3), "total": round(progress.total, 3), "detail": progress.detail}
        click.echo(json.dumps(event, ensure_ascii=False))


class _Lines(_Quiet):
    """A line when a stage begins and at every tenth of the recording: what a cron mail should hold."""

    def __init__(self) -> None:
        self._stage = ""
        self._tenth = -1

    def progress(self, progress: Progress) -> None:
        tenth = int(10 * progress.done / progress.total) if progress.total else 10
        if progress.stage != self._stage:
            self._stage, self._tenth = progress.stage, -1
        if self._tenth < 0 or (progress.stage == "record" and tenth > self._tenth):
            amount = f" {progress.done:.0f} of {progress.total:.0f} takes" if progress.stage == "record" else ""
            click.echo(f"{STAGES.get(progress.stage, progress.stage)}{amount}", err=True)
            self._tenth = tenth

    def say(self, line: str) -> None:
        click.echo(line, err=True)


class _BarDisplay(_Quiet):
    """A bar a stage, with the line that is being recorded and the time left."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        self._bars: Bars = Bars(
            TextColumn("{task.description:<10}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[detail]}", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._drawn = 0.0

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bars.stop()

    def progress(self, progress: Progress) -> None:
        if progress.stage not in self._tasks:
            self._tasks[progress.stage] = self._bars.add_task(STAGES.get(progress.stage, progress.stage), total=progress.total, detail="")
        now = time.monotonic()
        if now - self._drawn < 0.05 and progress.done < progress.total:
            return
        self._drawn = now
        self._bars.update(
            self._tasks[progress.stage], completed=round(progress.done), total=round(progress.total), detail=progress.detail[:60]
        )

    def say(self, line: str) -> None:
        self._bars.console.print(line, markup=False, highlight=False)
