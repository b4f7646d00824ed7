"""Garbage collection for the take store: least recently used takes first, down to a size limit, never one that must stay."""

from __future__ import annotations

import logging
import os
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from voiceover.errors import StoreError
from voiceover.system.files import PART_SUFFIX, discard, os_errors_as
from voiceover.system.piece_folder import PieceFolder
from voiceover.system.sizes import size_in_words
from voiceover.takes.pins import held_takes, manifest_takes
from voiceover.takes.store import FileStore
from voiceover.types.lazy_dataclass import dataclass

log = logging.getLogger(__name__)

DEFAULT_CAP_BYTES = 20_000_000_000
"""About 57 hours of takes."""
STRAY_SECONDS = 86400.0
"""Age at which partial files of killed runs are removed; a live run writes a take much faster."""

DUE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class GarbageReport:
    """What a garbage collection did."""

    removed_files: int
    """Number of takes removed."""
    removed_bytes: int
    kept_files: int
    """Number of takes kept."""
    kept_bytes: int
    protected_files: int
    """Number of takes that an existing manifest or a run uses; 0 if the store was under the cap, because then nothing is looked up."""
    strays: int
    """Number of partial files of killed runs that were removed."""
    pieces_bytes: int = 0
    """What is left of the pieces of finished episodes."""
    removed_pieces_bytes: int = 0
    warning: str = ""
    """Why nothing could be removed, or why the store is still over the cap; empty if all is well."""


def collect_garbage(store: FileStore, cap_bytes: int = DEFAULT_CAP_BYTES, now: float | None = None) -> GarbageReport:
    """Remove pieces of finished episodes, then takes, least recently used first, until the store holds at most ``cap_bytes``.

    Pieces are made again from the takes in a fraction of the time that the takes took, so they go first.
    Takes of registered, existing manifests and of running processes stay, whatever the cap. If such a manifest cannot be read, all takes
    stay, with a warning. ``now`` is in seconds since the epoch. Raises StoreError.
    """
    before = (time.time() if now is None else now) - STRAY_SECONDS
    strays = _sweep(store.new_folder, before) + _sweep(store.folder / "runs", before)
    held = held_takes(store.folder)
    entries = sorted(store.entries(), key=lambda entry: (entry.used, entry.address))
    total = sum(entry.bytes for entry in entries)
    pieces, removed_pieces = _remove_pieces(store.folder, cap_bytes - total)
    report = GarbageReport(0, 0, len(entries), total, 0, strays, pieces, removed_pieces)
    if total <= cap_bytes:
        return report
    named = manifest_takes(store.folder)
    if named.unreadable:
        which = ", ".join(str(path) for path in named.unreadable)
        warning = f"no take was removed because these manifests cannot be read: {which}; render their episodes again, or delete the files"
        log.warning("%s", warning)
        return replace(report, warning=warning)
    protected = named.addresses | held
    removed = removed_bytes = 0
    for entry in entries:
        if total - removed_bytes <= cap_bytes:
            break
        if entry.address not in protected:
            store.remove(entry.address)
            removed += 1
            removed_bytes += entry.bytes
    left = total - removed_bytes
    warning = ""
    if left > cap_bytes:
        warning = f"the takes of existing episodes alone need {size_in_words(left)}, over the cap of {size_in_words(cap_bytes)}"
        log.info("%s", warning)
    return replace(
        report,
        removed_files=removed,
        removed_bytes=removed_bytes,
        kept_files=len(entries) - removed,
        kept_bytes=left,
        protected_files=sum(entry.address in protected for entry in entries),
        warning=warning,
    )


def _remove_pieces(folder: Path, most_bytes: int) -> tuple[int, int]:
    """Remove the least recently used pieces until they have at most ``most_bytes``; return the bytes that are left, and those removed."""
    with os_errors_as(StoreError, "list the pieces of finished episodes", folder):
        pieces = sorted(PieceFolder(folder).entries(), key=lambda piece: (piece.used, piece.path))
    left, removed = sum(piece.bytes for piece in pieces), 0
    for piece in pieces:
        if left <= max(most_bytes, 0):
            break
        with os_errors_as(StoreError, "remove a piece", piece.path):
            piece.path.unlink(missing_ok=True)
        left -= piece.bytes
        removed += piece.bytes
    return left, removed


def collect_when_due(store: FileStore, cap_bytes: int = DEFAULT_CAP_BYTES, now: float | None = None) -> GarbageReport | None:
    """Call ``collect_garbage`` if the last collection was at least ``DUE_SECONDS`` ago; otherwise return None.

    For the end of a render: listing a store at the default cap takes a second, and an hour of recording adds only 2% to it.
    """
    stamp = store.folder / "collected"
    with suppress(FileNotFoundError):
        if 0 <= (time.time() if now is None else now) - stamp.stat().st_mtime < DUE_SECONDS:
            return None
    report = collect_garbage(store, cap_bytes, now)
    with suppress(OSError):
        stamp.touch()
        if now is not None:
            os.utime(stamp, (now, now))
    return report


def _sweep(folder: Path, before: float) -> int:
    """Remove partial files last written before ``before``."""
    swept = 0
    with os_errors_as(StoreError, "sweep the take store", folder):
        for path in folder.glob(f".*{PART_SUFFIX}"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    discard(path)
                    swept += 1
    return swept
