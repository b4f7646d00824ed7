"""What a batch keeps for the next one: ``journal`` in the state of its output folder (see ``state``).

One line per episode; the last one of a stem counts:

    CRC32 in hex, a space, JSON

A line is added as soon as its episode is finished, so a killed run loses none; the file is rewritten at the end of a run. A damaged line
or one of another version is ignored: its episode is planned again and found to be up to date. Older versions kept the journal in the cache
folder; it is read once more, so that the files of scripts which are gone are still known.
"""

from __future__ import annotations

import hashlib
import logging
import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

from voiceover.batch.entries import JournalEntry, entry_bytes, entry_of, stem_of
from voiceover.errors import OutputError
from voiceover.pipeline.output import CHAPTERS, DRAFT
from voiceover.system import folders
from voiceover.system.files import os_error_words, os_errors_as, whole_file

_CRC_BYTES = 9
"""The CRC and the space after it."""

log = logging.getLogger(__name__)


def stems_of(name: str) -> tuple[str, ...]:
    """Return the stems that the files of the episode ``name`` may have below the output folder."""
    stems = (name, f"{name}{CHAPTERS}/{PurePosixPath(name).name}")
    return (*stems, *(stem + DRAFT for stem in stems))


def name_of(stem: str) -> str:
    """Return the name of the episode that has ``stem``."""
    path = PurePosixPath(stem.removesuffix(DRAFT))
    return path.parent.as_posix().removesuffix(CHAPTERS) if path.parent.name == f"{path.name}{CHAPTERS}" else path.as_posix()


def old_journal_path(output: Path, cache_folder: Path | None = None) -> Path:
    """Return where older versions kept the journal of an output folder."""
    name = hashlib.sha256(os.fsencode(os.path.realpath(output))).hexdigest()[:32]
    return folders.cache_folder(cache_folder) / "batches" / f"{name}.journal"


class Journal:
    """Entries by stem, decoded only when they are needed to save memory."""

    def __init__(self, path: Path, old: Path | None = None) -> None:
        """Read the file at ``path``, if there is one, else the one at ``old``."""
        self._path = path
        self._old = old
        self._lines: dict[str, bytes] = {}
        self._changed = False
        data = b""
        for place in filter(None, (path, old)):
            with suppress(OSError):
                data = place.read_bytes()
                self._changed = place == old
                break
        for line in data.splitlines():
            stem = _stem(line)
            if stem is None:
                self._changed = True
                log.info("%s: a damaged line; its episode is planned again", self._path)
            elif stem:
                self._lines[stem] = line

    def __iter__(self) -> Iterator[JournalEntry]:
        """Iterate over all entries."""
        for stem in list(self._lines):
            if (entry := self._entry(stem)) is not None:
                yield entry

    def find(self, name: str) -> JournalEntry | None:
        """Return the entry of the episode ``name``, made by the draft voice or another one, whole or split into chapters."""
        for stem in stems_of(name):
            entry = self._entry(stem)
            if entry is not None and (not entry.left or entry.silent):
                return entry
        return None

    def put(self, name: str, entry: JournalEntry) -> None:
        """Store an entry of the episode ``name`` at once; files under its other names (draft or not, whole or split) become orphans."""
        for stem in {*stems_of(name)} - {entry.stem}:
            other = self._entry(stem)
            if other is not None and not other.left:
                self._append(replace(other, left=True))
        self._append(entry)

    def drop(self, stem: str) -> None:
        """Remove an entry; permanently once the journal is saved."""
        self._changed = self._lines.pop(stem, None) is not None or self._changed

    def save(self) -> None:
        """Rewrite the file if anything has changed."""
        if not self._changed:
            return
        try:
            with os_errors_as(OutputError, "write the journal", self._path):
                self._path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(self._path, "write the journal") as file:
                os.fchmod(file.fileno(), 0o600)
                for line in self._lines.values():
                    file.write(line + b"\n")
            self._changed = False
            if self._old is not None:
                with suppress(OSError):
                    self._old.unlink(missing_ok=True)
        except OutputError as error:
            log.warning("%s; the next batch will plan every episode again", error)

    def _append(self, entry: JournalEntry) -> None:
        content = entry_bytes(entry)
        line = b"%08x " % zlib.crc32(content) + content
        self._lines[entry.stem] = line
        self._changed = True
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                # Begin with a line feed, because a killed run may have left an incomplete line.
                os.write(descriptor, b"\n" + line + b"\n")
            finally:
                os.close(descriptor)
        except OSError as error:
            # The episode is finished all the same, and the whole journal is rewritten at the end.
            log.info("%s: cannot be written: %s", self._path, os_error_words(error))

    def _entry(self, stem: str) -> JournalEntry | None:
        line = self._lines.get(stem)
        return None if line is None else entry_of(line[_CRC_BYTES:])


def _stem(line: bytes) -> str | None:
    """Return the stem of a valid line; "" for an empty line, None for any other."""
    if not line:
        return ""
    with suppress(ValueError, KeyError, TypeError, RecursionError):
        if zlib.crc32(line[_CRC_BYTES:]) == int(line[:8], 16):
            return stem_of(line[_CRC_BYTES:])
    return None
