"""``pull``: a model of the catalogue from the Hugging Face Hub into the store, with its vocoder and vocabulary.

Files come into a hidden folder of the store that an interrupted run leaves behind for the next; the model has its name only when all
of them are there, are what their checksums say, and fit.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from voiceover.errors import ModelError
from voiceover.models import hub
from voiceover.models.catalogue import CatalogueFile, CatalogueRow, find_row
from voiceover.models.copying import OnProgress, check_space, sha256_of
from voiceover.models.intake import About, Taken, take_model, take_vocoder
from voiceover.models.parts import Parts, parts_from
from voiceover.models.record import MODEL, VOCODER, Record
from voiceover.models.store import check_new_name, damaged, installed, model_folder, models_folder
from voiceover.system import locks
from voiceover.system.files import PART_SUFFIX, discard, os_errors_as
from voiceover.types import Progress


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entry of the catalogue that will be fetched, with all that the Hub said of its files."""

    row: CatalogueRow
    revision: str
    files: tuple[CatalogueFile, ...]
    """Sizes and checksums filled in from the Hub where the catalogue has none."""

    @property
    def bytes(self) -> int:
        return sum(file.bytes or 0 for file in self.files)


def plan_pull(name: str, data: Path, *, architecture: str | None = None) -> tuple[Wanted, ...]:
    """What ``pull NAME`` would fetch: the vocoder where it is not there yet, then the model. Asks the Hub; nothing is written.

    Raises ModelError for a name that is not in the catalogue, a model that is in the store already, and whatever the Hub refuses;
    NetworkError where it does not answer.
    """
    row = find_row(name)
    if architecture is not None:
        row = _told(row, architecture)
    there = {record.name: record.kind for record in installed(data)}
    if row.name in there:
        raise _is_there(row.name)
    if row.architecture is None and not row.vocoder_only:
        raise ModelError(f"{row.name}: nobody has said whether it is v0 or v1; say --arch v0 or --arch v1")
    if row.vocoder and there.get(row.vocoder, VOCODER) != VOCODER:
        raise ModelError(
            f"{row.name} speaks through the vocoder {row.vocoder}, and here that is a model; remove it: voiceover models rm {row.vocoder}"
        )
    rows = (find_row(row.vocoder), row) if row.vocoder and row.vocoder not in there else (row,)
    for each in rows:
        if each.name in damaged(data):
            again = f"to fetch it again, remove it first: voiceover models rm {each.name}"
            raise ModelError(f"{model_folder(data, each.name)}: is there, and its record cannot be read; {again}")
        check_new_name(data, each.name, VOCODER if each.vocoder_only else MODEL)
    return tuple(_look_up(each) for each in rows)


def pull(wanted: Sequence[Wanted], data: Path, progress: OnProgress | None = None) -> tuple[Taken | Record, ...]:
    """Fetch and install what ``plan_pull`` found. A vocoder that another run has installed meanwhile is left out of the result.

    Raises ModelError, NetworkError; what has come stays for the next run.
    """
    check_space(models_folder(data), sum(each.bytes for each in wanted) - sum(_have(each, data) for each in wanted), "pull the model")
    taken = []
    for each in wanted:
        # Two runs that write into one unfinished file would spoil it for both.
        with locks.episode_lock(models_folder(data), f"{each.row.name}.pull"):
            there = {record.name: record.kind for record in installed(data)}
            if each.row.vocoder_only and len(wanted) > 1 and there.get(each.row.name) == VOCODER:
                discard(_room(each, data))
                continue
            if each.row.name in there:
                raise _is_there(each.row.name)
            taken.append(_pull(each, data, progress))
    return tuple(taken)


def _is_there(name: str) -> ModelError:
    return ModelError(f"{name} is in the store already; to fetch it again: voiceover models rm {name}")


def _told(row: CatalogueRow, architecture: str) -> CatalogueRow:
    """The entry with what the user says of it, where that can be."""
    if row.vocoder_only:
        raise ModelError(f"{row.name} is a vocoder, which is neither v0 nor v1; leave --arch out")
    if row.architecture not in (None, architecture):
        raise ModelError(f"{row.name}: the catalogue says {row.architecture}, not {architecture}; leave --arch out")
    return replace(row, architecture=architecture)


