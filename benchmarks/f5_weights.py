"""Models of random weights in the sizes of the published ones, made once into a cache folder.

python benchmarks/f5_weights.py [--quick]

They are written by the code that writes a user's models: a 4-bit file in groups of 64, a bundle of rowwise int4, the duration predictor and
the vocoder. The full-precision weights that those were made from are not kept: every tensor is drawn from its name whenever it is asked
for. Matrices have a variance of 1 / inputs, so that activations keep their size as in a trained network; nothing is zero.

The folder is VOICEOVER_BENCH_CACHE, else ``benchmarks`` in voiceover's cache; about 600 MB. ``torch_file`` writes full precision in torch's
names and layout, for who reads nothing else: 1.4 GB more.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from mlx.utils import tree_flatten

from voiceover.engines.f5.choices import Architecture
from voiceover.engines.f5.configs import BASE, DiTConfig, DurationConfig, TransformerConfig, VocosConfig
from voiceover.engines.f5.mlx.dit import DiT
from voiceover.engines.f5.mlx.duration import DurationPredictor
from voiceover.engines.f5.mlx.vocos import Vocos
from voiceover.engines.f5.weights.files import open_weights
from voiceover.engines.f5.weights.model import F5Model
from voiceover.engines.f5.weights.quantizing import quantizable
from voiceover.engines.f5.weights.writing import torch_name, write_bundle, write_quantized
from voiceover.system.files import staging_folder
from voiceover.system.folders import cache_folder
from voiceover.tensors.named import Quantized
from voiceover.tensors.stored import StoredTensor, StoredWeights
from voiceover.types import FloatArray
from voiceover.types.models import ModelFacts

REVISION = 1
"""Raise it when other weights would be made."""
BITS, GROUP_SIZE = 4, 64
CONVOLUTION = re.compile(r"(\.dwconv|\.conv1d\.layers\.\d+|^backbone\.embed)\.weight$")
"""Kernels in the middle of three dimensions: torch has them last."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The three networks of a model."""

    name: str
    dit: DiTConfig
    duration: DurationConfig
    vocos: VocosConfig


def _duration(config: TransformerConfig, **changed: int) -> DurationConfig:
    fields = {name: getattr(config, name) for name in TransformerConfig.__slots__}
    return DurationConfig(**{**fields, "rope_heads": 1, **changed})


FULL = Sizes(
    "base",
    BASE,
    _duration(BASE, dim=512, depth=8, heads=8, ff_dim=1024, conv_layers=2),
    VocosConfig(mel_dim=100, dim=512, intermediate_dim=1536, layers=8, embed_kernel=7, kernel=7, n_fft=1024),
)
TINY_DIT = replace(BASE, dim=64, depth=1, heads=1, dim_head=64, ff_dim=128, text_dim=64, conv_layers=2, conv_dim=128, text_rows=82)
TINY = Sizes("tiny", TINY_DIT, _duration(TINY_DIT), replace(FULL.vocos, dim=32, intermediate_dim=96, layers=2))


@dataclass(frozen=True, slots=True)
class RandomWeights:
    """``Weights`` whose tensors are drawn when they are asked for, always the same."""

    source: str
    shapes: Mapping[str, tuple[int, ...]]
    metadata: Mapping[str, str]

    def names(self) -> tuple[str, ...]:
        return tuple(self.shapes)

    def shape(self, name: str) -> tuple[int, ...]:
        return self.shapes[name]

    def tensor(self, name: str) -> FloatArray:
        shape = self.shapes[name]
        if name.endswith("inv_freq"):
            return 1 / np.power(np.float32(10000), np.arange(shape[0], dtype=np.float32) / shape[0])
        draw = np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little"))
        values = draw.standard_normal(shape, np.float32)
        if len(shape) >= 2 and name.endswith("weight"):
            inputs = 1 if "text_embed.text_embed" in name else math.prod(shape[1:])
            return values / np.float32(math.sqrt(inputs))
        around_one = name.endswith("norm.weight") or (name.endswith("gamma") and "grn" not in name)
        return np.float32(around_one) + np.float32(0.1) * values

    def quantized(self, name: str) -> Quantized | None:
        return None


