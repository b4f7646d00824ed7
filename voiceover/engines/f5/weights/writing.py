"""Writes weights as a safetensors file with quantized matrices or as a rowwise int4 bundle, one tensor in memory at a time."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voiceover.engines.f5.weights.affine import quantize_affine, quantize_rows
from voiceover.tensors.bundle import CHECKSUMS, INT4
from voiceover.tensors.named import Weights
from voiceover.types import FloatArray

_TYPES = {"float32": "F32", "float16": "F16", "uint32": "U32"}
_LISTS = re.compile(r"\.(to_out|text_blocks|time_mlp|conv1d|ff\.ff)\.layers\.(\d+)(?=\.)")
_CONVOLUTION = re.compile(r"(\.dwconv|\.conv1d\.layers\.\d+)\.weight$")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A tensor of the file being written."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @property
    def bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def quantized_bytes(shape: tuple[int, int], bits: int, group_size: int) -> int:
    """Return the bytes of a matrix in affine groups with float32 scales and biases."""
    rows, columns = shape
    return rows * columns * bits // 8 + 2 * 4 * rows * (columns // group_size)


def rowwise_bytes(shape: tuple[int, ...]) -> int:
    """Return the bytes of a tensor as rowwise int4."""
    return (math.prod(shape) + 1) // 2 + 2 * shape[0]


def write_quantized(weights: Weights, matrices: Collection[str], bits: int, group_size: int, path: Path) -> None:
    """Write a safetensors file in MLX's names: ``matrices`` in groups, the rest as float32. OSError passes."""
    entries: list[_Entry] = []
    for name in weights.names():
        shape = weights.shape(name)
        if name in matrices:
            stem, (rows, columns) = name.removesuffix(".weight"), (shape[0], shape[1])
            entries.append(_Entry(name, np.dtype("<u4"), (rows, columns * bits // 32)))
            entries += [_Entry(f"{stem}.{part}", np.dtype("<f4"), (rows, columns // group_size)) for part in ("scales", "biases")]
        else:
            entries.append(_Entry(name, np.dtype("<f4"), shape))
    header: dict[str, Any] = {"__metadata__": {"format": "mlx", "bits": str(bits), "group_size": str(group_size)}}
    offset = 0
    for entry in entries:
        header[entry.name] = {"dtype": _TYPES[entry.dtype.name], "shape": entry.shape, "data_offsets": [offset, offset + entry.bytes]}
        offset += entry.bytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("xb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in weights.names():
            dense = _float32(weights, name)
            if name in matrices:
                quantized = quantize_affine(dense, bits, group_size)
                for part in (quantized.packed, quantized.scales, quantized.biases):
                    file.write(np.ascontiguousarray(part).tobytes())
            else:
                file.write(dense.tobytes())


def write_bundle(weights: Weights, model_id: str, folder: Path) -> None:
    """Write a bundle ``f5tts-q4-bundle-v0`` into a new ``folder``: torch's names and layout, checksums last. OSError passes."""
    folder.mkdir(parents=True)
    q4_index: dict[str, Any] = {}
    dense_index: dict[str, Any] = {}
    counts = {"q4": 0, "dense": 0}
    with (folder / "tensors.q4.bin").open("xb") as q4, (folder / "tensors.fp16.bin").open("xb") as dense:
        for name in weights.names():
            tensor = _float32(weights, name)
            if _CONVOLUTION.search(name):
                tensor = np.ascontiguousarray(np.swapaxes(tensor, 1, 2))
            if is_rowwise(name, tensor.shape):
                counts["q4"] += tensor.size
                packed, scales = quantize_rows(tensor)
                q4_index[torch_name(name)] = {
                    "dtype": INT4,
                    "shape": tensor.shape,
                    "offset": q4.tell(),
                    "nbytes": packed.size,
                    "scale_offset": q4.tell() + packed.size,
                    "scale_nbytes": scales.nbytes,
                    "row_count": tensor.shape[0],
                    "values_per_byte": 2,
                }
                q4.write(packed.tobytes() + scales.tobytes())
            else:
                counts["dense"] += tensor.size
                half = tensor.astype("<f2")
                dense_index[torch_name(name)] = {"dtype": "float16", "shape": half.shape, "offset": dense.tell(), "nbytes": half.nbytes}
                dense.write(half.tobytes())
    manifest = {
        "format": "f5tts-q4-bundle-v0",
        "model_id": model_id,
        "architecture": _architecture(weights),
        "quantization": {
            "scheme": INT4,
            "packed_values": "signed int4 two values per byte, low nibble first",
            "dense_dtype": "float16",
            "include": [],
            "exclude": ["text_embed.text_embed", "mel_spec"],
            "q4_parameter_count": counts["q4"],
            "dense_parameter_count": counts["dense"],
        },
        "files": {
            "dense": "tensors.fp16.bin",
            "dense_index": "tensor_fp16_index.json",
            "q4": "tensors.q4.bin",
            "q4_index": "tensor_q4_index.json",
        },
    }
    for name, content in (("tensor_q4_index.json", q4_index), ("tensor_fp16_index.json", dense_index), ("manifest.json", manifest)):
        (folder / name).write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    lines = []
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.name}\n")
    (folder / CHECKSUMS).write_text("".join(lines), "utf-8")


def is_rowwise(name: str, shape: tuple[int, ...]) -> bool:
    """Return True for tensors that the format quantizes: weights of two or more dimensions, except the text embedding."""
    return len(shape) >= 2 and name.endswith(".weight") and "text_embed.text_embed" not in name


def torch_name(name: str) -> str:
    """Return the name of a tensor in torch's checkpoints."""
    return _LISTS.sub(r".\1.\2", name).replace(".ff.ff.0.layers.0.", ".ff.ff.0.0.")


def _architecture(weights: Weights) -> Mapping[str, Any]:
    dim, wide = weights.shape("transformer.input_embed.proj.weight")
    text_dim = weights.shape("transformer.text_embed.text_embed.weight")[1]
    inner = weights.shape("transformer.transformer_blocks.0.attn.to_q.weight")[0]
    stems = {name.split(".")[2] for name in weights.names() if name.startswith("transformer.transformer_blocks.")}
    blocks = {name.split(".")[4] for name in weights.names() if name.startswith("transformer.text_embed.text_blocks.")}
    return {
        "name": "F5TTS CFM DiT",
        "dim": dim,
        "depth": len(stems),
        "heads": inner // (2 * weights.shape("transformer.rotary_embed.inv_freq")[0]),
        "ff_mult": weights.shape("transformer.transformer_blocks.0.ff.ff.layers.0.layers.0.weight")[0] // dim,
        "text_dim": text_dim,
        "conv_layers": len(blocks),
        "mel_dim": (wide - text_dim) // 2,
        "sample_rate": 24000,
    }


def _float32(weights: Weights, name: str) -> FloatArray:
    return np.ascontiguousarray(weights.tensor(name), np.float32)
