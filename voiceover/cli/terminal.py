"""How a command shows its progress: a bar on a terminal, plain lines in a log, JSON lines for a machine."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import click

from voiceover.system.lazy import lazy_pattern

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from voiceover.pipeline.job import EpisodePlan
    from voiceover.pipeline.suspects import SuspectTake
    from voiceover.types import Problem, Progress

REDRAW_SECONDS = 0.05
_UNSHOWN = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
"""Control characters, separators that end a line, and marks that change the direction of what follows."""
_IN_A_LINE = lazy_pattern(f"[\n{_UNSHOWN}]")
_IN_LINES = lazy_pattern(f"[{_UNSHOWN}]")
STAGES = {
    "pull": "fetching",
    "copy": "copying",
    "plan": "planning",
    "record": "recording",
    "listen": "listening",
    "retake": "retaking",
    "mix": "mixing",
    "master": "mastering",
    "publish": "writing",
    "trial": "speaking",
    "ask": "asking",
}


def plain(text: str, *, lines: bool = False) -> str:
    """Escape what must not reach a terminal or a log from a stranger's file: control characters, marks of direction, line feeds.

    With ``lines``, line feeds stay. JSON remains the same JSON.
    """
    return (_IN_LINES if lines else _IN_A_LINE).sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def echo(message: object, *, err: bool = False, nl: bool = True, lines: bool = False) -> None:
    """Print one line, or with ``lines`` several, on standard output or error. Every message of the command line goes through here.

    A standard error that cannot be written (its reader has gone, its disk is full) does not end the work. An OSError of
    standard output passes, to end the command.
    """
    try:
        click.echo(plain(str(message), lines=lines), err=err, nl=nl)
    except OSError:
        if not err:
            raise


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
    # A program started without a standard error has None here.
    return _BarDisplay() if sys.stderr is not None and sys.stderr.isatty() else _Lines()


def problem_fields(problem: Problem) -> dict[str, object]:
    """A problem for machines."""
    place = problem.source
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "severity": problem.severity.value,
        "code": problem.code,
        "message": problem.message,
    }


def engine_fields(episode: EpisodePlan) -> list[dict[str, object]]:
    """Return the engines of an episode for machines: one entry per engine and reason, with its speakers."""
    return [{"name": choice.name, "speakers": list(speakers), "reason": choice.why} for choice, speakers in episode.engine_reasons.items()]


def suspect_fields(suspect: SuspectTake) -> dict[str, object]:
    """A suspect take for machines."""
    place = suspect.line.source
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "text": suspect.line.planned.utterance.text,
        "attempts": suspect.attempts,
        "findings": [{"check": finding.check, "message": finding.message} for finding in suspect.findings],
    }


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
        import json

        event = {"event": progress.stage, "done": round(progress.done, 3), "total": round(progress.total, 3), "detail": progress.detail}
        echo(json.dumps(event, ensure_ascii=False))


class _Lines(_Quiet):
    """A line when a stage begins and at every tenth of the recording or the trial: what a cron mail should hold."""

    def __init__(self) -> None:
        self._stage = ""
        self._tenth = 0

    def progress(self, progress: Progress) -> None:
        tenth = int(10 * progress.done / progress.total) if progress.total else 10
        if progress.stage != self._stage:
            self._stage, self._tenth = progress.stage, tenth
            self.say(_beginning(progress))
        elif progress.stage == "record" and tenth > self._tenth:
            self._tenth = tenth
            self.say(f"recorded {progress.done:.0f} of {progress.total:.0f} takes")
        elif progress.stage == "trial" and tenth > self._tenth:
            self._tenth = tenth
            self.say(f"{progress.done:.0f} of {progress.total:.0f} lines; {progress.detail}")

    def say(self, line: str) -> None:
        echo(line, err=True)


def _beginning(progress: Progress) -> str:
    """The line that a stage begins with; the recording's first event counts the takes that are there."""
    done, total = round(progress.done), round(progress.total)
    if progress.stage == "retake":
        return f"recording {total - done} suspect take{'' if total - done == 1 else 's'} again"
    if progress.stage != "record":
        return STAGES.get(progress.stage, progress.stage)
    if done >= total:
        return f"nothing to record, {total} takes cached" if total != 1 else "nothing to record, 1 take cached"
    return f"recording {total - done} of {total} takes, {done} cached"


class _BarDisplay(_Quiet):
    """A bar a stage, with how many takes were cached, the line that is being recorded and the time left."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars
        from rich.table import Column

        self._bars: Bars = Bars(
            TextColumn("{task.description:<9}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[amount]}", markup=False),
            TimeRemainingColumn(),
            TextColumn("{task.fields[detail]}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)),
            console=Console(stderr=True),
            transient=True,
            expand=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._cached = 0
        self._drawn = 0.0

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bars.stop()

    def progress(self, progress: Progress) -> None:
        if progress.stage not in self._tasks:
            self._cached = round(progress.done) if progress.stage == "record" else self._cached
            # What is there at the start is no measure of the speed, so it must not come as an update.
            self._tasks[progress.stage] = self._bars.add_task(
                STAGES.get(progress.stage, progress.stage),
                completed=int(progress.done),
                total=progress.total,
                amount=self._amount(progress),
                detail=plain(progress.detail),
            )
            return
        now = time.monotonic()
        if now - self._drawn < REDRAW_SECONDS and progress.done < progress.total:
            return
        self._drawn = now
        self._bars.update(
            self._tasks[progress.stage],
            completed=progress.done,
            total=progress.total,  # there may be several rounds of retakes
            amount=self._amount(progress),
            detail=plain(progress.detail),
            refresh=True,  # also where the thread that draws is not come to
        )

    def say(self, line: str) -> None:
        self._bars.console.print(plain(line), markup=False, highlight=False, emoji=False, soft_wrap=True)

    def _amount(self, progress: Progress) -> str:
        if progress.stage == "retake":
            return f"{progress.done:.0f}/{progress.total:.0f}"
        if progress.stage == "record":
            return f"{progress.done:.0f}/{progress.total:.0f}" + (f" ({self._cached} cached)" if self._cached else "")
        return f"{100 * progress.done / progress.total:.0f}%" if progress.total else ""
