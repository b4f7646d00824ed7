"""Downloads a model of the catalogue from the Hugging Face Hub into the store, with the vocoder it needs.

Files go into a hidden folder of the store, which an interrupted run leaves for the next one; the model gets its name only when all
files are there, have the right checksums, and fit together.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from voiceover.errors import ModelError, VoiceoverError
from voiceover.models import hub
from voiceover.models.adding import AddedModel, add_model
from voiceover.models.catalogue import find_row
from voiceover.models.copying import OnProgress, check_space, sha256_of
from voiceover.models.importing import check_options
from voiceover.models.packaged import add_packaged
from voiceover.models.store import ModelStore, check_new_name, damaged, find, installed, model_folder, models_folder
from voiceover.system import locks
from voiceover.system.files import PART_SUFFIX, discard, os_errors_as
from voiceover.types import Progress
from voiceover.types.models import VOCODER, CatalogueFile, CatalogueRow, ModelFamily, ModelRecord, ModelRequest


@dataclass(frozen=True, slots=True)
class Download:
    """An entry of the catalogue to be downloaded, with what the Hub says about its files."""

    row: CatalogueRow
    revision: str
    files: tuple[CatalogueFile, ...]
    """With sizes and checksums from the Hub if the catalogue has none, and with repository and commit if those are not the entry's."""

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(file.bytes or 0 for file in self.files)


def plan_pull(name: str, store: ModelStore, options: Mapping[str, str] | None = None) -> tuple[Download, ...]:
    """Return what ``pull NAME`` would download: the vocoder if it is not installed, then the model. Asks the Hub.

    Nothing is written, except that a model that installed packages bring is added first, so that its files need no download.
    ``options`` are those of the model's family. Raises ModelError for a name that is not in the catalogue, a model that is installed
    already, and whatever the Hub refuses; NetworkError if the Hub does not answer.
    """
    row = find_row(name, store.families)
    family = _family(row, store)
    with suppress(VoiceoverError):  # what cannot be had from packages is downloaded
        add_packaged(store, family.name)
    there = {record.name: record.kind for record in installed(store)}
    if row.name in there and not _is_part(row, store):
        raise _is_there(row.name)
    check_options(family, "pull", options or {})
    row = family.configure(row, options or {})
    if row.vocoder and there.get(row.vocoder, VOCODER) != VOCODER:
        raise ModelError(
            f"{row.name} speaks through the vocoder {row.vocoder}, but the installed {row.vocoder} is a model; "
            f"remove it: voiceover models rm {row.vocoder}"
        )
    rows = (find_row(row.vocoder, store.families), row) if row.vocoder and row.vocoder not in there else (row,)
    for each in rows:
        if each.name in damaged(store):
            again = f"to fetch it again, remove it first: voiceover models rm {each.name}"
            raise ModelError(f"{model_folder(store.folder, each.name)}: is there, and its record cannot be read; {again}")
        check_new_name(store, each.name, each.kind, replace=True if each.name in there else None)
    return tuple(_look_up(each, _record(each.name, store)) for each in rows)


def pull(downloads: Sequence[Download], store: ModelStore, progress: OnProgress | None = None) -> tuple[AddedModel, ...]:
    """Download and install what ``plan_pull`` found. A vocoder that another run has installed meanwhile is not in the result.

    Raises ModelError, NetworkError; what was downloaded is kept for the next run.
    """
    data = store.folder
    missing = sum(each.bytes for each in downloads) - sum(_have(each, data) for each in downloads)
    check_space(models_folder(data), missing, "pull the model")
    added = []
    for each in downloads:
        # Two runs must not write into the same unfinished file.
        with locks.episode_lock(models_folder(data), f"{each.row.name}.pull"):
            there = {record.name: record.kind for record in installed(store)}
            if each.row.vocoder_only and len(downloads) > 1 and there.get(each.row.name) == VOCODER:
                discard(_room(each, data))
                continue
            if each.row.name in there and not _is_part(each.row, store):
                raise _is_there(each.row.name)
            added.append(_pull(each, store, progress))
    return tuple(added)


def _is_there(name: str) -> ModelError:
    return ModelError(f"{name} is in the store already; to fetch it again: voiceover models rm {name}")


def _family(row: CatalogueRow, store: ModelStore) -> ModelFamily:
    return next(family for family in store.families if family.name == row.family)


def _is_part(row: CatalogueRow, store: ModelStore) -> bool:
    """Return True if what is installed under the name of ``row`` is some of its files, by checksum: a pull then adds the others."""
    have = {file.sha256 for file in find(store, row.name).files.values()}
    return have < {file.sha256 for file in row.files}


def _record(name: str, store: ModelStore) -> ModelRecord | None:
    return next((record for record in installed(store) if record.name == name), None)


