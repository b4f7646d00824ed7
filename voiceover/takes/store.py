"""The take store: recordings by content address. A take is complete or absent.

    FOLDER/CACHEDIR.TAG             tells backup programs to skip the folder
    FOLDER/takes/ab/cdef.../        a take: take.wav (float) and take.json; the folder's mtime is when it was last used
    FOLDER/new/                     takes being written, and takes being removed
    FOLDER/manifests/, FOLDER/runs/ which takes must stay (see ``pins``)

A take is written in ``new`` and its folder renamed, so its two files appear together, if two runs record the
same address the first one wins, and a killed run leaves only files in ``new`` that the garbage collector removes later.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from voiceover.errors import StoreError
from voiceover.system.files import discard, open_new, os_errors_as, staging_folder, temporary_name, whole_file, write_whole
from voiceover.system.lazy import lazy_pattern
from voiceover.system.threads import BackgroundThread
from voiceover.takes import pins
from voiceover.takes.take_file import JSON_NAME, WAV_NAME, WRONG_WAV, decode_json, encode_json, encode_wav, measure, verify_wav
from voiceover.types import Audio, Take, TakeChecks
from voiceover.types.lazy_dataclass import dataclass

log = logging.getLogger(__name__)

USE_STAMP_SECONDS = 3600.0
"""A use within this time of the last recorded one is not recorded, so that reading does not write."""
READ_THREADS = 8
ADVICE = "use --cache-dir or VOICEOVER_CACHE to choose another cache folder"
_ADDRESS = lazy_pattern(r"[0-9a-f]{64}")
_CACHE_TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# Recordings that voiceover can make again. See https://bford.info/cachedir/\n"


class TakeStore(Protocol):
    """A store of takes. It is pickled to every recording process."""

    def has(self, address: str) -> bool:
        """True if there is a take at ``address``; fast, without reading it."""
        ...

    def get(self, address: str) -> Take | None:
        """Return the verified take; None if there is none, or only a damaged one."""
        ...

    def get_many(self, addresses: Iterable[str]) -> dict[str, Take]:
        """Return the verified takes of ``addresses`` that exist."""
        ...

    def put(self, address: str, audio: Audio, about: Mapping[str, object], checks: TakeChecks | None = None) -> Take:
        """Measure and store ``audio`` with its ``checks``; if another process was first, return its take."""
        ...


@dataclass(frozen=True, slots=True)
class StoredTake:
    """A take in a listing, not verified."""

    address: str
    path: Path
    """Its WAV file."""
    bytes: int
    """Size of both files."""
    used: float
    """When it was last used, in seconds since the epoch; accurate to ``USE_STAMP_SECONDS``."""


@dataclass(frozen=True, slots=True)
class FileStore:
    """Takes as files in a local folder, which is created with the first take."""

    folder: Path

    @property
    def takes_folder(self) -> Path:
        return self.folder / "takes"

    @property
    def new_folder(self) -> Path:
        return self.folder / "new"

    def take_folder(self, address: str) -> Path:
        """Return the folder of a take, which need not exist. Raises ValueError if ``address`` is not one."""
        if not is_address(address):
            raise ValueError(f"not the address of a take: {address!r}")
        return self.takes_folder / address[:2] / address[2:]

    def path(self, address: str) -> Path:
        """Return the WAV file of a take, which need not exist. Raises ValueError if ``address`` is not one."""
        return self.take_folder(address) / WAV_NAME

    def has(self, address: str) -> bool:
        # One system call on a plain string, because a plan calls this for every line.
        return is_address(address) and os.path.exists(f"{self.folder}/takes/{address[:2]}/{address[2:]}/{JSON_NAME}")  # noqa: PTH110

    def get(self, address: str) -> Take | None:
        """Return the take after verifying its bytes, and record its use. A damaged take is removed, and None returned.

        Raises StoreError if the files exist and cannot be read.
        """
        if not is_address(address):
            return None
        folder = self.take_folder(address)
        with os_errors_as(StoreError, "read the take", folder, ADVICE):
            try:
                take, _ = decode_json((folder / JSON_NAME).read_bytes(), folder / WAV_NAME)
                if take.address != address:
                    raise ValueError("it belongs to another address")
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
        log.warning("damaged take, will be recorded again: %s (%s)", folder, damage)
        self.remove(address)
        return None

    def get_many(self, addresses: Iterable[str]) -> dict[str, Take]:
        """Return the verified takes of ``addresses`` that exist, in that order. 900 takes are read in well under a second."""
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

        # Hashing releases the GIL.
        readers = [BackgroundThread(partial(read, unique[n::READ_THREADS])) for n in range(min(READ_THREADS, len(unique)))]
        for reader in readers:
            reader.join()
        if failures:
            raise failures[0]
        return {address: found[address] for address in unique if address in found}

    def put(self, address: str, audio: Audio, about: Mapping[str, object], checks: TakeChecks | None = None) -> Take:
        """Measure ``audio`` and store it under ``address`` with ``about`` (JSON values that describe what is said) and its ``checks``.

        If two runs put the same address at once, the first take stays and both get it. Raises StoreError if it cannot be written;
        nothing of it remains then.
        """
        wav = encode_wav(audio)
        take = replace(measure(address, self.path(address), audio, wav), checks=checks)
        return self._install(take, wav, encode_json(take, about))

    def adopt(self, address: str, wav: bytes, metadata: bytes) -> Take:
        """Store a take of another store, given the bytes of its two files.

        Raises ValueError, KeyError or TypeError if they are not what was recorded under ``address``, StoreError as ``put`` does.
        """
        take, _ = decode_json(metadata, self.path(address))
        if take.address != address:
            raise ValueError("it belongs to another address")
        if hashlib.sha256(wav).hexdigest() != take.sha256:
            raise ValueError(WRONG_WAV)
        return self._install(take, wav, metadata)

    def _install(self, take: Take, wav: bytes, metadata: bytes) -> Take:
        """Write the two files of a take; if another run was first, return its take."""
        final = self.take_folder(take.address)
        self._prepare()
        while True:
            with staging_folder(self.new_folder, take.address[:12], StoreError, ADVICE) as staged:
                for name, data in ((WAV_NAME, wav), (JSON_NAME, metadata)):
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

    def note(self, take: Take) -> None:
        """Store the checks of a take, and what is heard in it; its recording stays as it is.

        What cannot be noted, such as in a store that is read-only, is measured again by the next run.
        """
        file = take.path.with_name(JSON_NAME)
        try:
            stored, about = decode_json(file.read_bytes(), take.path)
            if stored.sha256 == take.sha256:  # nobody recorded it again meanwhile
                write_whole(file, encode_json(take, about), "note the checks of the take", StoreError)
        except (OSError, ValueError, KeyError, TypeError, StoreError) as error:
            log.debug("the checks of a take could not be noted: %s: %s", file, error)

    def about(self, address: str) -> Mapping[str, Any] | None:
        """Return what is said in a take and by which engine; None if there is no such take."""
        folder = self.take_folder(address)
        try:
            return decode_json((folder / JSON_NAME).read_bytes(), folder / WAV_NAME)[1]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def seconds(self, address: str) -> float | None:
        """Return the length of a take; None if there is no such take. Its recording is not verified."""
        folder = self.take_folder(address)
        try:
            take, _ = decode_json((folder / JSON_NAME).read_bytes(), folder / WAV_NAME)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return take.frames / take.sample_rate

    def entries(self, prefix: str = "") -> Iterator[StoredTake]:
        """Iterate over the takes whose address starts with ``prefix``, in order, without verifying them. Raises StoreError."""
        with os_errors_as(StoreError, "list the takes", self.takes_folder):
            for shard in _names(self.takes_folder, prefix[:2]):
                for name in _names(self.takes_folder / shard, prefix[2:]):
                    if is_address(shard + name):
                        with suppress(FileNotFoundError, NotADirectoryError):  # just removed
                            yield _stored(shard + name, f"{self.folder}/takes/{shard}/{name}")

    def remove(self, address: str) -> None:
        """Remove a take atomically; a missing one is no error. Raises StoreError."""
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
        """Protect the takes of ``manifest`` from garbage collection while it exists (see ``pins``), and note its script.

        If the store cannot be written, the finished episode does not fail; a warning explains the consequence.
        """
        try:
            self._prepare()
            pins.register_manifest(self.folder, manifest, script)
        except StoreError as error:
            log.warning("the takes of %s are not protected when the cache is cleaned up: %s", manifest, error)

    def hold(self, addresses: Iterable[str]) -> AbstractContextManager[None]:
        """Protect takes from garbage collection by any process for the block: from the plan of an episode to its manifest."""
        return pins.hold(self.folder, addresses)

    def _prepare(self) -> None:
        with os_errors_as(StoreError, "write the take store", self.folder, ADVICE):
            self.takes_folder.mkdir(parents=True, exist_ok=True)
        tag = self.folder / "CACHEDIR.TAG"
        if not tag.exists():
            with whole_file(tag, "write the take store", StoreError, ADVICE) as file:
                file.write(_CACHE_TAG)

    def _note_use(self, folder: Path) -> None:
        # A read-only store can still be read.
        with suppress(OSError):
            now = time.time()
            if now - folder.stat().st_mtime > USE_STAMP_SECONDS:
                os.utime(folder, (now, now))


def is_address(name: str) -> bool:
    """True if ``name`` could be the address of a take."""
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
