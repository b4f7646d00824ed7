"""Puts the files of an import in place: all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from voiceover.errors import OutputError
from voiceover.system.files import open_new, os_errors_as, staging_folder, sync_folder, temporary_name

_MOST_LISTED = 3


def save_files(folder: Path, files: Mapping[str, bytes], *, replace: bool) -> None:
    """Write ``files`` by name into ``folder``, which is created. Nothing is changed unless all could be written.

    Raises OutputError if one of them is there and ``replace`` is False, if a link or folder is in the place of one, or if nothing can be
    written.
    """
    _check_place(folder, files, replace=replace)
    with staging_folder(folder.parent, folder.name, advice="nothing was imported") as stage:
        for name, data in files.items():
            with open_new(stage / name) as file:
                file.write(data)
                file.flush()
        if not folder.exists():
            stage.rename(folder)
            sync_folder(folder.parent)
            return
        _move_into(folder, stage, files)


def _check_place(folder: Path, files: Mapping[str, bytes], *, replace: bool) -> None:
    if folder.is_symlink() and not folder.exists():
        raise OutputError(f"{folder}: this is a link that leads nowhere; name another folder")
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: this is a file; an import needs a folder")
    with os_errors_as(OutputError, "look into", folder):
        there = [name for name in files if (folder / name).is_symlink() or (folder / name).exists()]
        odd = [name for name in there if (folder / name).is_symlink() or not (folder / name).is_file()]
    if odd:
        raise OutputError(f"{folder / odd[0]}: this is a link or a folder, which is not replaced; name another folder")
    if there and not replace:
        more = f" and {len(there) - _MOST_LISTED} more" if len(there) > _MOST_LISTED else ""
        names = f"{', '.join(there[:_MOST_LISTED])}{more}"
        raise OutputError(f"{folder} has {names} already; nothing was written. Name another folder, or replace them with --replace")


def _move_into(folder: Path, stage: Path, names: Mapping[str, bytes]) -> None:
    """Rename staged files into an existing folder; if one cannot be, put back what was there."""
    moved: list[tuple[Path, Path | None]] = []
    try:
        for name in names:
            final = folder / name
            before = temporary_name(final) if final.exists() else None
            if before is not None:
                final.rename(before)
            moved.append((final, before))
            (stage / name).rename(final)
    except BaseException:
        for final, before in reversed(moved):
            with suppress(OSError):
                final.unlink(missing_ok=True)
                if before is not None:
                    before.rename(final)
        raise
    sync_folder(folder)
    for _, before in moved:
        if before is not None:
            with suppress(OSError):
                before.unlink()