def _look_up(row: CatalogueRow, record: ModelRecord | None) -> Download:
    """Fill in what the catalogue does not say. Files that are pinned and complete, or in the installed ``record``, need no request."""
    have = set() if record is None else {file.sha256 for file in record.files.values()}
    remotes: dict[tuple[str, str | None], hub.Remote] = {}
    files = []
    for file in row.files:
        place = (file.repository or row.repository, file.revision if file.repository else row.revision)
        if file.bytes and file.sha256 and (place[1] or file.sha256 in have):
            files.append(file)
            continue
        if place not in remotes:
            remotes[place] = hub.look_up(*place)
        remote = remotes[place]
        found = remote.files.get(file.path)
        if found is None:
            if file.optional:
                continue
            has = ", ".join(sorted(remote.files)[:20])
            raise ModelError(f"{remote.repository} at {remote.revision[:12]}: has no file {file.path}; it has {has or 'none'}")
        revision = remote.revision if file.repository else None
        files.append(replace(file, bytes=file.bytes or found.bytes, sha256=file.sha256 or found.sha256, revision=revision))
    own = remotes.get((row.repository, row.revision))
    return Download(row, own.revision if own is not None else row.revision or "", tuple(files))


def _pull(download: Download, store: ModelStore, progress: OnProgress | None) -> AddedModel:
    row = download.row
    room = _room(download, store.folder)
    for older in room.parent.glob(f".{row.name}.{'[0-9a-f]' * 12}.pull{PART_SUFFIX}"):
        if older != room:  # of a commit that is no longer the newest or the pinned one
            discard(older)
    with os_errors_as(ModelError, "pull the model", room):
        room.mkdir(parents=True, exist_ok=True)
    done = 0
    record = _record(row.name, store)
    for file in download.files:
        _fetch(download, file, room, done, progress, _stored(file, record, store))
        done += file.bytes or 0
    files: dict[str, tuple[Path, ...]] = {}
    for file in download.files:
        files[file.role] = (*files.get(file.role, ()), room / file.path)
    request = ModelRequest(
        name=row.name,
        source=row.repository,
        kind=row.kind,
        facts=replace(row.facts, revision=download.revision),
        files=files,
    )
    replaced = None if record is None else True
    added = add_model(_family(row, store), request, store, replace_existing=replaced, move=True, progress=progress)
    discard(room)
    return added


def _stored(file: CatalogueFile, record: ModelRecord | None, store: ModelStore) -> Path | None:
    """Return the file of the installed model ``record`` that is ``file``, by its checksum."""
    if record is None or file.sha256 is None:
        return None
    names = (name for name, stored in record.files.items() if stored.sha256 == file.sha256)
    return next((model_folder(store.folder, record.name) / name for name in names), None)


def _fetch(
    download: Download, file: CatalogueFile, room: Path, before: int, progress: OnProgress | None, stored: Path | None = None
) -> None:
    """Put a file into ``room``: the one in the store if there is ``stored``, or in the Hub's cache, else a download."""
    target = room / file.path
    repository = file.repository or download.row.repository
    revision = file.revision if file.repository and file.revision else download.revision

    def report(have: int) -> None:
        if progress is not None:
            progress(Progress("pull", before + have, download.bytes or 1, f"{download.row.name}: {Path(file.path).name}"))

    with os_errors_as(ModelError, "pull the model", target):
        if target.is_file() and not _differs(target, file):
            report(file.bytes or target.stat().st_size)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        cached = stored or hub.cached_file(repository, revision, file.path)
        if cached is not None and cached.is_file() and not _differs(cached, file):
            shutil.copyfile(cached, target)
            report(file.bytes or target.stat().st_size)
            return
    hub.fetch_file(repository, revision, file.path, target, report)
    with os_errors_as(ModelError, "pull the model", target):
        wrong = _differs(target, file)
        if wrong:
            target.unlink()
            raise ModelError(f"{repository}/{file.path}: {wrong}; it was deleted; pull again")


def _differs(path: Path, file: CatalogueFile) -> str | None:
    """Return how a file differs from what it should be, None if it does not."""
    size = path.stat().st_size
    if file.bytes is not None and size != file.bytes:
        return f"{size:,} bytes, {file.bytes:,} were expected"
    if file.sha256 is not None and (actual := sha256_of(path)) != file.sha256:
        return f"its SHA-256 is {actual[:12]}…, not {file.sha256[:12]}…"
    return None


def _room(download: Download, data: Path) -> Path:
    """Return the folder that every run uses which downloads this entry at this commit."""
    return model_folder(data, download.row.name).with_name(f".{download.row.name}.{download.revision[:12]}.pull{PART_SUFFIX}")


def _have(download: Download, data: Path) -> int:
    room = _room(download, data)
    have = 0
    for file in download.files:
        for path in (room / file.path, room / f"{file.path}{hub.UNFINISHED}"):
            with suppress(OSError):
                have += path.stat().st_size
    return have