def in_torch_layout(weights: RandomWeights) -> StoredWeights:
    """The same weights as torch names and lays them out."""

    def stored(name: str) -> StoredTensor:
        shape = weights.shape(name)
        if CONVOLUTION.search(name):
            return StoredTensor((shape[0], shape[2], shape[1]), lambda: np.swapaxes(weights.tensor(name), 1, 2))
        return StoredTensor(shape, lambda: weights.tensor(name))

    return StoredWeights(weights.source, {torch_name(name): stored(name) for name in weights.names()}, {})


def random_dit_weights(sizes: Sizes) -> RandomWeights:
    """The DiT in full precision."""
    shapes = {f"transformer.{name}": tuple(array.shape) for name, array in tree_flatten(DiT(sizes.dit).parameters())}
    shapes["transformer.rotary_embed.inv_freq"] = (sizes.dit.dim_head // 2,)
    return RandomWeights(f"random {sizes.name}", shapes, {})


def make(sizes: Sizes, folder: Path | None = None) -> Path:
    """The folder of a model's files; they are made where they are not there yet."""
    final = (folder or default_folder()) / f"f5-{sizes.name}-r{REVISION}"
    if final.is_dir():
        return final
    dit = random_dit_weights(sizes)
    others = {"duration_v2": DurationPredictor(sizes.duration), "vocos": Vocos(sizes.vocos)}
    with staging_folder(final.parent, final.name) as room:
        write_quantized(dit, quantizable(dit, GROUP_SIZE), BITS, GROUP_SIZE, room / "model_4b.safetensors")
        write_bundle(dit, f"random-{sizes.name}", room / "int4")
        for name, network in others.items():
            shapes = {path: tuple(array.shape) for path, array in tree_flatten(network.parameters())}
            if name == "duration_v2":
                shapes["transformer.rotary_embed.inv_freq"] = (sizes.duration.dim_head // 2,)
            write_quantized(RandomWeights(name, shapes, {}), (), BITS, GROUP_SIZE, room / f"{name}.safetensors")
        room.rename(final)
    return final


def torch_file(sizes: Sizes, network: str) -> Path:
    """A safetensors file of the ``dit`` or of ``vocos`` in float32, as torch has it; written where it is not there yet."""
    final = default_folder() / f"f5-{sizes.name}-r{REVISION}-torch" / f"{network}.safetensors"
    if not final.exists():
        shapes = {path: tuple(array.shape) for path, array in tree_flatten(Vocos(sizes.vocos).parameters())}
        weights = random_dit_weights(sizes) if network == "dit" else RandomWeights("vocos", shapes, {})
        final.parent.mkdir(parents=True, exist_ok=True)
        with staging_folder(final.parent, network) as room:
            write_quantized(in_torch_layout(weights), (), BITS, GROUP_SIZE, room / final.name)
            (room / final.name).rename(final)
    return final


def default_folder() -> Path:
    named = os.environ.get("VOICEOVER_BENCH_CACHE")
    return Path(named) if named else cache_folder() / "benchmarks"


def opened(folder: Path, *, rowwise: bool = False) -> F5Model:
    """The model of a folder that ``make`` made."""
    dit = open_weights(folder / ("int4" if rowwise else "model_4b.safetensors"), verify=False)
    rows = dit.shape("transformer.text_embed.text_embed.weight")[0]
    return F5Model(
        name=f"{folder.name}-{'int4' if rowwise else '4bit'}",
        digest="0" * 64,
        facts=ModelFacts(licence="none", commercial=True, architecture=Architecture.V1.value, preset="base", languages=frozenset({"en"})),
        dit=dit,
        vocoder=open_weights(folder / "vocos.safetensors"),
        duration=open_weights(folder / "duration_v2.safetensors"),
        vocab=tuple(VOCAB) + tuple(chr(0x4E00 + k) for k in range(rows - 1 - len(VOCAB))),
    )


VOCAB = " ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,!?'"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the tiny ones")
    print(make(TINY if parser.parse_args().quick else FULL))
