"""Installed models: a folder each in ``models/`` of the data folder, complete or absent.

models/NAME/model.json     the record, written last
models/NAME/ROLE/...       the files
models/default             name of the default model
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from voiceover.errors import ModelError
from voiceover.models.catalogue import catalogue
from voiceover.models.record import NAME, RECORD, read_record, write_record
from voiceover.settings.values import did_you_mean
from voiceover.system.files import discard, os_errors_as, sync_file, sync_folder, temporary_name, write_whole
from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.models import MODEL, VOCODER, ModelFamily, ModelRecord

FOLDER = "models"
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class ModelStore:
    """The models of one user, and the families that know what is in them."""

    folder: Path
    """The data folder."""
    families: tuple[ModelFamily, ...]


def models_folder(data: Path) -> Path:
    """Return the folder of all models in the data folder ``data``."""
    return data / FOLDER


def model_folder(data: Path, name: str) -> Path:
    """Return the folder of a model. Raises ModelError for an invalid name."""
    if not NAME.fullmatch(name):
        raise ModelError(f'"{name}" cannot be the name of a model; use letters, digits, dots, dashes and underscores')
    return models_folder(data) / name


def installed(store: ModelStore) -> tuple[ModelRecord, ...]:
    """Return all models and vocoders by name. Folders without a readable record are skipped."""
    records = []
    with suppress(FileNotFoundError, NotADirectoryError):
        for folder in sorted(models_folder(store.folder).iterdir(), key=lambda path: path.name.casefold()):
            if not folder.name.startswith(".") and (folder / RECORD).is_file():
                with suppress(ModelError):
                    records.append(read_record(folder, store.families))
    return tuple(records)


def damaged(store: ModelStore) -> tuple[str, ...]:
    """Return the folders of the store whose record is missing or cannot be read."""
    names = []
    whole = {record.name for record in installed(store)}
    with suppress(FileNotFoundError, NotADirectoryError):
        for folder in sorted(models_folder(store.folder).iterdir(), key=lambda path: path.name.casefold()):
            if folder.name not in whole and NAME.fullmatch(folder.name) and folder.is_dir():
                names.append(folder.name)
    return tuple(names)


def find(store: ModelStore, name: str) -> ModelRecord:
    """Find a model or vocoder by name, in any case. Raises ModelError that lists what is installed."""
    if NAME.fullmatch(name) and (model_folder(store.folder, name) / RECORD).is_file():
        return read_record(model_folder(store.folder, name), store.families)
    records = {record.name: record for record in installed(store)}
    for known, record in records.items():
        if known.casefold() == name.strip().casefold():
            return record
    names = [record.name for record in records.values() if record.kind == MODEL]
    there = f"Installed: {', '.join(names)}." if names else "None is installed."
    rows = catalogue(store.families)
    listed = next((row for row in rows if row.casefold() == name.strip().casefold()), None)
    cure = f"; get it: voiceover models pull {listed}." if listed else did_you_mean(name, (*names, *rows)) or "."
    raise ModelError(f'there is no model "{name}" here{cure} {there}')


def default_name(store: ModelStore) -> str | None:
    """Return the name of the default model: the one that ``use`` chose, otherwise the only one."""
    with suppress(OSError, UnicodeDecodeError):
        chosen = (models_folder(store.folder) / DEFAULT).read_text("utf-8").strip()
        if chosen:
            return chosen
    names = [record.name for record in installed(store) if record.kind == MODEL]
    return names[0] if len(names) == 1 else None


def use(store: ModelStore, name: str) -> ModelRecord:
    """Make ``name`` the default model. Raises ModelError."""
    record = find(store, name)
    if record.kind != MODEL:
        raise ModelError(f"{record.name} is a {record.kind}, not a model that speaks")
    write_whole(models_folder(store.folder) / DEFAULT, f"{record.name}\n".encode(), "choose the model", ModelError)
    return record


def install(staged: Path, record: ModelRecord, store: ModelStore, *, replace: bool = False, default: bool = True) -> ModelRecord:
    """Rename a finished folder to the model's name; the first model becomes the default, if it may. Raises ModelError.

    ``staged`` is on the same file system. With ``replace``, an installed model of the same name is removed.
    """
    check_new_name(store, record.name, record.kind, replace=replace)
    final = model_folder(store.folder, record.name)
    with os_errors_as(ModelError, "install the model", final):
        write_record(record, staged)
        for name in (*record.files, RECORD):
            sync_file(staged / name)
        for folder in {(staged / name).parent for name in record.files} | {staged}:
            sync_folder(folder)
        if final.exists():
            discard(_aside(final))
        staged.rename(final)
        if record.kind != MODEL and default_name(store) == record.name:
            (models_folder(store.folder) / DEFAULT).unlink()
        sync_folder(final.parent)
    if default and record.kind == MODEL and default_name(store) in (None, record.name):
        use(store, record.name)
    return record


def check_new_name(store: ModelStore, name: str, kind: str, *, replace: bool | None = None) -> None:
    """Raise ModelError unless an entry of ``kind`` can be added under ``name``.

    ``replace`` is True if it may replace an entry of that name; None if the user has no such choice.
    """
    folder = model_folder(store.folder, name)
    if name.casefold() == DEFAULT:  # some file systems ignore case
        raise ModelError(
            f'"{name}" cannot be the name of a model: the store keeps the name of the default model there; give another --name'
        )
    if replace:
        if kind != VOCODER:
            _check_unused(store, name)
    elif folder.exists():
        what = f"there is a damaged model {name}" if name in damaged(store) else f"there is a model {name} already"
        cure = "" if replace is None else ", take its place with --replace"
        raise ModelError(f"{what}; give another --name{cure}, or remove it: voiceover models rm {name}")


def remove(store: ModelStore, name: str) -> ModelRecord | None:
    """Remove a model or vocoder; return its record, or None if the folder ``name`` had no readable one.

    Raises ModelError, also for a vocoder that an installed model uses.
    """
    record = None if name in damaged(store) else find(store, name)
    if record is not None and VOCODER in record.parts:
        _check_unused(store, record.name)
    folder = model_folder(store.folder, name if record is None else record.name)
    with os_errors_as(ModelError, "remove the model", folder):
        discard(_aside(folder))
        if default_name(store) == folder.name:
            (models_folder(store.folder) / DEFAULT).unlink(missing_ok=True)
    return record


def _check_unused(store: ModelStore, name: str) -> None:
    users = [other.name for other in installed(store) if other.vocoder == name]
    if users:
        raise ModelError(f"{name} is the vocoder of {', '.join(users)}; remove those first")


def _aside(folder: Path) -> Path:
    """Rename a folder out of the way, so that the model disappears at once, not file by file."""
    hidden = temporary_name(folder)
    folder.rename(hidden)
    return hidden