def _look_up(row: CatalogueRow) -> Wanted:
    """Pinned entries of which everything is known need no answer from the Hub."""
    if row.revision and all(file.bytes and file.sha256 for file in row.files):
        return Wanted(row, row.revision, row.files)
    remote = hub.look_up(row.repository, row.revision)
    files = []
    for file in row.files:
        found = remote.files.get(file.path)
        if found is None:
            if file.optional:
                continue
            has = ", ".join(sorted(remote.files)[:20])
            raise ModelError(f"{row.repository} at {remote.revision[:12]}: has no file {file.path}; it has {has or 'none'}")
        files.append(replace(file, bytes=file.bytes or found.bytes, sha256=file.sha256 or found.sha256))
    return Wanted(row, remote.revision, tuple(files))


def _pull(wanted: Wanted, data: Path, progress: OnProgress | None) -> Taken | Record:
    row = wanted.row
    room = _room(wanted, data)
    for older in room.parent.glob(f".{row.name}.{'[0-9a-f]' * 12}.pull{PART_SUFFIX}"):
        if older != room:  # unfinished, of a commit that is no longer the newest or the pinned one
            discard(older)
    with os_errors_as(ModelError, "pull the model", room):
        room.mkdir(parents=True, exist_ok=True)
    done = 0
    for file in wanted.files:
        _fetch(wanted, file, room, done, progress)
        done += file.bytes or 0
    about = About(
        name=row.name,
        licence=row.licence,
        commercial=row.commercial,
        source=row.repository,
        revision=wanted.revision,
        architecture=row.architecture,
        preset=row.preset,
        languages=row.languages,
        vocoder=row.vocoder,
        note=row.note,
    )
    if row.vocoder_only:
        taken: Taken | Record = take_vocoder(_only(wanted, room, "vocoder"), about, data, move=True, progress=progress)
    else:
        taken = take_model(_parts(wanted, room), about, data, move=True, progress=progress)
    discard(room)
    return taken


def _fetch(wanted: Wanted, file: CatalogueFile, room: Path, before: int, progress: OnProgress | None) -> None:
    target = room / file.path

    def report(have: int) -> None:
        if progress is not None:
            progress(Progress("pull", before + have, wanted.bytes or 1, f"{wanted.row.name}: {Path(file.path).name}"))

    with os_errors_as(ModelError, "pull the model", target):
        if target.is_file() and not _differs(target, file):
            report(file.bytes or target.stat().st_size)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        cached = hub.cached_file(wanted.row.repository, wanted.revision, file.path)
        if cached is not None and not _differs(cached, file):
            shutil.copyfile(cached, target)
            report(file.bytes or target.stat().st_size)
            return
    hub.fetch_file(wanted.row.repository, wanted.revision, file.path, target, report)
    with os_errors_as(ModelError, "pull the model", target):
        wrong = _differs(target, file)
        if wrong:
            target.unlink()
            raise ModelError(f"{wanted.row.repository}/{file.path}: {wrong}; it was thrown away, pull again")


def _differs(path: Path, file: CatalogueFile) -> str | None:
    """How a file differs from what it should be, None where it does not."""
    size = path.stat().st_size
    if file.bytes is not None and size != file.bytes:
        return f"{size:,} bytes came, {file.bytes:,} were expected"
    if file.sha256 is not None and (actual := sha256_of(path)) != file.sha256:
        return f"its SHA-256 is {actual[:12]}…, not {file.sha256[:12]}…"
    return None


def _parts(wanted: Wanted, room: Path) -> Parts:
    bundle = [file for file in wanted.files if file.role == "bundle"]
    roles: dict[str, Path] = {"dit": (room / bundle[0].path).parent} if bundle else {}
    for file in wanted.files:
        if file.role in ("dit", "vocab", "duration", "vocoder", "voice"):
            roles[file.role] = room / file.path
    return parts_from(roles)


def _only(wanted: Wanted, room: Path, role: str) -> Path:
    return next(room / file.path for file in wanted.files if file.role == role)


def _room(wanted: Wanted, data: Path) -> Path:
    """The same for every run that fetches this entry at this commit."""
    return model_folder(data, wanted.row.name).with_name(f".{wanted.row.name}.{wanted.revision[:12]}.pull{PART_SUFFIX}")


def _have(wanted: Wanted, data: Path) -> int:
    room = _room(wanted, data)
    have = 0
    for file in wanted.files:
        for path in (room / file.path, room / f"{file.path}{hub.UNFINISHED}"):
            with suppress(OSError):
                have += path.stat().st_size
    return have
