"""The record of an installed model: ``model.json`` in its folder, written last."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from voiceover.errors import ModelError
from voiceover.models.families import owner
from voiceover.system.lazy import lazy_pattern
from voiceover.tensors.file_names import clash_in, fault_of
from voiceover.types.models import ModelFamily, ModelRecord, StoredFile

RECORD = "model.json"
FORMAT = 1
_ORDER = (
    *("format", "name", "kind", "parts", "files", "digest", "layout", "licence", "commercial", "source", "revision"),
    *("architecture", "preset", "languages", "vocoder", "note", "extra", "family"),
)
"""The keys of a record in the order of the file, which never changes."""
NAME = lazy_pattern(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", re.ASCII)
"""Names of models, which are also names of folders."""


def read_record(folder: Path, families: Sequence[ModelFamily]) -> ModelRecord:
    """Read the record of the model in ``folder``, which has the model's name. Raises ModelError.

    A record of a family that is not installed is read as it is; such a model can be listed and removed, not opened.
    """
    path = folder / RECORD
    try:
        record = _record(json.loads(path.read_text("utf-8")), folder.name)
        family = owner(record, families)
        if family is not None and (fault := family.fault_of(record)):
            raise ValueError(fault)
        return record
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        cure = f"remove it (voiceover models rm {folder.name}) and get it again"
        raise ModelError(f"{path}: damaged, or of another version of voiceover ({error}); {cure}") from error


def record_fields(record: ModelRecord) -> dict[str, Any]:
    """Return the contents of ``model.json``. Records without a family have no such key, as before families had names."""
    values = {"format": FORMAT, **asdict(record)}
    values["languages"] = None if record.languages is None else sorted(record.languages)
    fields = {name: values[name] for name in _ORDER}
    if record.family is None:
        del fields["family"]
    return fields


def write_record(record: ModelRecord, folder: Path) -> None:
    """Put ``record`` into ``folder``. OSError passes."""
    (folder / RECORD).write_text(json.dumps(record_fields(record), indent=2, ensure_ascii=False) + "\n", "utf-8")


def weights_digest(parts: Mapping[str, Iterable[str]], tokens: Iterable[str]) -> str:
    """Digest everything that the sound depends on: the SHA-256 of the files of each part, and the tokens of the vocabulary."""
    total = hashlib.sha256()
    for role in sorted(parts):
        total.update(f"{role} {' '.join(sorted(parts[role]))}\n".encode())
    for token in tokens:
        total.update(f"{token}\n".encode())
    return total.hexdigest()


def _record(found: Any, name: str) -> ModelRecord:
    if found["format"] != FORMAT:
        raise ValueError(f"format {found['format']}")
    languages = found["languages"]
    parts = {str(role): _inside(path) for role, path in found["parts"].items()}
    if clash := clash_in([PurePosixPath(RECORD), *(PurePosixPath(_inside(path)) for path in found["files"])]):
        raise ValueError(f"{clash[0]} and {clash[1]} are the same file on some systems")
    family = found.get("family")
    return ModelRecord(
        name=name,
        kind=str(found["kind"]),
        parts=parts,
        files={_inside(path): StoredFile(int(entry["bytes"]), str(entry["sha256"])) for path, entry in found["files"].items()},
        digest=str(found["digest"]),
        layout=str(found["layout"]),
        licence=str(found["licence"]),
        commercial=found["commercial"] is True,
        source=str(found["source"]),
        revision=found["revision"],
        architecture=found["architecture"],
        preset=str(found["preset"]),
        languages=None if languages is None else frozenset(str(language) for language in languages),
        vocoder=found["vocoder"],
        note=str(found["note"]),
        extra={str(key): str(value) for key, value in found["extra"].items()},
        family=None if family is None else str(family),
    )


def _inside(path: str) -> str:
    if fault := fault_of(path):
        raise ValueError(f"file name {path!r} {fault}")
    return path
