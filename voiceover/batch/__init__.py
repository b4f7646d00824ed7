"""Many scripts, at night, with nobody watching.

find      paths to scripts, each with its place in the output folder
changes   what is new or changed since the last run, by content: journal, contents, surroundings
work      plan, record as one queue, finish, a group of episodes at a time; recording is watched from outside
run       the whole of it under one lock, in the order above; limits, rates, awake
after     report, listing (for a site), orphans
schedule  units for the system's own scheduler
"""

from __future__ import annotations

from voiceover.batch.left_out import left_out_words
from voiceover.batch.limits import next_time, parse_span
from voiceover.batch.report import report_pieces, write_report
from voiceover.batch.run import run_batch
from voiceover.batch.schedule import SchedulerFile, cron_unit, launchd_unit, systemd_units
from voiceover.batch.types import BatchReport, BatchRequest, Outcome, ScriptStatus

__all__ = [
    "BatchReport",
    "BatchRequest",
    "Outcome",
    "SchedulerFile",
    "ScriptStatus",
    "cron_unit",
    "launchd_unit",
    "left_out_words",
    "next_time",
    "parse_span",
    "report_pieces",
    "run_batch",
    "systemd_units",
    "write_report",
]
