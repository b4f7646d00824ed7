"""A take store shared by several machines: what one has recorded, no other records again.

URL/takes/ab/cdef....take      a take as one file, so that it appears atomically: an uncompressed ZIP of take.wav and take.json

The local folder acts as a cache. A take from the shared store is verified by its checksums before it is stored here. A take that could not
be uploaded because the shared store was unreachable is uploaded when it is next used.
"""

from __future__ import annotations

import hashlib
import io
import logging
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from voiceover.system.redaction import redact_url
from voiceover.system.remote_store import RemoteStore, display_url
from voiceover.system.threads import Workers
from voiceover.takes.store import FileStore, is_address
from voiceover.takes.take_file import JSON_NAME, WAV_NAME
from voiceover.types import Audio, Take, TakeChecks
from voiceover.types.lazy_dataclass import dataclass

log = logging.getLogger(__name__)

ASKING_THREADS = 16


@dataclass(frozen=True, slots=True)
class SharedStore(FileStore):
    """Takes in a local folder, read through from and written through to a shared store."""

    remote: RemoteStore

    def has(self, address: str) -> bool:
        """True if there is a take here or in the shared store. Raises StoreError if the shared store does not answer."""
        return is_address(address) and (FileStore.has(self, address) or self.remote.has(_key(address)))

    def existing(self, addresses: Iterable[str]) -> frozenset[str]:
        """Return those of ``addresses`` that exist here or in the shared store, with many requests in parallel."""
        unique = list(dict.fromkeys(addresses))
        pool = Workers(min(ASKING_THREADS, len(unique)))
        answers = [pool.give(self.has, address) for address in unique]
        try:
            pool.start()
            return frozenset(address for address, answer in zip(unique, answers, strict=True) if answer.result())
        finally:
            for answer in answers:
                answer.drop()  # if one request fails, skip those that have not started
            pool.leave()  # do not wait for requests in progress when interrupted

    def get(self, address: str) -> Take | None:
        """Return the verified take; download or upload it if only one side has it."""
        take = FileStore.get(self, address)
        if take is None:
            return self._fetched(address) if is_address(address) else None
        if not self._mark_of(address).exists():
            if not self.remote.has(_key(address)):
                self._send(address)
            self._mark(address)
        return take

    def put(self, address: str, audio: Audio, about: Mapping[str, object], checks: TakeChecks | None = None) -> Take:
        """Store ``audio`` here and in the shared store. If the upload fails, raise StoreError; the take stays here."""
        take = FileStore.put(self, address, audio, about, checks)
        self._send(address)  # over an existing file, which was damaged or not looked for
        self._mark(address)
        return take

    def _fetched(self, address: str) -> Take | None:
        content = self.remote.read(_key(address))
        if content is None:
            return None
        try:
            wav, metadata = _unpacked(content)
            take = self.adopt(address, wav, metadata)
        except (ValueError, KeyError, TypeError, zipfile.BadZipFile, NotImplementedError, EOFError) as error:
            log.warning(
                "damaged take in the shared store, will be recorded again: %s/%s (%s)", display_url(self.remote.url), _key(address), error
            )
            return None
        self._mark(address)
        return take

    def _send(self, address: str) -> None:
        folder = self.take_folder(address)
        with suppress(FileNotFoundError):  # removed meanwhile
            self.remote.write(_key(address), _packed((folder / WAV_NAME).read_bytes(), (folder / JSON_NAME).read_bytes()))

    def _mark_of(self, address: str) -> Path:
        return self.take_folder(address) / f"shared-{hashlib.sha256(redact_url(self.remote.url).encode()).hexdigest()[:16]}"

    def _mark(self, address: str) -> None:
        """Note that the shared store has a take too; the note is removed with the take."""
        with suppress(OSError):
            self._mark_of(address).touch()


def _key(address: str) -> str:
    return f"takes/{address[:2]}/{address[2:]}.take"


def _packed(wav: bytes, metadata: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in ((WAV_NAME, wav), (JSON_NAME, metadata)):
            archive.writestr(zipfile.ZipInfo(name), content)  # no clock time: the same take is the same file
    return file.getvalue()


def _unpacked(content: bytes) -> tuple[bytes, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in (WAV_NAME, JSON_NAME):
            if archive.getinfo(name).compress_type != zipfile.ZIP_STORED:
                raise ValueError("it is compressed, but takes are stored uncompressed")
        return archive.read(WAV_NAME), archive.read(JSON_NAME)
