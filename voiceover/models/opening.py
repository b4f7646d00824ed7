"""A model of the store as an engine is given it: tensors by name, read when asked for."""

from __future__ import annotations

from pathlib import Path

from voiceover.errors import ModelError
from voiceover.models.catalogue import CatalogueRow, catalogue
from voiceover.models.readers import open_weights
from voiceover.models.record import MODEL, Record, weights_digest
from voiceover.models.store import default_name, find, installed, model_folder
from voiceover.tensors.named import InstalledModel
from voiceover.tensors.stored import StoredWeights
from voiceover.tensors.vocabulary import read_vocab

FIRST = "f5-tts-mlx-4bit"
"""What somebody without a model is told to get."""


def open_model(data: Path, name: str | None = None) -> InstalledModel:
    """The model ``name`` of the data folder, or the one that speaks where none is named. No weights are read yet.

    Raises ModelError where there is none, where several are and none was chosen, and where one of its files is missing or has
    another size than it came with.
    """
    record = find(data, _chosen(data) if name is None else name)
    if record.kind != MODEL:
        raise ModelError(f"{record.name} is a vocoder, not a model")
    if record.architecture is None:
        raise ModelError(f"{record.name}: its record does not say v0 or v1; get the model again")
    folder = model_folder(data, record.name)
    _check_sizes(record, folder)
    tokens = read_vocab(folder / record.parts["vocab"])
    vocoder, vocoder_digest, vocoder_bytes = _vocoder(record, folder, data)
    return InstalledModel(
        name=record.name,
        digest=weights_digest({"model": [record.digest], "vocoder": [vocoder_digest]}, ()),
        architecture=record.architecture,
        preset=record.preset,
        languages=None if record.languages is None else frozenset(record.languages),
        licence=record.licence,
        commercial=record.commercial,
        dit=_open(folder / record.parts["dit"]),
        vocoder=vocoder,
        duration=_open(folder / record.parts["duration"]) if "duration" in record.parts else None,
        vocab=tokens,
        bytes=record.bytes + vocoder_bytes,
        folder=folder,
    )


def missing_model(data: Path) -> str | None:
    """Why no model can be opened without naming one, None where one can."""
    try:
        _chosen(data)
    except ModelError as error:
        return str(error)
    return None


def rows_not_installed(data: Path) -> tuple[CatalogueRow, ...]:
    """The models of the catalogue that are not in the store."""
    names = {record.name for record in installed(data)}
    return tuple(row for row in catalogue().values() if row.name not in names and not row.vocoder_only)


def _chosen(data: Path) -> str:
    name = default_name(data)
    if name is not None:
        return name
    names = [record.name for record in installed(data) if record.kind == MODEL]
    if not names:
        raise ModelError(f"no model is installed; get one: voiceover models pull {FIRST}")
    raise ModelError(f"no model is chosen; choose one: voiceover models use NAME. Installed: {', '.join(names)}")


def _vocoder(record: Record, folder: Path, data: Path) -> tuple[StoredWeights, str, int]:
    if record.vocoder is None:
        return _open(folder / record.parts["vocoder"]), "", 0
    try:
        other = find(data, record.vocoder)
    except ModelError as error:
        gone = f"the vocoder {record.vocoder} of {record.name} is gone; get it again: voiceover models pull {record.vocoder}"
        raise ModelError(gone) from error
    if "vocoder" not in other.parts:
        cure = f"remove it (voiceover models rm {other.name}) and get a vocoder of the name, or get {record.name} again"
        raise ModelError(f"{other.name}, the vocoder of {record.name}, is a model and no vocoder; {cure}")
    home = model_folder(data, other.name)
    _check_sizes(other, home)
    return _open(home / other.parts["vocoder"]), other.digest, other.bytes


def _open(path: Path) -> StoredWeights:
    """Checksums were compared when the files came; ``verify`` compares them again."""
    return open_weights(path, verify=False)


def _check_sizes(record: Record, folder: Path) -> None:
    for name, expected in record.files.items():
        path = folder / name
        try:
            size = path.stat().st_size
        except OSError as error:
            raise ModelError(f"{path}: a file of the model {record.name} is missing; get the model again") from error
        if size != expected.bytes:
            raise ModelError(f"{path}: cut short or changed: {size:,} bytes, {expected.bytes:,} when it came; get the model again")
