"""Tiny models in exactly the layouts that people have, made from the committed reference weights."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tests.engines.f5.weight_files import TorchTensor, write_safetensors, write_torch
from voiceover.engines.f5.weights.affine import quantize_affine
from voiceover.engines.f5.weights.files import open_weights
from voiceover.engines.f5.weights.writing import write_bundle
from voiceover.tensors.safetensors_file import read_safetensors

GOLDENS = Path(__file__).parents[1] / "goldens"
CLIP = GOLDENS / "mel" / "speech_24k.wav"


def raw_tensors(path: Path) -> dict[str, np.ndarray]:
    """Every tensor of a safetensors file under its own name."""
    found = read_safetensors(path)
    return {name: np.array(found.tensor(name)) for name in found.names()}


def mlx_tensors(version: str, bits: int | None = None) -> dict[str, np.ndarray]:
    """The reference model in MLX's names and layout, dense or as ``nn.quantize`` leaves it (group 64, no metadata)."""
    dense = open_weights(GOLDENS / f"torch_{version}" / "model.safetensors")
    tensors: dict[str, np.ndarray] = {}
    for name in dense.names():
        array = np.ascontiguousarray(dense.tensor(name), np.float32)
        embedding = "text_embed.text_embed" in name
        if bits is None or array.ndim != 2 or embedding or not name.endswith(".weight") or array.shape[1] % 64:
            tensors[name] = array
            continue
        made = quantize_affine(array, bits, 64)
        stem = name.removesuffix(".weight")
        tensors |= {name: made.packed, f"{stem}.scales": made.scales, f"{stem}.biases": made.biases}
    return tensors


def plant(data: Path, name: str, values: Mapping[str, float]) -> None:
    """Put a value into tensors of a dense model of the store, as if it had come so: its record is that of the new file."""
    folder = data / "models" / name
    record = json.loads((folder / "model.json").read_text())
    path = folder / record["parts"]["dit"]
    tensors = raw_tensors(path)
    for tensor, value in values.items():
        tensors[tensor].flat[0] = value
    write_safetensors(path, tensors)
    record["files"][record["parts"]["dit"]] = {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    (folder / "model.json").write_text(json.dumps(record))


def vocab_into(folder: Path, version: str = "v1") -> None:
    shutil.copy(GOLDENS / f"torch_{version}" / "vocab.txt", folder / "vocab.txt")


def f5_tts_mlx(folder: Path) -> Path:
    """lucasnewman/f5-tts-mlx: v0 and v1, full, 4 and 8 bits, in one folder; ``model_v1`` is in torch's layout."""
    folder.mkdir(parents=True)
    shutil.copy(GOLDENS / "torch_v1" / "model.safetensors", folder / "model_v1.safetensors")
    for bits in (4, 8):
        shutil.copy(GOLDENS / "mlx" / f"model_v1_{bits}b.safetensors", folder)
        write_safetensors(folder / f"model_{bits}b.safetensors", mlx_tensors("v0", bits))
    write_safetensors(folder / "model.safetensors", mlx_tensors("v0"))
    shutil.copy(GOLDENS / "mlx" / "duration_v2.safetensors", folder)
    vocab_into(folder)
    return folder


def quantized_fork(folder: Path, bits: int) -> Path:
    """alandao/f5-tts-mlx-4bit and -8bit."""
    folder.mkdir(parents=True)
    if bits == 4:
        shutil.copy(GOLDENS / "mlx_fork_v0" / "model.safetensors", folder)
    else:
        write_safetensors(folder / "model.safetensors", mlx_tensors("v0", bits))
    shutil.copy(GOLDENS / "mlx" / "duration_v2.safetensors", folder)
    vocab_into(folder, "v0")
    return folder


def swivid(folder: Path, version: str) -> Path:
    """A folder of SWivid/F5-TTS."""
    folder.mkdir(parents=True)
    shutil.copy(GOLDENS / f"torch_{version}" / "model.safetensors", folder / "model_1250000.safetensors")
    vocab_into(folder, version)
    return folder


def checkpoint(folder: Path, version: str, *, ema: bool = True, tokens: int | None = None) -> Path:
    """A training run's ``model_last.pt`` with EMA keys, counters and an optimizer; with ``tokens``, of a vocabulary of its own."""
    folder.mkdir(parents=True)
    tensors = raw_tensors(GOLDENS / f"torch_{version}" / "model.safetensors")
    embedding = "ema_model.transformer.text_embed.text_embed.weight"
    lines = (GOLDENS / f"torch_{version}" / "vocab.txt").read_text("utf-8").split("\n")[:-1]
    if tokens is not None:
        more = tokens + 1 - len(tensors[embedding])
        tensors[embedding] = np.concatenate([tensors[embedding], np.zeros((more, tensors[embedding].shape[1]), np.float32)])
        lines += [chr(0x1E00 + number) for number in range(more)]
    (folder / "vocab.txt").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    network = {name: TorchTensor(array) for name, array in tensors.items() if array.dtype == np.float32}
    plain = {name.removeprefix("ema_model."): tensor for name, tensor in network.items()}
    content = {"model_state_dict": plain, "optimizer_state_dict": {"state": {}}, "step": 7}
    if ema:
        content["ema_model_state_dict"] = {**network, "initted": TorchTensor(np.ones(1)), "step": TorchTensor(np.ones(1))}
    write_torch(folder / "model_last.pt", content)
    return folder


def vocoder_repository(folder: Path, *, mlx: bool = False) -> Path:
    """charactr/vocos-mel-24khz, or the MLX file of the same."""
    folder.mkdir(parents=True)
    shutil.copy(GOLDENS / "vocos" / "config.yaml", folder)
    shutil.copy(GOLDENS / "vocos" / ("model.safetensors" if mlx else "pytorch_model.bin"), folder)
    return folder


def voice_archive(path: Path, *, words: str | None = None, more: Mapping[str, bytes] | None = None) -> Path:
    """The archive of the distilled model: app files, a vocoder bundle, the voice's clip and vocabulary."""
    with tarfile.open(path, "w") as archive:
        archive.add(GOLDENS / "vocos_q4_bundle", "app/models/vocos_mel_24khz_q4_v0")
        archive.add(CLIP, "app/voice/peyton/sample_0.wav")
        archive.add(GOLDENS / "q4_bundle" / "F5TTS_Base_vocab.txt", "app/voice/peyton/F5TTS_Base_vocab.txt")
        extra = dict(more or {})
        if words is not None:
            extra["app/voice/peyton/sample_0.txt"] = words.encode()
        for name, content in extra.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def distilled(folder: Path, *, words: str | None = "Words of the clip.", checksums: bool = True) -> Path:
    """PeytonT/f5tts-4bit-distill: the bundle, its vocabulary and the voice archive."""
    shutil.copytree(GOLDENS / "q4_bundle", folder)
    for name in ("golden_dequantised.safetensors", "golden_outputs.safetensors"):
        (folder / name).unlink(missing_ok=True)
    if not checksums:
        (folder / "checksums.sha256").unlink()
    voice_archive(folder / "peyton_voice_q4.tar", words=words)
    return folder


def own_bundle(folder: Path) -> Path:
    """A bundle that we wrote."""
    write_bundle(open_weights(GOLDENS / "torch_v0" / "model.safetensors"), "tiny", folder)
    vocab_into(folder, "v0")
    return folder
