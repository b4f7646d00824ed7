"""Whisper as a family of the model store: a folder of four files, as faster-whisper reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from voiceover.errors import ModelError
from voiceover.types.models import (
    RECOGNIZER,
    CatalogueRow,
    InstalledFiles,
    ModelFinding,
    ModelPart,
    ModelRecord,
    ModelRequest,
    PlainFamily,
    PreparedModel,
    RecognizedModel,
)

ROLE = "model"
WEIGHTS = "model.bin"
VOCABULARIES = ("vocabulary.txt", "vocabulary.json")
NEEDED = ("config.json", WEIGHTS, "tokenizer.json")
"""Without its tokenizer, faster-whisper would fetch one from the network."""
OPTIONAL = ("preprocessor_config.json",)
FEWEST_WORDS = 51_864
"""Number of tokens of the models that know English only; all others have more."""


@dataclass(frozen=True, slots=True)
class WhisperFiles:
    """A model as ``WhisperListener`` loads it."""

    name: str
    folder: Path


class WhisperFamily(PlainFamily):
    """A ``ModelFamily`` of recognizers."""

    name = "whisper"
    catalogue = Path(__file__).with_name("catalogue.yaml")
    roles = (ROLE,)
    recommended: str | None = None
    """None: it does not speak, so it is no advice for a user without a model."""

    def recognize(self, path: Path) -> RecognizedModel:
        """See ``ModelFamily``."""
        files_in(path)
        return RecognizedModel(path, RECOGNIZER)

    def prepare(self, request: ModelRequest, scratch: Path) -> PreparedModel:
        """See ``ModelFamily``."""
        del scratch
        given = request.files.get(ROLE, ())
        folder = request.path or (given[0].parent if given else Path(request.source))
        files = files_in(folder)
        part = ModelPart(folder, tuple((file, PurePosixPath(file.name)) for file in files))
        return PreparedModel(RECOGNIZER, {ROLE: part}, "ctranslate2")

    def fault_of(self, record: ModelRecord) -> str | None:
        """See ``ModelFamily``."""
        return None if ROLE in record.parts else "no model"

    def describe(self, entry: ModelRecord | CatalogueRow) -> str:
        """See ``ModelFamily``."""
        del entry
        return "recognizer"

    def open(self, files: InstalledFiles) -> WhisperFiles:
        """See ``ModelFamily``."""
        return WhisperFiles(files.record.name, files.folder / files.record.parts[ROLE])

    def verify(self, record: ModelRecord, folder: Path) -> Iterator[ModelFinding]:
        """See ``ModelFamily``."""
        try:
            files_in(folder / record.parts[ROLE])
        except ModelError as error:
            yield ModelFinding(record.name, str(error))
        else:
            yield ModelFinding(f"{record.name}: a recognizer for faster-whisper")


WHISPER = WhisperFamily()
"""The family; catalogues are read once for each."""


def files_in(folder: Path) -> tuple[Path, ...]:
    """Return the files of the model in ``folder``. Raises ModelError if one is missing or the vocabulary is not Whisper's."""
    try:
        there = {path.name for path in folder.iterdir() if path.is_file()} if folder.is_dir() else set()
    except OSError as error:
        raise ModelError(f"{folder}: cannot be read: {error.strerror}") from error
    vocabulary = next((name for name in VOCABULARIES if name in there), VOCABULARIES[0])
    missing = [name for name in (*NEEDED, vocabulary) if name not in there]
    if missing:
        raise ModelError(f"{folder}: not a recognizer (a folder of Whisper for faster-whisper): it has no {', '.join(missing)}")
    words = _words_in(folder / vocabulary)
    if words < FEWEST_WORDS:
        raise ModelError(f"{folder / vocabulary}: damaged, or not of Whisper: {words:,} words, and there are {FEWEST_WORDS:,} or more")
    return tuple(folder / name for name in (*NEEDED, vocabulary, *OPTIONAL) if name in there)


def _words_in(path: Path) -> int:
    try:
        text = path.read_text("utf-8")
        return len(json.loads(text)) if path.suffix == ".json" else len(text.split("\n"))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise ModelError(f"{path}: the vocabulary cannot be read: {error}") from error
