"""Weights of F5 networks from every format in use, recognised by content, never by file name."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from voiceover.engines.f5.weights.layout import Quantization, sanitize
from voiceover.errors import ModelError
from voiceover.tensors import bundle
from voiceover.tensors.safetensors_file import read_safetensors
from voiceover.tensors.stored import StoredWeights
from voiceover.tensors.torch_file import read_torch

FORMATS = ("f5tts-q4-bundle-v0", "vocos-mel-24khz-q4-bundle-v0", "vocos-mel-24khz-fp16-bundle-v0")
"""Formats of bundles. Tensor names are those of the torch checkpoints; the manifest does not say whether a model is v0 or v1."""


def open_weights(path: Path, *, quantization: Quantization | None = None, verify: bool = True) -> StoredWeights:
    """Open a safetensors file, a torch.save file or the folder of a bundle; return its tensors in our names and layout.

    ``verify`` compares a bundle with its checksums first. Raises ModelError for what is missing, damaged or not understood.
    """
    if path.is_dir():
        return sanitize(read_bundle(path, verify=verify), quantization)
    try:
        with path.open("rb") as file:
            start = file.read(9)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    if start.startswith(b"PK\x03\x04"):
        return sanitize(read_torch(path), quantization)
    if start[8:9] == b"{":
        return sanitize(read_safetensors(path), quantization)
    raise ModelError(f"{path}: an unknown layout: looked for a safetensors header, a zip of torch.save, and a folder with manifest.json")


def read_bundle(folder: Path, *, verify: bool = True) -> StoredWeights:
    """Read the tensors of a bundle under their own names. Raises ModelError."""
    return bundle.read_bundle(folder, FORMATS, verify=verify)


def bundle_files(folder: Path) -> tuple[PurePosixPath, ...]:
    """Return every file of a bundle, relative to ``folder``. Raises ModelError."""
    return bundle.bundle_files(folder, FORMATS)


def is_bundle(folder: Path) -> bool:
    """Return True if the manifest in ``folder`` names a known format, whatever else is wrong with it."""
    return bundle.is_bundle(folder, FORMATS)
