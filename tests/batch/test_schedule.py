"""Units of the system's schedulers, read by their own parsers and run."""

from __future__ import annotations

import configparser
import json
import os
import plistlib
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from crontab import CronTab

from tests.batch.conftest import page
from tests.conftest import Run
from voiceover.batch.limits import parse_time
from voiceover.batch.schedule import ScheduledJob, cron_unit, job_name, launchd_unit, systemd_units
from voiceover.errors import InputError

AWKWARD = "100 % 'sure' \"$HOME\" ümlaut"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose name means something to every scheduler, with a script in it."""
    here = tmp_path / AWKWARD
    (here / "content").mkdir(parents=True)
    (here / "content" / "one.md").write_text(page("Text of one."), "utf-8")
    return here


@pytest.fixture
def job(folder: Path) -> ScheduledJob:
    arguments = ("content", "-o", f"out {AWKWARD}", "--engine", "night", "--report", f"{AWKWARD}.json")
    return ScheduledJob("voiceover-x", (sys.executable, "-m", "voiceover", "batch", *arguments), folder, (3, 5), {"SOME": AWKWARD})


def was_done(folder: Path) -> bool:
    return bool(json.loads((folder / f"{AWKWARD}.json").read_bytes())["counts"]["made"] == 1)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.slow
def test_systemd_finds_no_fault(job: ScheduledJob, tmp_path: Path) -> None:
    units = [tmp_path / unit.name for unit in systemd_units(job)]
    for path, unit in zip(units, systemd_units(job), strict=True):
        path.write_text(unit.text, "utf-8")
    verify = ["systemd-analyze", "verify", "--user", *map(str, units)]
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(verify, capture_output=True, text=True, timeout=60, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    told = subprocess.run(["systemd-analyze", "calendar", "*-*-* 03:05:00"], capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told.stderr
    # It does find fault, where there is some.
    units[0].write_text(units[0].read_text("utf-8").replace('ExecStart="', 'ExecStart="nosuch'), "utf-8")
    done = subprocess.run(verify, capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode or done.stderr


def test_the_systemd_units_say_what_is_run(job: ScheduledJob) -> None:
    service, timer = systemd_units(job)
    assert (service.name, timer.name) == ("voiceover-x.service", "voiceover-x.timer")
    parsed = [configparser.ConfigParser(interpolation=None, strict=False, comment_prefixes=("#",), delimiters=("=",)) for _ in range(2)]
    parsed[0].read_string(service.text)
    parsed[1].read_string(timer.text)
    words = [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(parsed[0]["Service"]["ExecStart"])]
    assert words == list(job.command)
    assert parsed[0]["Service"]["WorkingDirectory"].replace("%%", "%") == str(job.folder)
    assert parsed[0]["Service"]["Nice"] == "10"
    assert parsed[0]["Service"]["SuccessExitStatus"] == "3"
    assert parsed[1]["Timer"]["OnCalendar"] == "*-*-* 03:05:00"


@pytest.mark.slow
def test_launchd_can_run_it(job: ScheduledJob, folder: Path) -> None:
    unit = launchd_unit(job)
    assert unit.text.count("--") == 2 * unit.text.count("<!--") + len(re.findall(r">--\w", unit.text))
    content = plistlib.loads(unit.text.encode())
    assert content["StartCalendarInterval"] == {"Hour": 3, "Minute": 5}
    assert content["EnvironmentVariables"] == {"SOME": AWKWARD}
    done = subprocess.run(content["ProgramArguments"], cwd=content["WorkingDirectory"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert was_done(folder)


@pytest.mark.parametrize(("code", "told"), [(0, 0), (3, 0), (1, 1), (4, 1)])
def test_to_cron_suspect_takes_are_no_failure(tmp_path: Path, code: int, told: int) -> None:
    job = ScheduledJob("x", ("/bin/sh", "-c", f"exit {code}"), tmp_path, (3, 5), {})
    (entry,) = CronTab(tab=cron_unit(job).text)
    assert subprocess.run(["/bin/sh", "-c", entry.command], timeout=60).returncode == told


@pytest.mark.slow
def test_cron_can_run_it(job: ScheduledJob, folder: Path) -> None:
    (entry,) = CronTab(tab=cron_unit(job).text)
    assert (entry.is_valid(), str(entry.slices)) == (True, "5 3 * * *")
    assert entry.stdin is None  # what stands behind a percent sign without a backslash
    done = subprocess.run(["/bin/sh", "-c", entry.command], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert was_done(folder)
    assert "made: 1" in (folder / "voiceover-x.log").read_text("utf-8")


@pytest.mark.slow
def test_the_command_writes_units(voiceover: Run, tmp_path: Path) -> None:
    voiceover("schedule", "--systemd", "--at", "4:30", "content", "-o", "out", "--until", "06:00", "--into", "units")
    assert sorted(path.name for path in (tmp_path / "units").iterdir()) == [f"{job_name(tmp_path)}.service", f"{job_name(tmp_path)}.timer"]
    assert '"content" "-o" "out" "--until" "06:00"' in (tmp_path / "units" / f"{job_name(tmp_path)}.service").read_text("utf-8")
    done = voiceover("schedule", "--cron", "content", check=2)
    assert "'-o'" in done.stderr
    assert '"9pm" is not a time of day' in voiceover("schedule", "--cron", "content", "-o", "out", "--until", "9pm", check=2).stderr
    assert "a batch needs a folder" in voiceover("schedule", "--cron", "content", "-o", "out.mp3", check=2).stderr
    assert "standard input" in voiceover("schedule", "--cron", "-", "-o", "out", check=2).stderr


def test_what_a_scheduler_cannot_hold(folder: Path) -> None:
    with pytest.raises(InputError, match="control character"):
        ScheduledJob("x", ("voiceover", "batch", "one\ntwo"), folder, (3, 0), {})
    with pytest.raises(InputError, match="time of day"):
        parse_time("25:00")
    assert job_name(Path("/home/ann/My Site!")) == "voiceover-my-site"
