"""Episodes with a state folder, which keeps their manifests out of a public folder.

A run with a state folder leaves no manifest beside the files of an episode. One that is there is therefore newer than the one in the
state folder: it is of a run without, or of an older version.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from voiceover.errors import PublishError
from voiceover.publish.commit import complete_pending, manifest_path, placing, stage_folder
from voiceover.publish.manifest import Manifest
from voiceover.publish.manifest_read import read_manifest
from voiceover.system.files import os_errors_as, write_whole
from voiceover.system.locks import episode_lock, is_locked


def standing_state(folder: Path, stem: str, state: Path | None) -> Path | None:
    """Return the folder with the last manifest of an episode, if that is not ``folder``: one beside its files counts before ``state``."""
    return None if state is None or _beside(folder, stem) is not None else state


def find_manifest(folder: Path, stem: str, state: Path | None = None) -> Path:
    """Return where the last manifest of an episode is, or would be."""
    return manifest_path(folder, stem, standing_state(folder, stem, state))


def take_over_episode(folder: Path, stem: str, state: Path) -> None:
    """Finish what runs without a state folder left of an episode, and move its manifest from ``folder`` to ``state``.

    The caller must hold the episode's lock in ``state``. Raises PublishError, and LockHeldError if another run holds the episode in
    ``folder``.
    """
    if stage_folder(folder, stem).is_dir() or is_locked(folder, stem):
        with episode_lock(folder, stem, wait=False):
            complete_pending(folder, stem)
    manifest = _beside(folder, stem)
    if manifest is None:
        return
    doing = "move the manifest to the state folder"
    with placing(folder, stem, state), os_errors_as(PublishError, doing, folder):
        for each in (*(part.stem for part in manifest.parts), stem):
            beside = manifest_path(folder, each)
            with suppress(FileNotFoundError):
                write_whole(manifest_path(folder, each, state), beside.read_bytes(), doing, PublishError)
                beside.unlink()


def _beside(folder: Path, stem: str) -> Manifest | None:
    """Return the manifest beside the files, if it can be read; any other file of its name is not ours to move."""
    beside = manifest_path(folder, stem)
    return read_manifest(beside) if beside.is_file() else None
