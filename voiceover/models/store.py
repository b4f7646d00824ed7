"""The models of one user: a folder each in ``models/`` of the data folder, whole or not there.

models/NAME/model.json     the record, written last
models/NAME/dit/...        the files as they came
models/default             the name of the model that speaks unless another is named
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from voiceover.errors import ModelError
from voiceover.models.catalogue import catalogue
from voiceover.models.record import MODEL, NAME, RECORD, VOCODER, Record, read_record, write_record
from voiceover.settings.values import did_you_mean
from voiceover.system.files import discard, os_errors_as, sync_file, sync_folder, temporary_name, write_whole

FOLDER = "models"
DEFAULT = "default"


def models_folder(data: Path) -> Path:
    """Where the models stand in the data folder ``data``."""
    return data / FOLDER


def model_folder(data: Path, name: str) -> Path:
    """The folder of a model. Raises ModelError for a name that cannot be one."""
    if not NAME.fullmatch(name):
        raise ModelError(f'"{name}" cannot be the name of a model; use letters, digits, dots, dashes and underlines')
    return models_folder(data) / name


def installed(data: Path) -> tuple[Record, ...]:
    """Everything in the store by name, models and vocoders. A folder without a readable record is left out."""
    records = []
    with suppress(FileNotFoundError, NotADirectoryError):
        for folder in sorted(models_folder(data).iterdir(), key=lambda path: path.name.casefold()):
            if not folder.name.startswith(".") and (folder / RECORD).is_file():
                with suppress(ModelError):
                    records.append(read_record(folder))
    return tuple(records)


def damaged(data: Path) -> tuple[str, ...]:
    """The names of folders in the store whose record is missing or cannot be read."""
    names = []
    whole = {record.name for record in installed(data)}
    with suppress(FileNotFoundError, NotADirectoryError):
        for folder in sorted(models_folder(data).iterdir(), key=lambda path: path.name.casefold()):
            if folder.name not in whole and NAME.fullmatch(folder.name) and folder.is_dir():
                names.append(folder.name)
    return tuple(names)


def find(data: Path, name: str) -> Record:
    """The model or vocoder of a name, in any case. Raises ModelError which says what there is."""
    if NAME.fullmatch(name) and (model_folder(data, name) / RECORD).is_file():
        return read_record(model_folder(data, name))
    records = {record.name: record for record in installed(data)}
    for known, record in records.items():
        if known.casefold() == name.strip().casefold():
            return record
    names = [record.name for record in records.values() if record.kind == MODEL]
    there = f"Installed: {', '.join(names)}." if names else "None is installed."
    listed = next((row for row in catalogue() if row.casefold() == name.strip().casefold()), None)
    cure = f"; get it: voiceover models pull {listed}." if listed else did_you_mean(name, (*names, *catalogue())) or "."
    raise ModelError(f'there is no model "{name}" here{cure} {there}')


def default_name(data: Path) -> str | None:
    """The model that speaks where none is named: the one that ``use`` chose, else the only one."""
    with suppress(OSError, UnicodeDecodeError):
        chosen = (models_folder(data) / DEFAULT).read_text("utf-8").strip()
        if chosen:
            return chosen
    names = [record.name for record in installed(data) if record.kind == MODEL]
    return names[0] if len(names) == 1 else None


def use(data: Path, name: str) -> Record:
    """Make ``name`` the model that speaks unless another is named. Raises ModelError."""
    record = find(data, name)
    if record.kind != MODEL:
        raise ModelError(f"{record.name} is a vocoder, not a model")
    write_whole(models_folder(data) / DEFAULT, f"{record.name}\n".encode(), "choose the model", ModelError)
    return record


def install(staged: Path, record: Record, data: Path, *, replace: bool = False) -> Record:
    """Give a finished folder beside the others its name; the first model becomes the default. Raises ModelError.

    ``staged`` lies in ``models_folder(data)`` and is moved. With ``replace`` an older model of the name goes.
    """
    check_new_name(data, record.name, record.kind, replace=replace)
    final = model_folder(data, record.name)
    with os_errors_as(ModelError, "install the model", final):
        write_record(record, staged)
        for name in (*record.files, RECORD):
            sync_file(staged / name)
        for folder in {(staged / name).parent for name in record.files} | {staged}:
            sync_folder(folder)
        if final.exists():
            discard(_aside(final))
        staged.rename(final)
        if record.kind != MODEL and default_name(data) == record.name:
            (models_folder(data) / DEFAULT).unlink()
        sync_folder(final.parent)
    if record.kind == MODEL and default_name(data) in (None, record.name):
        use(data, record.name)
    return record


def check_new_name(data: Path, name: str, kind: str, *, replace: bool | None = None) -> None:
    """Raise ModelError unless something of ``kind`` can come into the store under ``name``.

    ``replace`` says whether it may take the place of what has the name; None where the user has no such choice.
    """
    folder = model_folder(data, name)
    if name.casefold() == DEFAULT:  # on some systems names in another case are one
        raise ModelError(f'"{name}" cannot be the name of a model: the store notes under it which one is chosen; give another --name')
    if replace:
        if kind != VOCODER:
            _check_unused(data, name)
    elif folder.exists():
        what = f"there is a damaged model {name}" if name in damaged(data) else f"there is a model {name} already"
        cure = "" if replace is None else ", take its place with --replace"
        raise ModelError(f"{what}; give another --name{cure}, or remove it: voiceover models rm {name}")


def remove(data: Path, name: str) -> Record | None:
    """Take a model or vocoder out; None where it had no record that can be read, and ``name`` is its folder's.

    Raises ModelError, also for a vocoder that a model needs.
    """
    record = None if name in damaged(data) else find(data, name)
    if record is not None and "vocoder" in record.parts:
        _check_unused(data, record.name)
    folder = model_folder(data, name if record is None else record.name)
    with os_errors_as(ModelError, "remove the model", folder):
        discard(_aside(folder))
        if default_name(data) == folder.name:
            (models_folder(data) / DEFAULT).unlink(missing_ok=True)
    return record


def _check_unused(data: Path, name: str) -> None:
    users = [other.name for other in installed(data) if other.vocoder == name]
    if users:
        raise ModelError(f"{name} is the vocoder of {', '.join(users)}; remove those first")


def _aside(folder: Path) -> Path:
    """Rename a folder out of the way, so that it is there whole until it is gone."""
    hidden = temporary_name(folder)
    folder.rename(hidden)
    return hidden
