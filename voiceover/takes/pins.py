"""Which takes must stay: those of every existing manifest, and those that a run is using.

FOLDER/manifests/HASH.json   {"path": the manifest, "script": its script, if known}; HASH is the SHA-256 of the path
FOLDER/runs/NAME             {"takes": [address, ...]}; its run holds a lock on it, which the system releases when the run dies
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from voiceover.errors import StoreError
from voiceover.system.files import open_new, os_errors_as, temporary_name, write_whole
from voiceover.types.lazy_dataclass import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ManifestTakes:
    """The takes of existing manifests."""

    addresses: frozenset[str]
    unreadable: tuple[Path, ...]
    """Manifests that exist and could not be read; their takes are unknown."""


def register_manifest(folder: Path, manifest: Path, script: Path | None = None) -> None:
    """Note that the takes of ``manifest`` must stay while it exists, and its script. Raises StoreError."""
    entry = _entry(folder, manifest)
    if entry.exists() and (script is None or script_of(folder, manifest) == Path(os.path.abspath(script))):  # noqa: PTH100
        return
    content = {"path": os.path.abspath(manifest)}  # noqa: PTH100 - keep symlinks: they are how the user names the folder
    if script is not None:
        content["script"] = os.path.abspath(script)  # noqa: PTH100
    with os_errors_as(StoreError, "note the manifest", entry):
        entry.parent.mkdir(parents=True, exist_ok=True)
    write_whole(entry, json.dumps(content).encode(), "note the manifest", StoreError)


def script_of(folder: Path, manifest: Path) -> Path | None:
    """Return the script from which ``manifest`` was last made; None if unknown."""
    try:
        script = json.loads(_entry(folder, manifest).read_bytes()).get("script")
    except (OSError, ValueError, AttributeError):
        return None
    return Path(script) if isinstance(script, str) else None


def _entry(folder: Path, manifest: Path) -> Path:
    path = os.path.abspath(manifest)  # noqa: PTH100
    return folder / "manifests" / (hashlib.sha256(os.fsencode(path)).hexdigest() + ".json")


@contextmanager
def hold(folder: Path, addresses: Iterable[str]) -> Iterator[None]:
    """Protect ``addresses`` from garbage collection until the block or the process ends."""
    try:
        file, path = _new_hold(folder, sorted(set(addresses)))
    except OSError as error:  # this user cannot collect a read-only store either
        log.debug("could not note the takes in use in %s: %s", folder, error)
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        file.close()


def _new_hold(folder: Path, addresses: list[str]) -> tuple[BinaryIO, Path]:
    path = folder / "runs" / str(os.getpid())
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_name(path)
    final = temporary.with_name(temporary.stem.lstrip("."))
    file = open_new(temporary)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)  # lock before renaming, or a collector would think that its run has died
        file.write(json.dumps({"takes": addresses}).encode())
        file.flush()
        temporary.rename(final)
    except BaseException:
        file.close()
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    return file, final


def manifest_takes(folder: Path) -> ManifestTakes:
    """Return the takes of the registered manifests; unregister manifests that no longer exist. Raises StoreError."""
    addresses: set[str] = set()
    unreadable: list[Path] = []
    with os_errors_as(StoreError, "read which manifests stand", folder):
        for entry in _files(folder / "manifests", ".json"):
            manifest = _registered(entry)
            try:
                addresses.update(_named(manifest.read_bytes()))
            except (FileNotFoundError, NotADirectoryError):
                entry.unlink(missing_ok=True)
            except (OSError, ValueError, KeyError, TypeError):
                unreadable.append(manifest)
    return ManifestTakes(frozenset(addresses), tuple(unreadable))


def held_takes(folder: Path) -> frozenset[str]:
    """Return the takes that running processes use; forget those of dead ones. Raises StoreError."""
    with os_errors_as(StoreError, "read which takes are in use", folder):
        return frozenset(address for run in _files(folder / "runs", "") for address in _held(run))


def _files(folder: Path, suffix: str) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith(".") and path.name.endswith(suffix))
    except FileNotFoundError:
        return []


def _registered(entry: Path) -> Path:
    """Return the manifest of an entry; if the entry is unreadable, the entry itself, to count as an unreadable manifest."""
    try:
        path = json.loads(entry.read_bytes())["path"]
    except (ValueError, KeyError, TypeError):
        return entry
    return Path(path) if isinstance(path, str) else entry


def _named(data: bytes) -> list[str]:
    takes = json.loads(data)["takes"]
    return [str(address) for take in takes for address in (take["address"], *take.get("attempts", ()))]


def _held(run: Path) -> list[str]:
    try:
        with run.open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return [str(address) for address in json.load(file)["takes"]]
            run.unlink(missing_ok=True)
    except FileNotFoundError:
        pass
    return []
