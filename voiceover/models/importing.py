"""``import``: a model from files that somebody has already."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from voiceover.errors import ModelError
from voiceover.models.catalogue import CatalogueRow, catalogue, find_row
from voiceover.models.copying import OnProgress, sha256_of
from voiceover.models.intake import STANDARD_VOCODER, About, Taken, take_model, take_vocoder, vocoders
from voiceover.models.parts import Parts, find_parts
from voiceover.models.readers import Network, network_of, open_weights
from voiceover.models.record import Record
from voiceover.models.store import find
from voiceover.settings.terms import UNSTATED
from voiceover.settings.values import parse_language


@dataclass(frozen=True, slots=True)
class Given:
    """What the user says of a model besides where it is."""

    name: str | None = None
    architecture: str | None = None
    vocab: Path | None = None
    vocoder: Path | None = None
    """A file, a bundle or a folder; a name of the store where no such path is."""
    duration: Path | None = None
    languages: frozenset[str] | None = None
    licence: str | None = None
    preset: str | None = None
    like: str | None = None
    """An entry of the catalogue whose facts hold for it."""
    replace: bool = False


def import_model(path: Path, given: Given, data: Path, progress: OnProgress | None = None) -> Taken | Record:
    """Copy the model at ``path`` (a file, a folder or a bundle) into the store; a Record where it is a vocoder alone.

    v0 or v1 is taken from ``given``, from the catalogue where ``given.like`` names an entry or the very file is listed there, or
    from a config beside the file, and never guessed. Raises ModelError.
    """
    languages = None if given.languages is None else _languages(given.languages)
    parts = find_parts(path)
    if parts.dit is None and parts.vocoder is not None and parts.duration is None:
        return _take_vocoder(parts.vocoder, path, given, data, progress)
    own = None if given.vocoder is None or not given.vocoder.exists() else _single(given.vocoder)
    named = None if given.vocoder is None or own is not None else find(data, str(given.vocoder)).name
    parts = Parts(vocab=given.vocab, vocoder=own, duration=given.duration).over(parts)
    row = find_row(given.like) if given.like else _listed(parts.dit)
    about = About(
        name=given.name or name_of(path),
        licence=given.licence or (row.licence if row else UNSTATED),
        commercial=bool(row and row.commercial and given.licence is None),
        source=str(path.absolute()),
        architecture=given.architecture or (row.architecture if row else None),
        preset=given.preset or (row.preset if row else "base"),
        languages=languages or (row.languages if row else None),
        vocoder=named,
        note=row.note if row else "",
    )
    return take_model(parts, about, data, replace=given.replace, progress=progress)


def chosen_vocoder(record: Record, data: Path) -> str | None:
    """A line about the vocoder that a model was given where none was named, None where there was nothing to choose from."""
    others = [name for name in vocoders(data) if name != record.vocoder]
    if record.vocoder in (None, STANDARD_VOCODER) or not others:
        return None
    return f"{record.name} speaks through the vocoder {record.vocoder}; for {' or '.join(others)} import it with --vocoder NAME --replace"


def _languages(typed: Collection[str]) -> frozenset[str]:
    """Their primary subtags, which an engine compares with."""
    found = set()
    if not typed:
        raise ModelError("--languages names none; en,de names two")
    for word in typed:
        primary = (parse_language(word) or "").partition("-")[0].lower()
        if len(primary) not in (2, 3):
            raise ModelError(f'--languages: "{word}" is no language tag; en, de or pt-BR is one')
        found.add(primary)
    return frozenset(found)


def _take_vocoder(vocoder: Path, path: Path, given: Given, data: Path, progress: OnProgress | None) -> Record:
    of_models = {
        "--arch": given.architecture,
        "--vocab": given.vocab,
        "--vocoder": given.vocoder,
        "--duration": given.duration,
        "--languages": given.languages,
        "--preset": given.preset,
        "--like": given.like,
    }
    typed = [option for option, value in of_models.items() if value is not None]
    if typed:
        raise ModelError(f"{path}: a vocoder, and {', '.join(typed)} can be said of a model only; leave out what is not of a vocoder")
    about = About(given.name or name_of(path), given.licence or UNSTATED, False, str(path.absolute()))
    return take_vocoder(vocoder, about, data, replace=given.replace, progress=progress)


def _single(path: Path) -> Path:
    """A vocoder that the user names: a file, a bundle, or a folder with one of these."""
    found = find_parts(path).vocoder
    if found is None:
        raise ModelError(f"{path}: holds no vocoder")
    return found


def _listed(dit: Path | None) -> CatalogueRow | None:
    """The entry of the catalogue that lists this very file, by its SHA-256."""
    if dit is None or not dit.is_file():
        return None
    size = dit.stat().st_size
    candidates = [
        (row, file.sha256)
        for row in catalogue().values()
        for file in row.files
        if file.role == "dit" and file.sha256 is not None and file.bytes in (None, size)
    ]
    if not candidates or network_of(open_weights(dit)) is not Network.DIT or size < 100_000_000:
        return None
    digest = sha256_of(dit)
    return next((row for row, sha256 in candidates if sha256 == digest), None)


def name_of(path: Path) -> str:
    """A name for a model, from its file or folder."""
    path = path.absolute()
    plain = ("model", "pytorch_model", "model_v1", "model_last")
    stem = path.name if path.is_dir() else path.parent.name if path.stem in plain else path.stem
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-.")[:80] or "model"
