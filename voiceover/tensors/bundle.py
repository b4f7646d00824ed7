"""Bundles: a folder with ``manifest.json``, raw tensors and JSON indexes into them.

Matrices are rowwise int4 (``q4_index``), everything else is dense. The caller says which formats it knows.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voiceover.errors import ModelError
from voiceover.tensors.file_names import MOST_FILES, clash_in, fault_of, file_in
from voiceover.tensors.int4 import as_groups, dequantize_rows, group_size_for
from voiceover.tensors.json_tables import read_table, shape_of, whole
from voiceover.tensors.named import Quantized
from voiceover.tensors.stored import StoredTensor, StoredWeights, map_array, stored_quantized

MANIFEST = "manifest.json"
CHECKSUMS = "checksums.sha256"
INT4 = "q4_symmetric_row_scale_f16"
_DENSE = {
    "float16": "<f2",
    "float32": "<f4",
    "bool_u8": "?",
    "uint8": "u1",
    "int8": "i1",
    "int16": "<i2",
    "int32": "<i4",
    "int64": "<i8",
}


def read_bundle(folder: Path, formats: Collection[str], *, verify: bool = True) -> StoredWeights:
    """Read the tensors of a bundle in one of the known ``formats``: matrices whose width a group size divides stay int4, the rest is dense.

    With ``verify``, every file that ``checksums.sha256`` lists is hashed first. Raises ModelError for another format, for a name that
    leads outside the folder (whatever it is for), and for a file that is missing, cut short or not what its checksum says.
    """
    if verify:
        verify_checksums(folder)
    manifest, files = _manifest(folder, formats)
    _names(folder, files)
    tensors: dict[str, StoredTensor] = {}
    if "q4_index" in files:
        chunks = files.get("q4_chunks")
        blob = _Blob(folder, chunks if isinstance(chunks, list) and chunks else [files.get("q4")])
        for name, entry in read_table(_path(folder, files["q4_index"])).items():
            tensors[name] = _int4(blob, name, entry)
    dense = _Blob(folder, [files.get("dense") or files.get("tensors")])
    for name, entry in read_table(_path(folder, files.get("dense_index") or files.get("index"))).items():
        tensors[name] = _dense(dense, name, entry)
    metadata = {"format": str(manifest["format"]), "model_id": str(manifest.get("model_id", ""))}
    architecture = manifest.get("architecture")
    for key, value in architecture.items() if isinstance(architecture, dict) else ():
        metadata[f"architecture.{key}"] = str(value)
    return StoredWeights(str(folder), tensors, metadata)


def bundle_files(folder: Path, formats: Collection[str]) -> tuple[PurePosixPath, ...]:
    """Return the manifest and every file that it names, relative to ``folder``, once each.

    Raises ModelError unless all of them are plain files below the folder.
    """
    _, files = _manifest(folder, formats)
    names = _names(folder, files)
    for name in names:
        if file_in(folder, str(name)) is None:
            raise ModelError(f"{folder / MANIFEST}: names a file that is missing: {name}; get the model again")
    return names


def is_bundle(folder: Path, formats: Collection[str]) -> bool:
    """Return True if the manifest in ``folder`` names one of the ``formats``, whatever else is wrong with it."""
    try:
        _manifest(folder, formats)
    except ModelError:
        return False
    return True


def _manifest(folder: Path, formats: Collection[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the manifest and its table of files."""
    path = file_in(folder, MANIFEST) or folder / MANIFEST
    manifest = read_table(path)
    if manifest.get("format") not in formats:
        raise ModelError(f"{path}: the format is {manifest.get('format')!r}; known are {', '.join(formats)}")
    files = manifest.get("files")
    if not isinstance(files, dict):
        raise ModelError(f"{path}: has no object 'files'")
    return manifest, files


def _names(folder: Path, files: dict[str, Any]) -> tuple[PurePosixPath, ...]:
    """Return the manifest's own name and every file name in it. Values without a string are not names."""
    names = [PurePosixPath(MANIFEST)]
    for value in files.values():
        for entry in value if isinstance(value, list) else [value]:
            name = _name_in(entry)
            if isinstance(name, str):
                names.append(_inside(folder, name))
    unique = tuple(dict.fromkeys(names))
    if len(unique) > MOST_FILES:
        raise ModelError(f"{folder / MANIFEST}: refused: it names more than {MOST_FILES:,} files")
    if clash := clash_in(unique):
        raise ModelError(f"{folder / MANIFEST}: refused: {clash[0]} and {clash[1]} are the same file on some systems")
    return unique


def _name_in(entry: Any) -> Any:
    return next((entry[key] for key in ("path", "file", "url") if key in entry), None) if isinstance(entry, dict) else entry


