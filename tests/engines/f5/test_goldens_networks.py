"""The networks on MLX against the reference outputs: one test a row, every size from the folder's files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from tests.engines.f5.reference_outputs import (
    FOLDER,
    ONE_CALL,
    QUANTIZED,
    ROTARY,
    SAMPLED,
    SECONDS,
    WAVE,
    call,
    close,
    load_network,
    outputs,
    rows,
    weights,
)
from tests.engines.f5.sampled_rows import CLASSICAL, PACKAGES, package_model, run, sampling_of, trajectory
from voiceover.engines.f5 import sampler
from voiceover.engines.f5.backend import Prompt
from voiceover.engines.f5.choices import Architecture, Sampling
from voiceover.engines.f5.configs import DiTConfig, VocosConfig
from voiceover.engines.f5.duration import predicted_total
from voiceover.engines.f5.sampler import time_grid
from voiceover.engines.f5.weights.files import read_bundle

mx = pytest.importorskip("mlx.core")

from voiceover.engines.f5.mlx.backend import MLXBackend, load_predictor, load_vocos, prepare  # noqa: E402
from voiceover.engines.f5.mlx.layers import Rotary, rotary_for  # noqa: E402
from voiceover.engines.f5.positions import rotary_angles  # noqa: E402

pytestmark = pytest.mark.goldens


# ---------------------------------------------------------------- one call


def said(network: Any, folder: str, name: str, rotary: Any = None) -> np.ndarray:
    def both(x: np.ndarray, prompt: Prompt) -> Any:
        prepared = prepare(network, prompt)
        modulation = prepared.modulation
        if len(x) > 1:  # a time for each of the batch, in both halves
            doubled = tuple(mx.concatenate([block, block]) for block in modulation.blocks)
            modulation = type(modulation)(doubled, mx.concatenate([modulation.final, modulation.final]))
        return network(mx.array(x), prepared.constant, modulation, rotary or prepared.rotary, prepared.mask)

    def without_audio(x: np.ndarray, prompt: Prompt) -> Any:
        prepared = prepare(network, prompt)
        features, _ = network.embed_text(mx.array(prompt.ids), x.shape[1])
        constant = network.input_embed.constant(mx.zeros(prompt.cond.shape), features)
        return network(mx.array(x), constant, prepared.modulation, prepared.rotary)

    return call(folder, name, both, without_audio)


def intermediates(network: Any, folder: str) -> Iterator[tuple[str, Any]]:
    """What ``int.*`` rows hold: sample 0, conditional."""
    given = outputs(f"{folder}/dit_inputs.safetensors")
    x, cond, text, time = (given.tensor(key)[:1] for key in ("x", "cond", "text", "time"))
    prepared = prepare(network, Prompt(cond, text, time, False))
    yield "time_sin", network.time_embed.sinusoid(time)
    yield "time_embed", network.time_embed(time)
    yield from zip(("text_cond", "text_uncond"), network.embed_text(mx.array(text), x.shape[1]), strict=True)
    yield "input_proj", network.input_embed.project(mx.array(x), prepared.constant)
    h = network.input_embed(mx.array(x), prepared.constant)
    yield "input_embed", h
    first = prepared.modulation.blocks[0]
    normed = mx.fast.layer_norm(h, None, None, 1e-6) * (1 + first[:, 1, None]) + first[:, 0, None]
    yield "block0.attn_norm", normed
    yield "block0.attn", network.transformer_blocks[0].attn(normed, prepared.rotary)
    for number, (block, modulation) in enumerate(zip(network.transformer_blocks, prepared.modulation.blocks, strict=True)):
        h = block(h, modulation, prepared.rotary)
        yield f"block{number}", h
    scale, shift = prepared.modulation.final[:, 0, None], prepared.modulation.final[:, 1, None]
    yield "norm_out", mx.fast.layer_norm(h, None, None, 1e-6) * (1 + scale) + shift


@pytest.mark.parametrize("folder", ["torch_v0", "torch_v1"])
def test_the_sizes_are_those_of_the_config(folder: str) -> None:
    arch = json.loads((FOLDER / folder / "config.json").read_text("utf-8"))["arch"]
    config = DiTConfig.from_weights(weights(f"{folder}/model.safetensors"), Architecture(folder.removeprefix("torch_")))
    same = ("dim", "depth", "heads", "dim_head", "text_dim", "conv_layers", "mel_dim", "text_mask_padding", "attn_mask_enabled")
    assert {key: asdict(config)[key] for key in same} == {key: arch[key] for key in same}
    assert (config.rope_heads, config.ff_dim) == (arch["pe_attn_head"], arch["ff_mult"] * arch["dim"])
    assert (config.text_rows, config.qk_norm) == (arch["text_num_embeds"] + 1, arch["qk_norm"] is not None)


TORCH_ROWS = [*rows("torch_v0/dit_outputs.safetensors"), *rows("torch_v1/dit_outputs.safetensors")]


@pytest.mark.parametrize(("file", "name"), TORCH_ROWS)
def test_dit(file: str, name: str) -> None:
    folder = file.partition("/")[0]
    network = load_network(f"{folder}/model.safetensors", folder.removeprefix("torch_"), attn_mask="attnmask" in name)
    expected = outputs(file).tensor(name)
    if name == "int.rope_freqs":
        angles = rotary_angles(expected.shape[1], expected.shape[2])
        np.testing.assert_allclose(angles, expected[0, :, ::2], rtol=ROTARY, atol=0)
        rotary = rotary_for(expected.shape[1], expected.shape[2])
        for table, function in ((rotary.cos, np.cos), (rotary.sin, np.sin)):
            np.testing.assert_array_equal(np.array(table), function(angles))
    elif name.startswith("int."):
        close(dict(intermediates(network, folder))[name.removeprefix("int.")], expected, ONE_CALL)
    elif ".text_" in name:
        given = outputs(f"{folder}/dit_inputs.safetensors")
        valid = mx.array(given.tensor("mask").astype(bool))
        found = network.embed_text(mx.array(given.tensor("text")), expected.shape[1], valid)
        close(found[name.endswith("uncond")], expected, ONE_CALL)
    else:
        close(said(network, folder, name), expected, ONE_CALL)


# ---------------------------------------------------------------- whole trajectories


class OnlyDiT(MLXBackend):
    """A back end that is asked for velocities alone."""

    def __init__(self, network: Any) -> None:
        super().__init__(network, None)


SAMPLED_ROWS = [*rows("torch_v0/sample_outputs.safetensors"), *rows("torch_v1/sample_outputs.safetensors")]


@pytest.mark.parametrize(("file", "name"), SAMPLED_ROWS)
def test_sampling(file: str, name: str) -> None:
    folder = file.partition("/")[0]
    expected = outputs(file).tensor(name)
    stem, _, what = name.rpartition(".")
    sampling = sampling_of(stem)
    if what == "t":
        close(time_grid(sampling.steps, sampling.sway_sampling_coef, epss=sampling.epss), expected, 1e-6)
        return
    network = load_network(f"{folder}/model.safetensors", folder.removeprefix("torch_"), attn_mask="attnmask" in name)
    if what == "trajectory":
        close(trajectory(OnlyDiT(network), folder, sampling), expected, SAMPLED)
    else:
        close(run(OnlyDiT(network), folder, sampling, name=stem), expected, SAMPLED)


# ---------------------------------------------------------------- f5-tts-mlx and its fork

MLX_FILES = [
    *(f"mlx/outputs_{kind}.safetensors" for kind in ("fp32", "8bit", "4bit")),
    *(f"mlx_fork_v0/outputs_{kind}.safetensors" for kind in ("fp32", "4bit")),
]
MLX_ROWS = [row for file in MLX_FILES for row in rows(file, without=("batch.",))]
"""batch.* rows are for information: that package masks attention, and neither convolutions nor text."""


@pytest.mark.parametrize(("file", "name"), MLX_ROWS)
def test_mlx_layouts(file: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source, architecture, _ = PACKAGES[file.partition("/")[0]]
    network = load_network(package_model(file), architecture)
    expected = outputs(file).tensor(name)
    quantized = not file.endswith("fp32.safetensors")
    if name.startswith("single."):
        close(said(network, source, name), expected, QUANTIZED if quantized else ONE_CALL)
        return
    monkeypatch.setitem(sampler.METHODS, "classical", CLASSICAL)  # type: ignore[misc]
    parts = re.fullmatch(r"sample\.(?:(shortref\d+)\.)?(\w+)\.steps(\d+)\.out", name)
    assert parts is not None
    method = "classical" if parts[2] == "rk4" else parts[2]
    # Its grid has so many points, ours so many intervals.
    found = run(OnlyDiT(network), source, Sampling(int(parts[3]) - 1, method, epss=False), name=parts[1] or "")
    if parts[1]:  # its frames from the end of the reference to the end of the text are zeros, which is its mask bug
        heard = int(parts[1].removeprefix("shortref"))
        text = int((outputs(f"{source}/sample_inputs.safetensors").tensor("text") != -1).sum())
        assert not expected[:, heard:text].any()
        assert np.abs(found[:, heard:text]).max(axis=-1).min() > 0.1
        kept = [*range(heard), *range(text, expected.shape[1])]
        found, expected = found[:, kept], expected[:, kept]
    close(found, expected, SAMPLED)


@pytest.mark.parametrize(
    "file", ["mlx/model_v1_4b.safetensors", "mlx/model_v1_8b.safetensors", "mlx_fork_v0/model.safetensors", "q4_bundle"]
)
def test_what_is_stored_quantized_runs_quantized(file: str) -> None:
    network = load_network(file, "v0" if "v0" in file or "q4" in file else "v1")
    names = {f"transformer.{path}.weight" for path, module in network.named_modules() if type(module).__name__ == "QuantizedLinear"}
    stored = {name for name in weights(file).names() if weights(file).quantized(name) is not None}
    assert names
    assert names == stored - {"transformer.input_embed.proj.weight"}


DURATION_ROWS = [row for folder in PACKAGES for row in rows(f"{folder}/duration_outputs.safetensors")]


@pytest.mark.parametrize(("file", "name"), DURATION_ROWS)
def test_duration(file: str, name: str) -> None:
    folder = file.partition("/")[0]
    source = PACKAGES[folder][0]
    network = load_predictor(weights("mlx/duration_v2.safetensors"), None if folder == "mlx" else 1)
    given = outputs(f"{source}/sample_inputs.safetensors")
    expected = outputs(file).tensor(name)
    cond, text = mx.array(given.tensor("cond")), mx.array(given.tensor("text"))
    if name == "hidden_single":
        close(network.transformer(cond, text), expected, 1e-4)
    elif name == "single":
        close(network(cond, text), expected, SECONDS)
    elif name == "long_mel":
        close(network(mx.array(outputs(f"{source}/dit_inputs.safetensors").tensor("cond")[:1]), text), expected, SECONDS)
    elif name.startswith("batch"):
        lengths = mx.array(given.tensor("batch_lens")) if name.endswith("lens") else None
        close(network(mx.array(given.tensor("batch_cond")), mx.array(given.tensor("batch_text")), lengths), expected, SECONDS)
    else:
        speed = float(name.removeprefix("frames_speed"))
        assert predicted_total(float(network(cond, text)[0]), speed) == expected[0]


# ---------------------------------------------------------------- bundles


@pytest.mark.parametrize(("file", "name"), rows("q4_bundle/golden_dequantised.safetensors"))
def test_bundle_tensors(file: str, name: str) -> None:
    close(np.asarray(read_bundle(FOLDER / "q4_bundle", verify=False).tensor(name), np.float32), outputs(file).tensor(name), 0)


@pytest.mark.parametrize(("file", "name"), rows("q4_bundle/golden_outputs.safetensors"))
def test_bundle(file: str, name: str) -> None:
    network = load_network("q4_bundle", "v0")
    expected = outputs(file).tensor(name)
    if name.startswith("sample."):
        close(run(OnlyDiT(network), "torch_v0", sampling_of(name.split(".")[1])), expected, SAMPLED)
        return
    rotary = None
    if name.startswith("inv_freq_from_bundle."):
        stored = read_bundle(FOLDER / "q4_bundle", verify=False).tensor("transformer.rotary_embed.inv_freq")
        angles = np.outer(np.arange(expected.shape[1], dtype=np.float32), stored.astype(np.float32))
        rotary = Rotary(np.cos(angles), np.sin(angles))
    close(said(network, "torch_v0", name.removeprefix("inv_freq_from_bundle."), rotary), expected, QUANTIZED)


# ---------------------------------------------------------------- vocoder

VOCOS_ROWS = rows("vocos/golden.safetensors", without=("mel", "mlx_"))
"""mlx_* rows are another package's faults: scaled by 0.75 and late by 512 samples."""


