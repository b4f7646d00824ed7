"""The files that a render reads besides its takes, for ``--watch``."""

from __future__ import annotations

from pathlib import Path
from stat import S_ISREG
from typing import TypeAlias

from voiceover import takes, voices
from voiceover.pipeline.job import EpisodePlan, Job
from voiceover.pipeline.voices import search_folders
from voiceover.settings.reader import find_project

WATCHED_SUFFIXES = (".yaml", ".yml", ".jpg", ".jpeg", ".png")


Stamps: TypeAlias = frozenset[tuple[str, int, int]]
"""Path, time and size of files."""


def played(episode: EpisodePlan) -> Stamps:
    """Return the stamps of the sounds, music and recordings of an episode."""
    track = episode.plan.soundtrack
    files = (*track.sounds.values(), *track.recordings.values()) if track is not None else ()
    return frozenset(stamp for file in files if (stamp := _stamp(file.path)))


def watched(job: Job) -> Stamps:
    """Return the stamps of the files that a render of ``job`` would read besides its takes and what it plays.

    These are the script, YAML files (lexicons, choices for takes) and pictures (covers) beside it, beside its project file or one folder
    below, own recordings of lines, and all voices except the shipped ones. No output files are among them.
    """
    project = find_project(job.script)
    found = [job.script]
    for folder in {job.script.parent, *([project.parent] if project else [])}:
        found += [path for pattern in ("*", "*/*") for path in folder.glob(pattern) if path.suffix.lower() in WATCHED_SUFFIXES]
    found += takes.recordings_folder(job.script).glob("*")
    for folder in search_folders(job.script):
        if folder != voices.shipped_folder():
            found += folder.glob("*/*")
    return frozenset(stamp for path in found if (stamp := _stamp(path)))


def _stamp(path: Path) -> tuple[str, int, int] | None:
    """Return None if ``path`` is not a file or was just deleted: editors replace files."""
    try:
        state = path.stat()
    except OSError:
        return None
    return (str(path), state.st_mtime_ns, state.st_size) if S_ISREG(state.st_mode) else None
