"""Models of the engine ``chime``: a JSON file with the pitches of some bells. A small family, complete but for quantizing."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from voiceover.errors import ModelError
from voiceover.types.models import (
    MODEL,
    CatalogueRow,
    InstalledFiles,
    ModelFinding,
    ModelOption,
    ModelPart,
    ModelRecord,
    ModelRequest,
    PreparedModel,
    RecognizedModel,
)

FORMAT = "chime bells"
TUNINGS = {"low": 0.5, "high": 2.0}


@dataclass(frozen=True)
class ChimeModel:
    """What the engine loads."""

    name: str
    digest: str
    pitches: tuple[float, ...]
    """In Hz, with the tuning applied."""


class ChimeFamily:
    """A ``ModelFamily``."""

    name = "chime"
    catalogue = Path(__file__).with_name("models.yaml")
    roles = ("bells",)
    architectures = ()
    presets = ("low", "high")
    recommended = "small-bells"
    options = (ModelOption("tuning", "Tuning of the bells.", frozenset({"import"}), choices=tuple(TUNINGS)),)

    def recognize(self, path: Path) -> RecognizedModel:
        if not path.is_file():
            raise ModelError(f"{path}: not a file of bells")
        _read(path)
        return RecognizedModel(path, MODEL)

    def configure(self, row: CatalogueRow, options: Mapping[str, str]) -> CatalogueRow:
        return row

    def prepare(self, request: ModelRequest, scratch: Path) -> PreparedModel:
        path = request.path if request.path is not None else request.files["bells"][0]
        pitches, tuning = _read(path), request.options.get("tuning", "low")
        part = ModelPart(path, ((path, PurePosixPath(path.name)),))
        return PreparedModel(
            MODEL, {"bells": part}, f"{len(pitches)} bells", replace(request.facts, preset=tuning), facts={"tuning": (tuning,)}
        )

    def owns(self, record: ModelRecord) -> bool:
        return False

    def fault_of(self, record: ModelRecord) -> str | None:
        return None if "bells" in record.parts else "no bells"

    def describe(self, entry: ModelRecord | CatalogueRow) -> str:
        return f"bells, {entry.preset}"

    def open(self, files: InstalledFiles) -> ChimeModel:
        pitches = _read(files.folder / files.record.parts["bells"])
        return ChimeModel(files.record.name, files.digest, tuple(pitch * TUNINGS[files.record.preset] for pitch in pitches))

    def verify(self, record: ModelRecord, folder: Path) -> Iterator[ModelFinding]:
        try:
            count = len(_read(folder / record.parts["bells"]))
        except ModelError as error:
            yield ModelFinding(f"{record.name}: bells", str(error))
        else:
            yield ModelFinding(f"{record.name}: bells, {count} pitches")


def _read(path: Path) -> tuple[float, ...]:
    """Read the pitches, in Hz. Raises ModelError."""
    try:
        found = json.loads(path.read_bytes()[:100_000])
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise ModelError(f'{path}: not a file of bells; its "format" must be "{FORMAT}"')
        pitches = tuple(float(pitch) for pitch in found["pitches"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"{path}: not a file of bells: {error}") from error
    if not pitches or not all(math.isfinite(pitch) and 20 <= pitch <= 20_000 for pitch in pitches):
        raise ModelError(f"{path}: needs at least one pitch, all between 20 and 20,000 Hz")
    return pitches


MODEL_FAMILY = ChimeFamily()
