"""Models in a shared store, by digest: a worker on another machine gets the exact model that the episode was planned with.

models/DIGEST/model.json     the record, written last, with the SHA-256 of every file; DIGEST is the SHA-256 of its bytes
models/DIGEST/ROLE/...       the files
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from voiceover.errors import ModelError
from voiceover.models.copying import check_space, sha256_of
from voiceover.models.record import RECORD, read_record, record_fields
from voiceover.models.store import ModelStore, find, install, model_folder, models_folder
from voiceover.system import locks
from voiceover.system.files import os_errors_as, staging_folder
from voiceover.system.remote_store import RemoteStore, display_url
from voiceover.types.models import ModelRecord

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SharedModel:
    """A model or vocoder in a shared store."""

    name: str
    digest: str
    """SHA-256 of its record, and so of all its files: 64 hex digits."""


def push_model(store: ModelStore, name: str, remote: RemoteStore) -> tuple[SharedModel, ...]:
    """Put an installed model, and the vocoder it speaks through, into ``remote`` unless they are there already; the vocoder first.

    Raises ModelError for a file that has changed since it was installed, StoreError.
    """
    record = find(store, name)
    needed = [find(store, record.vocoder), record] if record.vocoder is not None else [record]
    return tuple(_push(store, each, remote) for each in needed)


def fetch_models(models: Sequence[SharedModel], remote: RemoteStore, store: ModelStore, spare: Path) -> Path:
    """Return a data folder with all ``models``: that of ``store`` if it has them, otherwise ``spare``, after fetching what is missing.

    A model gets its name after all checksums were compared. One process per machine fetches while the others wait.
    Raises ModelError, StoreError.
    """
    if all(_has(store, model) for model in models):
        return store.folder
    fetched = replace(store, folder=spare)
    with locks.episode_lock(models_folder(spare), "fetch"):
        for model in models:
            if not _has(fetched, model):
                _fetch(model, remote, fetched)
    return spare


def _push(store: ModelStore, record: ModelRecord, remote: RemoteStore) -> SharedModel:
    content = _content(record)
    model = SharedModel(record.name, hashlib.sha256(content).hexdigest())
    place = f"models/{model.digest}"
    if remote.has(f"{place}/{RECORD}"):
        return model
    log.info("%s is copied to the shared store: %.0f MB", record.name, record.bytes / 1e6)
    for name, expected in record.files.items():
        path = model_folder(store.folder, record.name) / name
        with os_errors_as(ModelError, "read the model", path, "get the model again"):
            if sha256_of(path) != expected.sha256:
                raise ModelError(f"{path}: changed since it was installed; get the model again")
        remote.send(path, f"{place}/{name}")
    remote.write(f"{place}/{RECORD}", content)
    return model


def _fetch(model: SharedModel, remote: RemoteStore, store: ModelStore) -> None:
    model_folder(store.folder, model.name)  # raises for an invalid name
    place = f"models/{model.digest}"
    content = remote.read(f"{place}/{RECORD}")
    if content is None:
        raise ModelError(f"{display_url(remote.url)}: has no model {model.name} of the digest {model.digest[:12]}…")
    if hashlib.sha256(content).hexdigest() != model.digest:
        raise ModelError(f"{display_url(remote.url)}/{place}/{RECORD}: damaged; remove the folder, and the next run sends the model again")
    with staging_folder(models_folder(store.folder), model.name, ModelError) as room:
        staged = room / model.name
        staged.mkdir()
        (staged / RECORD).write_bytes(content)
        record = read_record(staged, store.families)
        check_space(models_folder(store.folder), record.bytes, "fetch the model")
        for name, expected in record.files.items():
            path = staged / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not remote.fetch(f"{place}/{name}", path) or sha256_of(path) != expected.sha256:
                damaged = f"{display_url(remote.url)}/{place}/{name}: missing or damaged"
                raise ModelError(f"{damaged}; remove the folder, and the next run sends the model again")
        install(staged, record, store, replace=True)


def _has(store: ModelStore, model: SharedModel) -> bool:
    try:
        record = find(store, model.name)
    except ModelError:
        return False
    return record.name == model.name and hashlib.sha256(_content(record)).hexdigest() == model.digest


def _content(record: ModelRecord) -> bytes:
    """Return ``model.json`` in the exact form that its digest is computed from."""
    return (json.dumps(record_fields(record), sort_keys=True, indent=1, ensure_ascii=True) + "\n").encode()