def verify_checksums(folder: Path, *, partial: bool = False) -> None:
    """Hash every file that the bundle's ``checksums.sha256`` lists; nothing is checked if there is no such file.

    ``partial`` is for a folder that may lack some of them, such as samples. Raises ModelError naming each file that differs or is missing.
    """
    listing = file_in(folder, CHECKSUMS)
    if listing is None:
        return
    wrong = []
    try:
        lines = listing.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{listing}: cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        digest, _, name = line.partition(" ")
        name = name.lstrip(" *")
        if len(digest) != 64 or not name:
            raise ModelError(f"{listing}:{number}:1: not a line of sha256sum: {line!r}")
        path = file_in(folder, str(_inside(folder, name, CHECKSUMS)))
        if path is None:
            if not partial:
                wrong.append(f"{name} is missing")
        else:
            with path.open("rb") as file:
                actual = hashlib.file_digest(file, "sha256").hexdigest()
            if actual != digest.lower():
                wrong.append(f"{name} has SHA-256 {actual[:12]}…, not {digest[:12].lower()}…")
    if wrong:
        raise ModelError(f"{listing}: {'; '.join(wrong[:10])}; get the model again")


class _Blob:
    """One file of raw tensors, or several that are read as one file."""

    def __init__(self, folder: Path, parts: list[Any]) -> None:
        self.parts: list[tuple[Path, int, int]] = []
        start = 0
        for part in parts:
            path = _path(folder, _name_in(part))
            try:
                size = path.stat().st_size
            except OSError as error:
                raise ModelError(f"{path}: cannot be read: {error}") from error
            self.parts.append((path, start, start + size))
            start += size
        self.source = str(self.parts[0][0]) if self.parts else str(folder)
        self.size = start

    def check(self, name: str, offset: int, size: int) -> None:
        if offset + size > self.size:
            raise ModelError(f"{self.source}: cut short: tensor {name} ends at byte {offset + size:,}, the file at {self.size:,}")

    def read(self, offset: int, size: int) -> NDArray[np.uint8]:
        pieces = [
            map_array(path, np.dtype("u1"), max(offset, start) - start, (min(offset + size, stop) - max(offset, start),))
            for path, start, stop in self.parts
            if start < offset + size and offset < stop
        ]
        joined: NDArray[np.uint8] = pieces[0] if len(pieces) == 1 else np.concatenate([*pieces, np.empty(0, np.uint8)])
        return joined


def _int4(blob: _Blob, name: str, entry: Any) -> StoredTensor:
    try:
        shape = shape_of(entry["shape"])
        values = whole(entry["offset"]), whole(entry["nbytes"])
        scales = whole(entry["scale_offset"]), whole(entry["scale_nbytes"])
        kind = str(entry["dtype"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{blob.source}: the index entry of tensor {name} is invalid") from error
    if kind != INT4 or entry.get("values_per_byte", 2) != 2:
        raise ModelError(f"{blob.source}: tensor {name} is of type {kind!r}; known is {INT4} with two values a byte")
    if len(shape) < 2 or min(shape) < 1 or values[1] != (math.prod(shape) + 1) // 2 or scales[1] != 2 * shape[0]:
        raise ModelError(f"{blob.source}: tensor {name} of shape {shape} does not fill {values[1]} bytes and {scales[1]} of scales")
    for part in (values, scales):
        blob.check(name, *part)

    def load() -> NDArray[np.float32]:
        return dequantize_rows(blob.read(*values), _copied(blob.read(*scales), "<f2"), shape)

    group = group_size_for(shape[1]) if len(shape) == 2 else None
    if group is None:
        return StoredTensor(shape, load)

    def load_groups() -> Quantized:
        return as_groups(blob.read(*values), _copied(blob.read(*scales), "<f2"), (shape[0], shape[1]), group)

    return stored_quantized(shape, load_groups)


def _dense(blob: _Blob, name: str, entry: Any) -> StoredTensor:
    try:
        shape = shape_of(entry["shape"])
        offset, size = whole(entry["offset"]), whole(entry["nbytes"])
        kind = str(entry["dtype"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{blob.source}: the index entry of tensor {name} is invalid") from error
    if kind not in _DENSE:
        raise ModelError(f"{blob.source}: tensor {name} is of type {kind!r}; known are {', '.join(_DENSE)}")
    if size != math.prod(shape) * np.dtype(_DENSE[kind]).itemsize:
        raise ModelError(f"{blob.source}: tensor {name} of shape {shape} and type {kind} does not fill {size} bytes")
    blob.check(name, offset, size)
    return StoredTensor(shape, partial(_read_dense, blob, offset, size, _DENSE[kind], shape))


def _read_dense(blob: _Blob, offset: int, size: int, dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    return _copied(blob.read(offset, size), dtype).reshape(shape)


def _copied(raw: NDArray[np.uint8], dtype: str) -> NDArray[Any]:
    """Offsets in a bundle are not aligned, so bytes are copied before they are read as numbers."""
    return raw.copy().view(dtype)


def _path(folder: Path, name: Any) -> Path:
    """Return the path of a file that the manifest names. Raises ModelError if it leads out of the folder or is not a plain file."""
    inside = _inside(folder, name)
    return file_in(folder, str(inside)) or folder / inside


def _inside(folder: Path, name: Any, listing: str = MANIFEST) -> PurePosixPath:
    """Check a file name of the manifest or of another listing."""
    if not isinstance(name, str):
        raise ModelError(f"{folder / listing}: does not name one of its files")
    if fault := fault_of(name):
        raise ModelError(f"{folder / listing}: refused: the file name {name!r} {fault}")
    return PurePosixPath(name)
