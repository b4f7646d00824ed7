"""Opens an installed model for its engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from voiceover.errors import ModelError
from voiceover.models.catalogue import catalogue
from voiceover.models.families import owner, require_owner
from voiceover.models.record import weights_digest
from voiceover.models.store import ModelStore, damaged, default_name, find, installed, model_folder
from voiceover.types.models import MODEL, RECOGNIZER, VOCODER, CatalogueRow, InstalledFiles, ModelFamily, ModelRecord


def open_model(store: ModelStore, name: str | None = None, family: str | None = None) -> Any:
    """Open the model ``name``, or the default one, as the object that its engine loads. No weights are read yet.

    With ``family``, the model must be of that family; the default is then the only model of the family if the store's default is of
    another. Raises ModelError if there is no such model, if several are installed and none was chosen, if its engine is not
    installed, and if a file is missing or has another size than at its installation.
    """
    record = find(store, _chosen(store, family) if name is None else name)
    if record.kind != MODEL:
        raise ModelError(f"{record.name} is a {record.kind}, not a model that speaks")
    its_family = require_owner(record, store.families)
    if family is not None and its_family.name != family:
        raise ModelError(f"{record.name} is a model for {its_family.name}, not for {family}")
    return _opened(record, its_family, store)


def open_recognizer(store: ModelStore) -> Any | None:
    """Open the installed recognizer, the largest if there are several; None if there is none.

    Raises ModelError if a file is missing or has another size than at its installation.
    """
    records = sorted((record for record in installed(store) if record.kind == RECOGNIZER), key=lambda record: record.bytes)
    return _opened(records[-1], require_owner(records[-1], store.families), store) if records else None


def _opened(record: ModelRecord, family: ModelFamily, store: ModelStore) -> Any:
    folder = model_folder(store.folder, record.name)
    _check_sizes(record, folder)
    vocoder = _vocoder(record, store)
    return family.open(
        InstalledFiles(
            record,
            folder,
            digest=weights_digest({"model": [record.digest], "vocoder": ["" if vocoder is None else vocoder.digest]}, ()),
            bytes=record.bytes + (0 if vocoder is None else vocoder.bytes),
            vocoder=vocoder,
            vocoder_folder=None if vocoder is None else model_folder(store.folder, vocoder.name),
        )
    )


def missing_model(store: ModelStore) -> str | None:
    """Return why no model can be opened without a name, None if one can."""
    try:
        _chosen(store, None)
    except ModelError as error:
        return str(error)
    return None


def rows_not_installed(store: ModelStore) -> tuple[CatalogueRow, ...]:
    """Return the models of the catalogue that are not installed."""
    names = {record.name for record in installed(store)}
    return tuple(row for row in catalogue(store.families).values() if row.name not in names and not row.vocoder_only)


def _chosen(store: ModelStore, family: str | None) -> str:
    """Return the name of the default model, or of the only one of ``family``."""
    records = {record.name: record for record in installed(store) if record.kind == MODEL and _is_of(record, family, store)}
    name = default_name(store)
    gone = not records and name not in damaged(store)  # a default whose folder was deleted by hand
    if name is not None and not gone and (name in records or not _is_elsewhere(name, store)):
        return name
    if len(records) == 1:
        return next(iter(records))
    if not records:
        raise ModelError(f"no model is installed; get one: voiceover models pull {_recommended(store, family) or 'NAME'}")
    raise ModelError(f"no model is chosen; choose one: voiceover models use NAME. Installed: {', '.join(records)}")


def _is_of(record: ModelRecord, family: str | None, store: ModelStore) -> bool:
    if family is None:
        return True
    found = owner(record, store.families)
    return found is not None and found.name == family


def _is_elsewhere(name: str, store: ModelStore) -> bool:
    """Return True if ``name`` is an installed model, so that it is of another family."""
    return any(record.name == name and record.kind == MODEL for record in installed(store))


def _recommended(store: ModelStore, family: str | None) -> str | None:
    families: list[ModelFamily] = [each for each in store.families if family in (None, each.name)]
    return next((each.recommended for each in families if each.recommended is not None), None)


def _vocoder(record: ModelRecord, store: ModelStore) -> ModelRecord | None:
    """Return the installed vocoder that the model uses, None if it has its own."""
    if record.vocoder is None:
        return None
    try:
        other = find(store, record.vocoder)
    except ModelError as error:
        gone = f"the vocoder {record.vocoder} of {record.name} is gone; get it again: voiceover models pull {record.vocoder}"
        raise ModelError(gone) from error
    if VOCODER not in other.parts:
        cure = f"remove it (voiceover models rm {other.name}) and get a vocoder of the name, or get {record.name} again"
        raise ModelError(f"{other.name}, the vocoder of {record.name}, is not a vocoder; {cure}")
    _check_sizes(other, model_folder(store.folder, other.name))
    return other


def _check_sizes(record: ModelRecord, folder: Path) -> None:
    for name, expected in record.files.items():
        path = folder / name
        try:
            size = path.stat().st_size
        except OSError as error:
            raise ModelError(f"{path}: a file of the model {record.name} is missing; get the model again") from error
        if size != expected.bytes:
            raise ModelError(f"{path}: cut short or changed: {size:,} bytes, {expected.bytes:,} when it was installed; get the model again")
