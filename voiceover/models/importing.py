"""Imports a model from the user's own files."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from voiceover.errors import ModelError
from voiceover.models.adding import AddedModel, add_model
from voiceover.models.catalogue import catalogue, find_row
from voiceover.models.copying import OnProgress, sha256_of
from voiceover.models.store import ModelStore
from voiceover.settings.terms import UNSTATED
from voiceover.settings.values import parse_language
from voiceover.types.models import CatalogueRow, ModelFacts, ModelFamily, ModelRequest, RecognizedModel

SMALLEST_LISTED = 100_000_000
"""Bytes; smaller files are not hashed to find them in the catalogue."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the user says about a model."""

    name: str | None = None
    languages: frozenset[str] | None = None
    licence: str | None = None
    like: str | None = None
    """Catalogue entry whose facts apply."""
    replace: bool = False
    """True to replace an installed model of the same name."""
    family: Mapping[str, str] = field(default_factory=dict)
    """Options of the model's family."""


def import_model(path: Path, options: ImportOptions, store: ModelStore, progress: OnProgress | None = None) -> AddedModel:
    """Copy the model or vocoder at ``path`` into the store.

    Facts that the user does not state come from the catalogue, if ``options.like`` names an entry or the very file is listed there.
    Raises ModelError.
    """
    languages = None if options.languages is None else _languages(options.languages)
    family, found = recognize(path, store)
    check_options(family, "import", options.family)
    row = find_row(options.like, store.families) if options.like else _listed(found, store)
    request = ModelRequest(
        name=options.name or name_of(path),
        source=str(path.absolute()),
        kind=found.kind,
        path=path,
        facts=_facts(row, options.licence, languages),
        options=options.family,
        like=options.like is not None,
    )
    return add_model(family, request, store, replace_existing=options.replace, progress=progress)


def _facts(row: CatalogueRow | None, licence: str | None, languages: frozenset[str] | None) -> ModelFacts:
    """Return what the catalogue says of a file, if it lists it, with what the user says."""
    if row is None:
        return ModelFacts(licence=licence or UNSTATED, commercial=False, languages=languages)
    stated = replace(row.facts, revision=None, vocoder=None, languages=languages or row.languages)
    return stated if licence is None else replace(stated, licence=licence, commercial=False)


def recognize(path: Path, store: ModelStore) -> tuple[ModelFamily, RecognizedModel]:
    """Return the first family that knows the model at ``path``, and its weights. Raises ModelError with the reasons of all."""
    if not os.path.exists(path):  # noqa: PTH110 - Path.exists raises for a name that is too long
        raise ModelError(f"{path}: there is no such file or folder")
    reasons: list[str] = []
    for family in store.families:
        try:
            return family, family.recognize(path)
        except ModelError as error:
            reasons.append(str(error).removeprefix(f"{path}: ") if reasons else str(error))
    raise ModelError("; ".join(dict.fromkeys(reasons)) or f"{path}: no engine is installed that uses models")


def check_options(family: ModelFamily, command: str, options: Mapping[str, str]) -> None:
    """Raise ModelError for an option that the family does not have."""
    known = {option.name for option in family.options if command in option.commands}
    foreign = [f"--{name}" for name in options if name not in known]
    if foreign:
        raise ModelError(f"{', '.join(foreign)}: no such option for a model of {family.name}; leave it out")


def name_of(path: Path) -> str:
    """Make a name for a model from its file or folder."""
    path = path.absolute()
    plain = ("model", "pytorch_model", "model_v1", "model_last")
    stem = path.name if path.is_dir() else path.parent.name if path.stem in plain else path.stem
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-.")[:80] or "model"


def _languages(typed: Collection[str]) -> frozenset[str]:
    """Return the primary language subtags. Raises ModelError."""
    found = set()
    if not typed:
        raise ModelError("--languages is empty; use a list such as en,de")
    for word in typed:
        primary = (parse_language(word) or "").partition("-")[0].lower()
        if len(primary) not in (2, 3):
            raise ModelError(f'--languages: "{word}" is not a language tag; use one such as en, de or pt-BR')
        found.add(primary)
    return frozenset(found)


def _listed(found: RecognizedModel, store: ModelStore) -> CatalogueRow | None:
    """Return the catalogue entry that lists this very file, by its SHA-256."""
    if not found.weights.is_file() or (size := found.weights.stat().st_size) < SMALLEST_LISTED:
        return None
    candidates = [
        (row, file.sha256)
        for row in catalogue(store.families).values()
        for file in row.files
        if row.kind == found.kind and file.sha256 is not None and file.bytes in (None, size)
    ]
    if not candidates:
        return None
    digest = sha256_of(found.weights)
    return next((row for row, sha256 in candidates if sha256 == digest), None)
