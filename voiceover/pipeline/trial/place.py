"""Where a report may stand: looked at before anything is spoken, since that takes long."""

from __future__ import annotations

import shutil
from pathlib import Path

from voiceover.errors import OutputError
from voiceover.system.files import make_folder, os_errors_as


def check_place(folder: Path) -> None:
    """Raise OutputError unless ``folder`` is new or empty and its parent can be written."""
    with os_errors_as(OutputError, "put a report there", folder):
        if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
            raise OutputError(f"{folder}: there is something of that name already; name a new folder for the report")
        if folder.exists() and folder.stat().st_dev != folder.absolute().parent.stat().st_dev:
            raise OutputError(f"{folder}: a disk of its own; name a folder in it")
    parents = [parent for parent in folder.absolute().parents if not parent.exists()]
    make_folder(folder.absolute().parent, "put a report there")
    for parent in parents:  # what is only looked at leaves nothing behind
        parent.rmdir()


def check_space(folder: Path, needed: int) -> None:
    """Raise OutputError where the disk of ``folder`` has not ``needed`` bytes free."""
    there = next(parent for parent in folder.absolute().parents if parent.exists())
    with os_errors_as(OutputError, "look at the disk", folder):
        free = shutil.disk_usage(there).free
    if free < needed:
        raise OutputError(f"{folder}: the report may take {needed / 1e6:.0f} MB, and {free / 1e6:.0f} MB are free; try fewer --precision")
