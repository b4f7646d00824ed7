"""Files for the system's scheduler: systemd, launchd, cron. A batch has its own lock, so a late run cannot overlap the next one."""

from __future__ import annotations

import plistlib
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from voiceover.errors import InputError
from voiceover.system.lazy import lazy_pattern
from voiceover.types.lazy_dataclass import dataclass

NICE = 10
SUSPECT = 3
"""Exit code of a batch that made everything, with suspect takes."""
_LINE_ENDS = ("\\", " ")
_STOP_SECONDS = 30
"""An interrupted batch writes its report within 5 s."""
_UNUSABLE = lazy_pattern("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that a scheduler's file or a terminal cannot show."""


@dataclass(frozen=True, slots=True)
class SchedulerFile:
    """A file for the scheduler."""

    name: str
    """What the file should be called."""
    text: str


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """What to run, and when."""

    name: str
    """Name of the units."""
    command: tuple[str, ...]
    """Program and arguments."""
    folder: Path
    """Where it runs."""
    at: tuple[int, int]
    """Hour and minute, every day."""
    environment: Mapping[str, str]
    log: Path | None = None
    """Log file; None for the scheduler's own log, or a file beside the scripts if it has none."""

    def __post_init__(self) -> None:
        texts = (*self.command, str(self.folder), *self.environment.values(), str(self.log or ""))
        for text in texts:
            if _UNUSABLE.search(text):
                why = "contains a line feed, another control character, a direction mark or bytes that are not UTF-8"
                raise InputError(f"{text}: cannot be used in a scheduler's file: it {why}; rename it")

    @property
    def log_file(self) -> Path:
        return self.log or self.folder / f"{self.name}.log"


def job_name(folder: Path) -> str:
    """``voiceover-`` and the folder's name, in letters that every scheduler takes."""
    return f"voiceover-{re.sub(r'[^A-Za-z0-9]+', '-', folder.name).strip('-').lower() or 'batch'}"


def systemd_units(job: ScheduledJob) -> tuple[SchedulerFile, ...]:
    """A service and the timer that starts it, for the user's own systemd."""
    hour, minute = job.at
    if job.log is not None and str(job.log).endswith(_LINE_ENDS):
        raise InputError(f"{job.log}: systemd cannot write to a file whose name ends in a backslash or a space; give another --log")
    # systemd replaces $$ in arguments only, not in the name of the program.
    command = ("/usr/bin/env", *job.command) if "$" in job.command[0] else job.command
    words = " ".join(_systemd_word(word) for word in command)
    environment = "".join(f"Environment={_systemd_word(f'{name}={value}', dollar='$')}\n" for name, value in job.environment.items())
    log = f"StandardOutput=append:{_percent(job.log)}\nStandardError=inherit\n" if job.log else ""
    where = f"tail {job.log}" if job.log else f"journalctl --user -u {job.name}"
    service = f"""\
# {job.name}.service: put this and {job.name}.timer into ~/.config/systemd/user/, then
#   systemctl --user daemon-reload
#   systemctl --user enable --now {job.name}.timer
#   loginctl enable-linger           (so that it runs while you are not logged in)
# Log: {where}
# Exit codes: 0 success, 3 success with suspect takes, 1 some episodes failed, 2 nothing could start, 4 another batch is running there.

[Unit]
Description=voiceover batch in {_systemd_folder(job.folder)}

[Service]
Type=oneshot
WorkingDirectory={_systemd_folder(job.folder)}
ExecStart={words}
{environment}{log}# Episodes with suspect takes have been made.
SuccessExitStatus={SUSPECT}
# Interactive work has priority.
Nice={NICE}
IOSchedulingClass=best-effort
IOSchedulingPriority=7
# The batch ends its own workers; systemd kills them only if it does not.
KillMode=mixed
TimeoutStopSec={_STOP_SECONDS}
"""
    timer = f"""\
# {job.name}.timer: see {job.name}.service

[Unit]
Description=Every day: voiceover batch in {_systemd_folder(job.folder)}

[Timer]
OnCalendar=*-*-* {hour:02}:{minute:02}:00
# If the machine was off at that time, the batch runs when it is on again.
Persistent=true

[Install]
WantedBy=timers.target
"""
    return SchedulerFile(f"{job.name}.service", service), SchedulerFile(f"{job.name}.timer", timer)


def launchd_unit(job: ScheduledJob) -> SchedulerFile:
    """A property list for ``~/Library/LaunchAgents``."""
    hour, minute = job.at
    content: dict[str, object] = {
        "Label": job.name,
        "ProgramArguments": list(job.command),
        "WorkingDirectory": str(job.folder),
        "StartCalendarInterval": {"Hour": hour, "Minute": minute},
        "StandardOutPath": str(job.log_file),
        "StandardErrorPath": str(job.log_file),
        "Nice": NICE,
        "ProcessType": "Background",
        "ExitTimeOut": _STOP_SECONDS,
    }
    if job.environment:
        content["EnvironmentVariables"] = dict(job.environment)
    comment = f"""\
<!--
  Save as ~/Library/LaunchAgents/{job.name}.plist, then
    launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/{job.name}.plist
  Its log is StandardOutPath. launchd acts on no exit code; 3 means success with suspect takes.
  A Mac that is asleep at that time runs it when it wakes, and stays awake until the batch has ended.
-->
"""
    head, mark, rest = plistlib.dumps(content, sort_keys=False).decode().partition("<plist")
    return SchedulerFile(f"{job.name}.plist", head + comment + mark + rest)


def cron_unit(job: ScheduledJob) -> SchedulerFile:
    """A line for ``crontab -e``."""
    hour, minute = job.at
    setting = [f"{name}={value}" for name, value in job.environment.items()]
    command = shlex.join([*(["env", *setting] if setting else []), "nice", "-n", str(NICE), *job.command])
    line = f"cd {shlex.quote(str(job.folder))} && {{ {command} >>{shlex.quote(str(job.log_file))} 2>&1 || [ $? -eq {SUSPECT} ]; }}"
    # cron treats an unescaped percent sign as the end of the line.
    escaped = line.replace("%", r"\%")
    text = f"""\
# voiceover batch, every day at {hour:02}:{minute:02}; add this with: crontab -e
# If another batch is running in the folder, this one exits immediately with code 4. Suspect takes (code {SUSPECT}) are no failure.
{minute} {hour} * * * {escaped}
"""
    return SchedulerFile(f"{job.name}.cron", text)


def _systemd_word(word: str, dollar: str = "$$") -> str:
    """Quote a word and escape what systemd would expand."""
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", dollar) + '"'


def _systemd_folder(folder: Path) -> str:
    """Return a folder for the end of a line: systemd joins lines at a final backslash and drops final spaces."""
    text = _percent(folder)
    return f"{text}/" if text.endswith(_LINE_ENDS) else text


def _percent(path: Path | str) -> str:
    return str(path).replace("%", "%%")


def batch_command(python: str, arguments: Sequence[str]) -> tuple[str, ...]:
    """Return the command of a unit; it runs this installation, whatever the PATH of the scheduler is."""
    return python, "-m", "voiceover", "batch", *arguments
