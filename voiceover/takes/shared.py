"""A take store that several machines share: what one has recorded, none records again.

URL/takes/ab/cdef....take      a take as one file, so that it is there whole or not at all: a ZIP, stored, of take.wav and take.json

The local folder is in front of it. A take that comes from the shared place is verified by its checksums before it stands here. A take that
stands here and could not be sent, because the place could not be reached, is sent when it is next used.
"""

from __future__ import annotations

import hashlib
import io
import logging
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from voiceover.system.redaction import redact_url
from voiceover.system.remote_store import RemoteStore, display_url
from voiceover.system.threads import Workers
from voiceover.takes.store import FileStore, is_address
from voiceover.takes.take_file import JSON_NAME, WAV_NAME
from voiceover.types import Audio, Take

log = logging.getLogger(__name__)

ASKING_THREADS = 16


@dataclass(frozen=True, slots=True)
class SharedStore(FileStore):
    """Takes in a local folder that is read through from, and written through to, a shared place."""

    remote: RemoteStore

    def has(self, address: str) -> bool:
        """Whether a take stands here or there. Raises StoreError where the shared place does not answer."""
        return is_address(address) and (FileStore.has(self, address) or self.remote.has(_key(address)))

    def standing(self, addresses: Iterable[str]) -> frozenset[str]:
        """Those of ``addresses`` that stand here or there; many are asked for at once."""
        unique = list(dict.fromkeys(addresses))
        pool = Workers(min(ASKING_THREADS, len(unique)))
        answers = [pool.give(self.has, address) for address in unique]
        try:
            pool.start()
            return frozenset(address for address, answer in zip(unique, answers, strict=True) if answer.result())
        finally:
            for answer in answers:
                answer.drop()  # a place that does not answer one need not be asked for the rest
            pool.leave()  # nor does whoever interrupts this wait until it does

    def get(self, address: str) -> Take | None:
        """The take, verified; fetched where it stands only there, sent where it stands only here."""
        take = FileStore.get(self, address)
        if take is None:
            return self._fetched(address) if is_address(address) else None
        if not self._mark_of(address).exists():
            if not self.remote.has(_key(address)):
                self._send(address)
            self._mark(address)
        return take

    def put(self, address: str, audio: Audio, about: Mapping[str, object]) -> Take:
        """Keep ``audio`` here and there; where it cannot be sent StoreError is raised, and it is kept here."""
        take = FileStore.put(self, address, audio, about)
        self._send(address)  # over what stands there: it was not asked for that, or was damaged
        self._mark(address)
        return take

    def _fetched(self, address: str) -> Take | None:
        content = self.remote.read(_key(address))
        if content is None:
            return None
        try:
            wav, told = _unpacked(content)
            take = self.adopt(address, wav, told)
        except (ValueError, KeyError, TypeError, zipfile.BadZipFile, NotImplementedError, EOFError) as error:
            log.warning(
                "a damaged take of the shared store is recorded again: %s/%s (%s)", display_url(self.remote.url), _key(address), error
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
        """Note that a take stands in the shared place too; it goes with the take."""
        with suppress(OSError):
            self._mark_of(address).touch()


def _key(address: str) -> str:
    return f"takes/{address[:2]}/{address[2:]}.take"


def _packed(wav: bytes, told: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in ((WAV_NAME, wav), (JSON_NAME, told)):
            archive.writestr(zipfile.ZipInfo(name), content)  # no clock time: the same take is the same file
    return file.getvalue()


def _unpacked(content: bytes) -> tuple[bytes, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in (WAV_NAME, JSON_NAME):
            if archive.getinfo(name).compress_type != zipfile.ZIP_STORED:
                raise ValueError("it is compressed, and ours never are")
        return archive.read(WAV_NAME), archive.read(JSON_NAME)
