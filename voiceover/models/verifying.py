"""Checks an installed model: checksums here, contents by its family."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from voiceover.errors import ModelError
from voiceover.models.copying import sha256_of
from voiceover.models.families import require_owner
from voiceover.models.store import ModelStore, find, model_folder
from voiceover.types.models import VOCODER, ModelFinding, ModelRecord


def verify_model(store: ModelStore, name: str) -> Iterator[ModelFinding]:
    """Check a model or vocoder, and the vocoder that the model uses. Raises ModelError if there is none of that name."""
    record = find(store, name)
    yield from _verify(record, store)
    if record.vocoder is not None:
        try:
            other = find(store, record.vocoder)
        except ModelError as error:
            yield ModelFinding(f"vocoder {record.vocoder}", str(error))
            return
        if VOCODER not in other.parts:
            yield ModelFinding(f"vocoder {record.vocoder}", "this is a model, not a vocoder")
            return
        yield from _verify(other, store)


def _verify(record: ModelRecord, store: ModelStore) -> Iterator[ModelFinding]:
    folder = model_folder(store.folder, record.name)
    broken = False
    for name, stored in record.files.items():
        finding = _file(folder / name, f"{record.name}/{name}", stored.sha256)
        broken = broken or finding.fault is not None
        yield finding
    if broken:
        return
    try:
        family = require_owner(record, store.families)
    except ModelError as error:
        yield ModelFinding(record.name, str(error))
        return
    yield from family.verify(record, folder)


def _file(path: Path, what: str, sha256: str) -> ModelFinding:
    try:
        actual = sha256_of(path)
    except OSError as error:
        return ModelFinding(what, f"cannot be read: {error.strerror}")
    return ModelFinding(what, None if actual == sha256 else f"SHA-256 {actual[:12]}…, {sha256[:12]}… when it was installed")
