"""Files in the output folder whose script was deleted or no longer produces them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from voiceover.batch.changes import ChangeDetector
from voiceover.batch.entries import JournalEntry
from voiceover.batch.find import in_scope
from voiceover.batch.journal import Journal, name_of
from voiceover.batch.projects import ProjectLookup
from voiceover.batch.state import OutputState
from voiceover.batch.types import BatchRequest, Orphan
from voiceover.publish import file_digest
from voiceover.system.files import os_error_words, remove_if_empty
from voiceover.types import STEMS_SUFFIX

log = logging.getLogger(__name__)


def find_orphans(
    request: BatchRequest,
    journal: Journal,
    changes: ChangeDetector,
    projects: ProjectLookup,
    state: OutputState,
    names: Collection[str],
    kept_out: Mapping[str, str],
) -> list[Orphan]:
    """Find orphaned files. ``names`` are the episodes that have a script now; ``kept_out`` says why some of them are not public."""
    orphans = []
    for entry in journal:
        reason = _reason(request, entry, changes, projects, names, kept_out)
        standing = tuple(file for file in entry.outputs if Path(state.path_of(entry.stem, file.name)).is_file()) if reason else ()
        if standing:
            orphans.append(Orphan(entry.stem, reason, standing))
    return sorted(orphans, key=lambda orphan: orphan.stem)


def prune(journal: Journal, state: OutputState, orphans: list[Orphan]) -> list[Orphan]:
    """Remove the files of ``orphans``, except modified ones; return the orphans with what was done."""
    done = []
    entries = {entry.stem: entry for entry in journal}
    for orphan in orphans:
        entry = entries[orphan.stem]
        # The manifest, the last file, goes first: without it the rest does not count as an episode.
        stay = tuple(file for file in reversed(orphan.files) if not _removed(Path(state.path_of(entry.stem, file.name)), file.sha256))
        if not stay:
            journal.drop(entry.stem)
            if entry.silent:
                journal.put(entry.stem, replace(entry, outputs=(), left=False))
            remove_empty_folders(state, entry.stem)
        reason = f"{orphan.reason}; modified since, so not removed" if stay else orphan.reason
        done.append(replace(orphan, pruned=not stay, reason=reason))
    return done


def _reason(
    request: BatchRequest,
    entry: JournalEntry,
    changes: ChangeDetector,
    projects: ProjectLookup,
    names: Collection[str],
    kept_out: Mapping[str, str],
) -> str:
    if entry.left:
        return entry.silent or "the episode now has files of another name"
    name = next((name for name in (entry.stem, name_of(entry.stem)) if name in names), None)
    if name is not None:
        return kept_out.get(name, "")
    script = changes.script_of(entry)
    if projects.is_hidden(Path(script)):
        return ""
    if changes.script_is_gone(entry):
        return "its script was deleted"
    is_known = in_scope(request, script) and not projects.problems(Path(script).parent)
    return "its script is no longer an episode of this batch" if is_known else ""


def _removed(path: Path, sha256: str) -> bool:
    try:
        if file_digest(path).sha256 != sha256:
            log.warning("%s: modified since it was made; not removed", path)
            return False
        path.unlink()
        if path.parent.name.endswith(STEMS_SUFFIX):
            remove_if_empty(path.parent)
    except FileNotFoundError:
        return True
    except OSError as error:
        log.warning("%s: cannot be removed: %s", path, os_error_words(error))
        return False
    return True


def remove_empty_folders(state: OutputState, name: str) -> None:
    """Remove the folders of an episode, given by its path below the output folder, and those above them as long as they are empty."""
    for top in (state.output, state.episodes):
        folder = (top / name).parent
        with suppress(OSError):
            while folder != top:
                folder.rmdir()
                folder = folder.parent