def vocoder(file: str, *, same: bool = False) -> MLXBackend:
    text = (FOLDER / "vocos/config.yaml").read_text("utf-8")
    hop_length = int(re.search(r"hop_length: (\d+)", text)[1])  # type: ignore[index]
    config = VocosConfig.from_weights(weights(file), hop_length=hop_length, same_padding=same)
    return MLXBackend(None, load_vocos(weights(file), config))


@pytest.mark.parametrize("model", ["vocos/pytorch_model.bin", "vocos/model.safetensors"])
@pytest.mark.parametrize(("file", "name"), VOCOS_ROWS)
def test_vocoder(file: str, name: str, model: str) -> None:
    expected = outputs(file).tensor(name)
    backend = vocoder(model, same=name.endswith("same"))
    mel = outputs(file).tensor("mel_batch" if name.endswith("batch") else "mel")
    head = np.array(backend.vocos(mx.array(mel)))
    if name == "backbone":
        close(backend.vocos.backbone(mx.array(mel)), expected, 2e-5)
    elif name == "head_out":
        close(head, expected, WAVE)
    elif name == "mag_clipped_fraction":
        close([(head[..., : head.shape[-1] // 2] > np.log(100)).mean()], expected, 1e-4)
    else:
        close(backend.vocode(mel), expected, WAVE)


@pytest.mark.parametrize(("file", "name"), rows("vocos_q4_bundle/golden_outputs.safetensors", without=("mel",)))
def test_vocoder_bundle(file: str, name: str) -> None:
    backend = vocoder("vocos_q4_bundle")
    mel = outputs(file).tensor("mel")
    expected = outputs(file).tensor(name)
    if name == "head_out":
        close(backend.vocos(mx.array(mel)), expected, WAVE)
    else:  # a window that went through float16 is that far off, and ours never does
        close(backend.vocode(mel), expected, 5e-4 if name.endswith("fp16_window") else WAVE)


def test_vocoder_fp16_bundle() -> None:
    full, half = weights("vocos/model.safetensors"), weights("vocos_fp16_bundle")
    assert set(full.names()) == set(half.names())
    for name in full.names():
        close(half.tensor(name), full.tensor(name).astype(np.float16), 0)
    mel = outputs("vocos/golden.safetensors").tensor("mel")
    assert vocoder("vocos_fp16_bundle").vocode(mel).shape == vocoder("vocos/model.safetensors").vocode(mel).shape
