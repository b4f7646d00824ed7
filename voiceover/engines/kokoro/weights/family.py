"""Kokoro as a family of the model store: one set of weights, known by its digest, and the packs of its voices."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from voiceover.engines.kokoro.choices import NAME, WEIGHTS_BYTES, WEIGHTS_SHA256
from voiceover.errors import ModelError
from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.models import (
    MODEL,
    CatalogueRow,
    InstalledFiles,
    ModelFinding,
    ModelPart,
    ModelRecord,
    ModelRequest,
    PackagedModel,
    PlainFamily,
    PreparedModel,
    RecognizedModel,
)

WEIGHTS, PACK = "weights", "pack"


@dataclass(frozen=True, slots=True)
class KokoroModel:
    """An installed model, as the engine loads it."""

    name: str
    weights: Path
    packs: Mapping[str, Path]
    """The packs of upstream's voices that are installed, by name."""


class KokoroFamily(PlainFamily):
    """A ``ModelFamily``."""

    name = NAME
    catalogue = Path(__file__).with_name("catalogue.yaml")
    roles = (WEIGHTS, PACK)
    recommended = NAME

    def recognize(self, path: Path) -> RecognizedModel:
        """See ``ModelFamily``. Only the size is compared; ``prepare`` compares the digest."""
        weights, _ = _files_at(path)
        if weights is None:
            raise ModelError(f"{path}: not the weights of Kokoro (an ONNX file of {WEIGHTS_BYTES:,} bytes)")
        return RecognizedModel(weights, MODEL)

    def prepare(self, request: ModelRequest, scratch: Path) -> PreparedModel:
        """See ``ModelFamily``."""
        del scratch
        if request.path is not None:
            weights, packs = _files_at(request.path)
        else:
            weights, packs = request.files.get(WEIGHTS, (None,))[0], request.files.get(PACK, ())
        if weights is None:
            raise ModelError(f"{request.source}: holds no weights of Kokoro")
        _check_weights(weights)
        parts = {WEIGHTS: ModelPart(weights, ((weights, PurePosixPath(weights.name)),))}
        if packs:
            from voiceover.engines.kokoro.packs import read_pack

            for pack in packs:
                read_pack(pack)
            parts[PACK] = ModelPart(packs[0].parent, tuple((pack, PurePosixPath(pack.name)) for pack in packs), in_digest=False)
        return PreparedModel(MODEL, parts, "onnx, int8")

    def fault_of(self, record: ModelRecord) -> str | None:
        """See ``ModelFamily``."""
        return None if WEIGHTS in record.parts else "no weights"

    def describe(self, entry: ModelRecord | CatalogueRow) -> str:
        """See ``ModelFamily``."""
        packs = [file for file in entry.files if file.role == PACK] if isinstance(entry, CatalogueRow) else _packs_of(entry)
        voices = len(packs)
        return f"{voices} voices, {', '.join(sorted(entry.languages or ()))}" if voices else "weights only"

    def open(self, files: InstalledFiles) -> KokoroModel:
        """See ``ModelFamily``."""
        record = files.record
        packs = {Path(name).stem: files.folder / name for name in _packs_of(record)}
        return KokoroModel(record.name, files.folder / record.parts[WEIGHTS], packs)

    def verify(self, record: ModelRecord, folder: Path) -> Iterator[ModelFinding]:
        """See ``ModelFamily``."""
        from voiceover.engines.kokoro.packs import read_pack

        try:
            _check_weights(folder / record.parts[WEIGHTS])
            packs = _packs_of(record)
            for name in packs:
                read_pack(folder / name)
        except ModelError as error:
            yield ModelFinding(record.name, str(error))
        else:
            yield ModelFinding(f"{record.name}: the weights of Kokoro-82M v1.0, {len(packs)} voices")

    def packaged(self) -> PackagedModel | None:
        """See ``PackagedFamily``."""
        from voiceover.engines.kokoro.weights.packages import packaged_weights

        return packaged_weights()


def _files_at(path: Path) -> tuple[Path | None, tuple[Path, ...]]:
    """Return the weights and the packs at a path: a file, or a folder with packs in it or in its folder ``voices``."""
    if not path.is_dir():
        return (path if _could_be_weights(path) else None), ()
    weights = next((file for file in sorted(path.glob("*.onnx")) if _could_be_weights(file)), None)
    packs = [file for place in (path, path / "voices") for file in sorted(place.glob("[abefhijpz][fm]_*.bin")) if file.is_file()]
    return weights, tuple(packs)


def _could_be_weights(path: Path) -> bool:
    return path.is_file() and path.stat().st_size == WEIGHTS_BYTES


def _check_weights(path: Path) -> None:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    if digest != WEIGHTS_SHA256:
        raise ModelError(f"{path}: not the weights of Kokoro-82M v1.0: SHA-256 {digest[:12]}…, not {WEIGHTS_SHA256[:12]}…")


def _packs_of(record: ModelRecord) -> list[str]:
    folder = record.parts.get(PACK)
    return [] if folder is None else sorted(name for name in record.files if name.startswith(f"{folder}/"))
