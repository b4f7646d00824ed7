"""What the store knows of a model or vocoder: ``model.json`` in its folder, written last."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from voiceover.errors import ModelError
from voiceover.tensors.file_names import clash_in, fault_of

RECORD = "model.json"
FORMAT = 1
MODEL = "model"
VOCODER = "vocoder"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", re.ASCII)
"""A name of the store, which is a folder's too."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the store as it was when it came."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Record:
    """A model, or a vocoder for models."""

    name: str
    kind: str
    """``model`` or ``vocoder``."""
    parts: Mapping[str, str]
    """By role (``dit``, ``vocab``, ``duration``, ``vocoder``), the file or bundle folder, relative to the model's folder."""
    files: Mapping[str, Stored]
    """Every file, relative to the model's folder."""
    digest: str
    """Of weights and vocabulary; a model that speaks through an entry of the store leaves that one's weights out."""
    layout: str
    """What the weights came as, in words."""
    licence: str
    commercial: bool
    source: str
    """Repository or path that it came from."""
    revision: str | None = None
    architecture: str | None = None
    preset: str = "base"
    languages: tuple[str, ...] | None = None
    vocoder: str | None = None
    """The entry of the store that it speaks through; None where it has its own."""
    note: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    """For a reader of the file."""

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files.values())


def read_record(folder: Path) -> Record:
    """The record of the model in ``folder``, which has its name. Raises ModelError."""
    path = folder / RECORD
    try:
        found = json.loads(path.read_text("utf-8"))
        return _record(found, folder.name)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        cure = f"remove it (voiceover models rm {folder.name}) and get it again"
        raise ModelError(f"{path}: damaged, or of another version of voiceover ({error}); {cure}") from error


def write_record(record: Record, folder: Path) -> None:
    """Put ``record`` into ``folder``. OSError passes."""
    content = {"format": FORMAT, **asdict(record)}
    (folder / RECORD).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")


def weights_digest(parts: Mapping[str, Iterable[str]], tokens: Iterable[str]) -> str:
    """One digest of everything that the sound depends on: the SHA-256 of each part's files, and the vocabulary however its lines end."""
    total = hashlib.sha256()
    for role in sorted(parts):
        total.update(f"{role} {' '.join(sorted(parts[role]))}\n".encode())
    for token in tokens:
        total.update(f"{token}\n".encode())
    return total.hexdigest()


def _record(found: Any, name: str) -> Record:
    if found["format"] != FORMAT:
        raise ValueError(f"format {found['format']}")
    languages = found["languages"]
    parts = {str(role): _inside(path) for role, path in found["parts"].items()}
    if clash := clash_in([PurePosixPath(RECORD), *(PurePosixPath(_inside(path)) for path in found["files"])]):
        raise ValueError(f"{clash[0]} and {clash[1]} are the same file on some systems")
    kind = str(found["kind"])
    missing = [role for role in _needed(kind, found["vocoder"]) if role not in parts]
    if missing:
        raise ValueError(f"no {missing[0]}")
    return Record(
        name=name,
        kind=kind,
        parts=parts,
        files={_inside(path): Stored(int(entry["bytes"]), str(entry["sha256"])) for path, entry in found["files"].items()},
        digest=str(found["digest"]),
        layout=str(found["layout"]),
        licence=str(found["licence"]),
        commercial=found["commercial"] is True,
        source=str(found["source"]),
        revision=found["revision"],
        architecture=found["architecture"],
        preset=str(found["preset"]),
        languages=None if languages is None else tuple(str(language) for language in languages),
        vocoder=found["vocoder"],
        note=str(found["note"]),
        extra={str(key): str(value) for key, value in found["extra"].items()},
    )


def _needed(kind: str, vocoder: str | None) -> tuple[str, ...]:
    """Roles without which nothing speaks."""
    if kind != MODEL:
        return ("vocoder",)
    return ("dit", "vocab") if vocoder is not None else ("dit", "vocab", "vocoder")


def _inside(path: str) -> str:
    if fault := fault_of(path):
        raise ValueError(f"file name {path!r} {fault}")
    return path
