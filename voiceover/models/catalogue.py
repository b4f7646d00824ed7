"""Models that can be downloaded by name: each family ships a catalogue, a YAML file that the strict reader reads."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from voiceover.errors import ModelError, SettingsError
from voiceover.settings.problems import Problems
from voiceover.settings.strict_yaml import Fields, Items, Node, read_yaml
from voiceover.settings.values import did_you_mean, read_bool, read_choice, read_fields, read_integer, read_word, read_words
from voiceover.system.lazy import lazy_pattern
from voiceover.types.models import CatalogueFile, CatalogueRow, ModelFamily

VARIABLE = "VOICEOVER_CATALOGUE"
"""Environment variable with the path of a catalogue to use instead, for organisations with models of their own."""
_FILE_KEYS = ("role", "path", "bytes", "sha256", "optional", "repository", "revision")
_ROW_KEYS = ("family", "repository", "revision", "licence", "commercial", "languages", "architecture", "preset", "vocoder", "note", "files")
_REPOSITORY = lazy_pattern(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
_REVISION = lazy_pattern(r"[0-9a-f]{40}")
_SHA256 = lazy_pattern(r"[0-9a-f]{64}")
_FILE = lazy_pattern(r"(?!/)(?!.*(?:^|/)\.\.(?:/|$))[\w./ -]+", re.ASCII)


def catalogue(families: Sequence[ModelFamily]) -> Mapping[str, CatalogueRow]:
    """Return every entry by name: family by family, models before vocoders, in the order of the file."""
    if own := os.environ.get(VARIABLE):
        return read_catalogue(Path(own), tuple(families))
    rows: dict[str, CatalogueRow] = {}
    for family in reversed(families):
        if family.catalogue is not None:
            rows = {**read_catalogue(family.catalogue, (family,)), **rows}
    return rows


def find_row(name: str, families: Sequence[ModelFamily]) -> CatalogueRow:
    """Return the entry of a name, in any case, or of ``FAMILY/NAME``. Raises ModelError with the nearest one."""
    rows = catalogue(families)
    family, _, own = name.strip().casefold().rpartition("/")
    for known, row in rows.items():
        if known.casefold() == own and family in ("", row.family.casefold()):
            return row
    raise ModelError(
        f'the catalogue has no model "{name}"{did_you_mean(name.rpartition("/")[2], rows) or "; see: voiceover models list --all"}'
    )


def models_speaking(language: str, families: Sequence[ModelFamily]) -> tuple[str, ...]:
    """Return the models of the catalogue that speak a language (BCP 47)."""
    primary = language.partition("-")[0].lower()
    return tuple(name for name, row in catalogue(families).items() if row.languages is not None and primary in row.languages)


@cache
def read_catalogue(path: Path, families: tuple[ModelFamily, ...]) -> Mapping[str, CatalogueRow]:
    """Read a catalogue file for models of ``families``.

    A row without ``family`` belongs to the first family that knows the roles of its files. Raises ModelError if the file cannot be
    read, SettingsError with everything that is wrong in it.
    """
    problems = Problems()
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: the catalogue cannot be read: {error}") from error
    node = read_yaml(text, str(path), problems)
    rows: dict[str, CatalogueRow] = {}
    parts = read_fields(node, problems, "the catalogue", ("vocoders", "models")) if node is not None else None
    for part in ("models", "vocoders"):
        entries = (parts or {}).get(part)
        for key, value in entries.entries if isinstance(entries, Fields) else ():
            if row := _row(key.text, value, part == "vocoders", families, problems):
                rows[row.name] = row
    for row in rows.values():
        if row.vocoder is not None and not (row.vocoder in rows and rows[row.vocoder].vocoder_only) and node is not None:
            problems.error(node.source, "bad-value", f'{row.name}: there is no vocoder "{row.vocoder}"')
    if problems.errors:
        raise SettingsError(problems.errors)
    return rows


def _row(name: str, node: Node, vocoder_only: bool, families: tuple[ModelFamily, ...], problems: Problems) -> CatalogueRow | None:
    values = read_fields(node, problems, name, _ROW_KEYS)
    if values is None:
        return None
    repository = _matching("repository", values, _REPOSITORY, problems)
    revision = _matching("revision", values, _REVISION, problems)
    files = _files(values.get("files"), tuple(dict.fromkeys(role for family in families for role in family.roles)), problems)
    family = _family(values.get("family"), files, families, problems)
    licence = read_word(values["licence"], problems, "licence") if "licence" in values else None
    commercial = read_bool(values["commercial"], problems, "commercial") if "commercial" in values else None
    if repository is None or not files or licence is None or commercial is None or family is None:
        problems.error(node.source, "missing-key", f"{name} needs repository, licence, commercial and files")
        return None
    languages = read_words(values["languages"], problems, "languages") if "languages" in values else None
    return CatalogueRow(
        name=name,
        vocoder_only=vocoder_only,
        repository=repository,
        revision=revision,
        licence=licence,
        commercial=commercial,
        files=files,
        languages=frozenset(word for word, _ in languages) if languages else None,
        architecture=read_choice(values["architecture"], problems, "architecture", family.architectures)
        if "architecture" in values
        else None,
        preset=(read_choice(values["preset"], problems, "preset", family.presets) if "preset" in values else None)
        or next(iter(family.presets), ""),
        vocoder=read_word(values["vocoder"], problems, "vocoder") if "vocoder" in values else None,
        note=(read_word(values["note"], problems, "note") if "note" in values else None) or "",
        family=family.name,
    )


def _family(node: Node | None, files: Sequence[CatalogueFile], families: tuple[ModelFamily, ...], problems: Problems) -> ModelFamily | None:
    name = read_choice(node, problems, "family", tuple(family.name for family in families)) if node is not None else None
    if name is not None:
        return next(family for family in families if family.name == name)
    roles = {file.role for file in files}
    return next((family for family in families if roles <= set(family.roles)), None)


def _files(node: Node | None, roles: tuple[str, ...], problems: Problems) -> tuple[CatalogueFile, ...]:
    files = []
    for item in node.items if isinstance(node, Items) else ():
        values = read_fields(item, problems, "a file", _FILE_KEYS) or {}
        role = read_choice(values["role"], problems, "role", roles) if "role" in values else None
        path = _matching("path", values, _FILE, problems)
        if role is None or path is None:
            problems.error(item.source, "missing-key", "a file needs a role and a path")
            continue
        size = read_integer(values["bytes"], problems, "bytes", 1, 2**48) if "bytes" in values else None
        optional = read_bool(values["optional"], problems, "optional") if "optional" in values else None
        sha256 = _matching("sha256", values, _SHA256, problems)
        repository = _matching("repository", values, _REPOSITORY, problems)
        revision = _matching("revision", values, _REVISION, problems)
        files.append(CatalogueFile(role, path, size, sha256, bool(optional), repository, revision))
    return tuple(files)


def _matching(key: str, values: Mapping[str, Node], pattern: re.Pattern[str], problems: Problems) -> str | None:
    if key not in values:
        return None
    text = read_word(values[key], problems, key)
    if text is not None and not pattern.fullmatch(text):
        problems.error(values[key].source, "bad-value", f'{key} cannot be "{text}"')
        return None
    return text
