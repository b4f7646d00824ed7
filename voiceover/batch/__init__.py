"""Render many scripts unattended.

find, left_out, projects    paths to scripts, each with its place in the output folder
journal, contents, changes  what is new or changed since the last run, by content; entries of the journal
state                       the folder of manifests, the journal and unfinished files
planning, episode, work     plan ahead, record as one queue, finish each episode; ``recording`` runs in the background
run                         the whole batch under one lock; limits, rates, awake
nights, night_page          the last runs in figures; the report as a page (template, style and script in ``night/``)
outcomes, report            what happened to each script; site_index (a JSON map for a site), orphans
schedule                    files for systemd, launchd and cron
"""

from __future__ import annotations

from voiceover.batch.find import SUFFIXES as SCRIPT_SUFFIXES
from voiceover.batch.find import episode_name
from voiceover.batch.left_out import left_out_words
from voiceover.batch.limits import next_time, parse_span, parse_time
from voiceover.batch.night_page import PAGE_SUFFIXES, write_night_page
from voiceover.batch.report import report_pieces, write_report
from voiceover.batch.run import run_batch
from voiceover.batch.schedule import ScheduledJob, SchedulerFile, batch_command, cron_unit, job_name, launchd_unit, systemd_units
from voiceover.batch.site_index import check_listing
from voiceover.batch.state import default_state, kept_manifests, states_for_output, states_for_show
from voiceover.batch.types import BatchReport, BatchRequest, Outcome, ScriptStatus

__all__ = [
    "PAGE_SUFFIXES",
    "SCRIPT_SUFFIXES",
    "BatchReport",
    "BatchRequest",
    "Outcome",
    "ScheduledJob",
    "SchedulerFile",
    "ScriptStatus",
    "batch_command",
    "check_listing",
    "cron_unit",
    "default_state",
    "episode_name",
    "job_name",
    "kept_manifests",
    "launchd_unit",
    "left_out_words",
    "next_time",
    "parse_span",
    "parse_time",
    "report_pieces",
    "run_batch",
    "states_for_output",
    "states_for_show",
    "systemd_units",
    "write_night_page",
    "write_report",
]
