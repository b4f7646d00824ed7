"""What was computed of the pieces of episodes, as files in the cache folder, by address.

    FOLDER/pieces/ab/cdef...    the SHA-256 of the content, then the content; the mtime is when it was last used
    FOLDER/new/                 files being written

Everything here can be computed again from the takes. So a file is not synced to disk: one that a crash has damaged differs from its
digest, and is made again.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from voiceover.system.files import temporary_name

log = logging.getLogger(__name__)

USE_STAMP_SECONDS = 3600.0
"""A use within this time of the last recorded one is not recorded."""
_DIGEST = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class StoredPiece:
    """A file in a listing."""

    path: Path
    bytes: int
    used: float
    """When it was last used, in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class PieceFolder:
    """A PieceStore in a cache folder."""

    folder: Path

    def get(self, address: str) -> bytes | None:
        """Return what was put under ``address``; None if it is gone or damaged, or cannot be read."""
        path = self._path(address)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        content = data[_DIGEST:]
        if hashlib.sha256(content).digest() != data[:_DIGEST]:
            log.info("damaged piece, will be made again: %s", path)
            with suppress(OSError):
                path.unlink()
            return None
        with suppress(OSError):
            now = time.time()
            if now - path.stat().st_mtime > USE_STAMP_SECONDS:
                os.utime(path, (now, now))
        return content

    def put(self, address: str, data: bytes) -> None:
        """Keep ``data``. If the folder cannot be written or the disk is full, an episode is made all the same."""
        path = self._path(address)
        new = temporary_name(self.folder / "new" / address[:12])
        try:
            for folder in (new.parent, path.parent):
                folder.mkdir(parents=True, exist_ok=True)
            try:
                with new.open("xb") as file:
                    file.write(hashlib.sha256(data).digest())
                    file.write(data)
                new.rename(path)
            except BaseException:
                with suppress(OSError):
                    new.unlink(missing_ok=True)
                raise
        except OSError as error:
            log.debug("a piece could not be kept: %s: %s", path, error)

    def entries(self) -> Iterator[StoredPiece]:
        """Iterate over the files. Raises OSError."""
        if not (self.folder / "pieces").is_dir():
            return
        for shard in sorted((self.folder / "pieces").iterdir()):
            with os.scandir(shard) as files:
                for file in files:
                    with suppress(FileNotFoundError):
                        about = file.stat()
                        yield StoredPiece(Path(file.path), about.st_size, about.st_mtime)

    def _path(self, address: str) -> Path:
        return self.folder / "pieces" / address[:2] / address[2:]
