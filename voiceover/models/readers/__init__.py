"""Tensors by name out of every format that people have them in, told by content, never by a file's name."""

from __future__ import annotations

from pathlib import Path

from voiceover.errors import ModelError
from voiceover.models.readers.layout import Network, Quantization, canonical_name, network_of, sanitize
from voiceover.tensors.bundle import read_bundle
from voiceover.tensors.safetensors_file import read_safetensors
from voiceover.tensors.stored import StoredWeights
from voiceover.tensors.torch_file import read_torch

__all__ = ["Network", "Quantization", "canonical_name", "network_of", "open_weights", "sanitize"]


def open_weights(path: Path, *, quantization: Quantization | None = None, verify: bool = True) -> StoredWeights:
    """The tensors of a safetensors file, a torch.save file or a bundle's folder, in our names and layout.

    ``verify`` hashes a bundle against its checksums first. Raises ModelError for what is missing, damaged or not understood.
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
