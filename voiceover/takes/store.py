"""The take store: recordings by content address, whole or not there.

    FOLDER/CACHEDIR.TAG             tells backup programs to leave the folder out
    FOLDER/takes/ab/cdef.../        a take: take.wav (float) and take.json; the folder's mtime is when it was last used
    FOLDER/new/                     takes being written, and takes being removed
    FOLDER/manifests/, FOLDER/runs/ which takes must stay (see keep.py)

A take is written in ``new`` and its folder renamed, so its two files appear together, the first of two runs that record the same
address wins whole, and a run that is killed leaves only something in ``new`` that the garbage collector sweeps later.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from voiceover.errors import StoreError
from voiceover.system.files import discard, open_new, os_errors_as, staging_folder, temporary_name, whole_file
from voiceover.system.threads import BackgroundThread
from voiceover.takes import pins
from voiceover.takes.take_file import JSON_NAME, WAV_NAME, WRONG_WAV, decode_json, encode_json, encode_wav, measure, verify_wav
from voiceover.types import Audio, Take

log = logging.getLogger(__name__)

USE_STAMP_SECONDS = 3600.0
"""A use within this time of the last noted one is not noted: a thousand reads then write nothing."""
READ_THREADS = 8
ADVICE = "another cache folder can be given with --cache-dir or VOICEOVER_CACHE"
_ADDRESS = re.compile(r"[0-9a-f]{64}")
_CACHE_TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# Recordings that voiceover can make again. See https://bford.info/cachedir/\n"


class TakeStore(Protocol):
    """Where takes are kept. An instance is pickled to every recording process."""

    def has(self, address: str) -> bool:
        """Whether a take stands under ``address``; cheap, and without a look into it."""
        ...

    def get(self, address: str) -> Take | None:
        """The take, verified; None where there is none that is whole."""
        ...

    def get_many(self, addresses: Iterable[str]) -> dict[str, Take]:
        """Those of ``addresses`` that stand in the store, verified."""
        ...

    def put(self, address: str, audio: Audio, about: Mapping[str, object]) -> Take:
        """Keep ``audio`` and measure it; where another process was first, its take stands and is returned."""
        ...


@dataclass(frozen=True, slots=True)
class StoredTake:
    """A take as a listing sees it, unverified."""

    address: str
    path: Path
    """Its WAV."""
    bytes: int
    """Of both files."""
    used: float
    """When it was last used, in seconds since the epoch, within ``USE_STAMP_SECONDS``."""


@dataclass(frozen=True, slots=True)
class FileStore:
    """Takes as files in a local folder, which is created when the first is put."""

    folder: Path

    @property
    def takes_folder(self) -> Path:
        return self.folder / "takes"

    @property
    def new_folder(self) -> Path:
        return self.folder / "new"

    def take_folder(self, address: str) -> Path:
        """Where the take of ``address`` stands or would stand. Raises ValueError where that is not an address."""
        if not is_address(address):
            raise ValueError(f"not the address of a take: {address!r}")
        return self.takes_folder / address[:2] / address[2:]

    def path(self, address: str) -> Path:
        """Where the WAV of ``address`` stands or would stand. Raises ValueError where that is not an address."""
        return self.take_folder(address) / WAV_NAME

    def has(self, address: str) -> bool:
        # A plain string and one system call: a plan asks this for every line.
        return is_address(address) and os.path.exists(f"{self.folder}/takes/{address[:2]}/{address[2:]}/{JSON_NAME}")  # noqa: PTH110

    def get(self, address: str) -> Take | None:
        """The take, its bytes verified and its use noted; a damaged one is removed and None returned.

        Raises StoreError where the files are there and cannot be read.
        """
        if not is_address(address):
            return None
        folder = self.take_folder(address)
        with os_errors_as(StoreError, "read the take", folder, ADVICE):
            try:
                take, _ = decode_json((folder / JSON_NAME).read_bytes(), folder / WAV_NAME)
                if take.address != address:
                    raise ValueError("it is the take of another address")
                verify_wav(take)
            except (FileNotFoundError, NotADirectoryError):
                if not folder.exists():
                    return None
                damage = "a file is missing"
            except (ValueError, KeyError, TypeError) as error:
                damage = str(error)
            else:
                self._note_use(folder)
                return take
        log.warning("a damaged take is recorded again: %s (%s)", folder, damage)
        self.remove(address)
        return None

    def get_many(self, addresses: Iterable[str]) -> dict[str, Take]:
        """Those of ``addresses`` that stand in the store, verified, in the order asked for. 900 takes are read in well under a second."""
        unique = list(dict.fromkeys(addresses))
        found: dict[str, Take] = {}
        failures: list[Exception] = []

        def read(share: Sequence[str]) -> None:
            try:
                for address in share:
                    if (take := self.get(address)) is not None:
                        found[address] = take
            except Exception as error:
                failures.append(error)

        # Hashing gives the GIL free.
        readers = [BackgroundThread(partial(read, unique[n::READ_THREADS])) for n in range(min(READ_THREADS, len(unique)))]
        for reader in readers:
            reader.join()
        if failures:
            raise failures[0]
        return {address: found[address] for address in unique if address in found}

    def put(self, address: str, audio: Audio, about: Mapping[str, object]) -> Take:
        """Keep ``audio`` under ``address`` with ``about`` (JSON values: what is said in it), measured.

        Two runs may put the same address at once: the first stands, and both are handed it. Raises StoreError where it cannot be
        written; nothing of it remains then.
        """
        wav = encode_wav(audio)
        take = measure(address, self.path(address), audio, wav)
        return self._install(take, wav, encode_json(take, about))

    def adopt(self, address: str, wav: bytes, told: bytes) -> Take:
        """Keep a take that another store holds, given the bytes of its two files.

        Raises ValueError, KeyError or TypeError where they are not what was recorded under ``address``, StoreError as ``put`` does.
        """
        take, _ = decode_json(told, self.path(address))
        if take.address != address:
            raise ValueError("it is the take of another address")
        if hashlib.sha256(wav).hexdigest() != take.sha256:
            raise ValueError(WRONG_WAV)
        return self._install(take, wav, told)

    def _install(self, take: Take, wav: bytes, told: bytes) -> Take:
        """Write a take's two files; where another run was first, its take is returned."""
        final = self.take_folder(take.address)
        self._prepare()
        while True:
            with staging_folder(self.new_folder, take.address[:12], StoreError, ADVICE) as staged:
                for name, data in ((WAV_NAME, wav), (JSON_NAME, told)):
                    with open_new(staged / name) as file:
                        file.write(data)
                        file.flush()
                        os.fsync(file.fileno())
                final.parent.mkdir(parents=True, exist_ok=True)
                try:
                    staged.rename(final)
                except OSError as error:
                    if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                        raise
                else:
                    return take
            standing = FileStore.get(self, take.address)
            if standing is not None:
                return standing

    def about(self, address: str) -> Mapping[str, Any] | None:
        """What is said in a take and by which engine; None where there is no such take."""
        folder = self.take_folder(address)
        try:
            return decode_json((folder / JSON_NAME).read_bytes(), folder / WAV_NAME)[1]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def entries(self, prefix: str = "") -> Iterator[StoredTake]:
        """All takes whose address starts with ``prefix``, unverified, in the order of their addresses. Raises StoreError."""
        with os_errors_as(StoreError, "list the takes", self.takes_folder):
            for shard in _names(self.takes_folder, prefix[:2]):
                for name in _names(self.takes_folder / shard, prefix[2:]):
                    if is_address(shard + name):
                        with suppress(FileNotFoundError, NotADirectoryError):  # removed meanwhile
                            yield _stored(shard + name, f"{self.folder}/takes/{shard}/{name}")

    def remove(self, address: str) -> None:
        """Take a take away, at once as a reader sees it; no error where it is gone already. Raises StoreError."""
        folder = self.take_folder(address)
        with os_errors_as(StoreError, "remove the take", folder):
            self.new_folder.mkdir(parents=True, exist_ok=True)
            away = temporary_name(self.new_folder / address[:12])
            with suppress(FileNotFoundError):
                folder.rename(away)
            discard(away)

    def script_of(self, manifest: Path) -> Path | None:
        """Return the script from which ``manifest`` was last made here, None if that is not known."""
        return pins.script_of(self.folder, manifest)

    def register_manifest(self, manifest: Path, script: Path | None = None) -> None:
        """Keep the takes that ``manifest`` names for as long as it stands (see keep.py), and note its script.

        An episode that is finished does not fail for this: where the store cannot be written, a warning says what that means.
        """
        try:
            self._prepare()
            pins.register_manifest(self.folder, manifest, script)
        except StoreError as error:
            log.warning("the takes of %s are not safe from a clearing of the cache: %s", manifest, error)

    def hold(self, addresses: Iterable[str]) -> AbstractContextManager[None]:
        """No garbage collector of any process removes these takes during the block: for an episode between its plan and its manifest."""
        return pins.hold(self.folder, addresses)

    def _prepare(self) -> None:
        with os_errors_as(StoreError, "write the take store", self.folder, ADVICE):
            self.takes_folder.mkdir(parents=True, exist_ok=True)
        tag = self.folder / "CACHEDIR.TAG"
        if not tag.exists():
            with whole_file(tag, "write the take store", StoreError, ADVICE) as file:
                file.write(_CACHE_TAG)

    def _note_use(self, folder: Path) -> None:
        # A store that cannot be written, one shared read-only, is as good to read.
        with suppress(OSError):
            now = time.time()
            if now - folder.stat().st_mtime > USE_STAMP_SECONDS:
                os.utime(folder, (now, now))


def is_address(name: str) -> bool:
    """Whether ``name`` could be the address of a take."""
    return _ADDRESS.fullmatch(name) is not None


def _names(folder: Path, prefix: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name.startswith(prefix))  # noqa: PTH208
    except (FileNotFoundError, NotADirectoryError):
        return []


def _stored(address: str, folder: str) -> StoredTake:
    wav = f"{folder}/{WAV_NAME}"
    size = os.stat(wav).st_size + os.stat(f"{folder}/{JSON_NAME}").st_size  # noqa: PTH116
    return StoredTake(address, Path(wav), size, os.stat(folder).st_mtime)  # noqa: PTH116
