"""The networks on onnxruntime against the reference outputs: every row that the boundary of a back end shows."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engines.f5.reference_outputs import FOLDER, ONE_CALL, QUANTIZED, SAMPLED, SECONDS, WAVE, call, close, outputs, rows, weights
from tests.engines.f5.sampled_rows import CLASSICAL, PACKAGES, package_model, run, sampling_of, trajectory
from voiceover.engines.f5 import sampler
from voiceover.engines.f5.backend import Prompt
from voiceover.engines.f5.choices import Architecture, ONNXPrecision, Sampling
from voiceover.engines.f5.configs import DiTConfig, VocosConfig
from voiceover.engines.f5.duration import predicted_total

pytest.importorskip("onnxruntime")

from voiceover.engines.f5.onnx import ONNXBackend
from voiceover.engines.f5.onnx.backend import DiTGraphs, GraphStore, load_predictor, load_vocos

pytestmark = pytest.mark.goldens

OF_THE_INSIDE = ("int.", "batch.text_")
"""Rows of what happens inside; the graphs show what comes out."""


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("graphs")


@cache
def network(
    graphs: Path, file: str, architecture: str, precision: ONNXPrecision = ONNXPrecision.FP32, *, attn_mask: bool = False
) -> ONNXBackend:
    """A back end that is asked for velocities alone."""
    found = weights(file)
    config = replace(DiTConfig.from_weights(found, Architecture(architecture)), attn_mask_enabled=attn_mask)
    dit = DiTGraphs(found, config, GraphStore(graphs, f"{file} {architecture}", 1), precision)
    return ONNXBackend(dit, None, None, None)  # type: ignore[arg-type]


def said(backend: ONNXBackend, folder: str, name: str) -> np.ndarray:
    def both(x: np.ndarray, prompt: Prompt) -> np.ndarray:
        # A call has one time for all.
        calls = [np.split(backend.velocity(x, k, prompt), 2) for k in range(len(x))]
        return np.concatenate([np.stack([calls[k][half][k] for k in range(len(x))]) for half in (0, 1)])

    def without_audio(x: np.ndarray, prompt: Prompt) -> np.ndarray:
        return backend.velocity(x, 0, Prompt(np.zeros_like(prompt.cond), prompt.ids, prompt.times, False))

    return call(folder, name, both, without_audio)


TORCH_ROWS = [row for v in ("v0", "v1") for row in rows(f"torch_{v}/dit_outputs.safetensors", without=OF_THE_INSIDE)]


@pytest.mark.parametrize(("file", "name"), TORCH_ROWS)
def test_dit(file: str, name: str, graphs: Path) -> None:
    folder = file.partition("/")[0]
    backend = network(graphs, f"{folder}/model.safetensors", folder.removeprefix("torch_"), attn_mask="attnmask" in name)
    close(said(backend, folder, name), outputs(file).tensor(name), ONE_CALL)


SAMPLED_ROWS = [row for v in ("v0", "v1") for row in rows(f"torch_{v}/sample_outputs.safetensors")]


@pytest.mark.parametrize(("file", "name"), [row for row in SAMPLED_ROWS if not str(row.id).endswith(".t")])
def test_sampling(file: str, name: str, graphs: Path) -> None:
    folder = file.partition("/")[0]
    stem, _, what = name.rpartition(".")
    backend = network(graphs, f"{folder}/model.safetensors", folder.removeprefix("torch_"), attn_mask="attnmask" in name)
    found = trajectory(backend, folder, sampling_of(stem)) if what == "trajectory" else run(backend, folder, sampling_of(stem), name=stem)
    close(found, outputs(file).tensor(name), SAMPLED)


MLX_FILES = ("mlx/outputs_fp32", "mlx/outputs_8bit", "mlx/outputs_4bit", "mlx_fork_v0/outputs_fp32", "mlx_fork_v0/outputs_4bit")
MLX_ROWS = [row for file in MLX_FILES for row in rows(f"{file}.safetensors", without=("batch.", "sample.shortref"))]


EXACT = [("fp32", row) for row in MLX_ROWS] + [("int4", row) for row in MLX_ROWS if "4bit" in str(row.id)]
"""What is stored in 4 bits runs so too, and is the same."""


@pytest.mark.parametrize(("precision", "file", "name"), [pytest.param(how, *row.values, id=f"{row.id}-{how}") for how, row in EXACT])
def test_mlx_layouts(file: str, name: str, precision: str, graphs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, architecture, _ = PACKAGES[file.partition("/")[0]]
    backend = network(graphs, package_model(file), architecture, ONNXPrecision(precision))
    expected = outputs(file).tensor(name)
    if name.startswith("single."):
        close(said(backend, source, name), expected, ONE_CALL if file.endswith("fp32.safetensors") else QUANTIZED)
        return
    monkeypatch.setitem(sampler.METHODS, "classical", CLASSICAL)  # type: ignore[misc]
    parts = re.fullmatch(r"sample\.(\w+)\.steps(\d+)\.out", name)
    assert parts is not None
    sampling = Sampling(int(parts[2]) - 1, "classical" if parts[1] == "rk4" else parts[1], epss=False)
    close(run(backend, source, sampling), expected, SAMPLED)


@pytest.mark.parametrize("precision", ["fp32", "int4"])
@pytest.mark.parametrize(("file", "name"), rows("q4_bundle/golden_outputs.safetensors", without=("inv_freq",)))
def test_bundle(file: str, name: str, precision: str, graphs: Path) -> None:
    backend = network(graphs, "q4_bundle", "v0", ONNXPrecision(precision))
    expected = outputs(file).tensor(name)
    if name.startswith("sample."):
        close(run(backend, "torch_v0", sampling_of(name.split(".")[1])), expected, SAMPLED)
    else:
        close(said(backend, "torch_v0", name), expected, QUANTIZED)


DURATION_ROWS = [row for folder in PACKAGES for row in rows(f"{folder}/duration_outputs.safetensors", without=("hidden", "batch_lens"))]


@pytest.mark.parametrize(("file", "name"), DURATION_ROWS)
def test_duration(file: str, name: str, graphs: Path) -> None:
    folder = file.partition("/")[0]
    source = PACKAGES[folder][0]
    found = weights("mlx/duration_v2.safetensors")
    predictor = load_predictor(found, GraphStore(graphs, "duration", 1), None if folder == "mlx" else 1)
    backend = ONNXBackend(None, None, None, predictor)  # type: ignore[arg-type]
    given = outputs(f"{source}/sample_inputs.safetensors")
    cond, text = given.tensor("cond"), given.tensor("text")
    expected = outputs(file).tensor(name)
    if name == "long_mel":
        close(backend.duration(outputs(f"{source}/dit_inputs.safetensors").tensor("cond")[:1], text), expected, SECONDS)
    elif name.startswith("batch"):
        close(backend.duration(given.tensor("batch_cond"), given.tensor("batch_text")), expected, SECONDS)
    elif name == "single":
        close(backend.duration(cond, text), expected, SECONDS)
    else:
        speed = float(name.removeprefix("frames_speed"))
        assert predicted_total(float(backend.duration(cond, text)[0]), speed) == expected[0]


VOCOS_ROWS = rows("vocos/golden.safetensors", without=("mel", "mlx_", "backbone", "mag_"))


def vocoder(graphs: Path, file: str, *, same: bool = False) -> Any:
    text = (FOLDER / "vocos/config.yaml").read_text("utf-8")
    hop_length = int(re.search(r"hop_length: (\d+)", text)[1])  # type: ignore[index]
    config = VocosConfig.from_weights(weights(file), hop_length=hop_length, same_padding=same)
    return load_vocos(weights(file), config, GraphStore(graphs, file, 1)), config


@pytest.mark.parametrize(("file", "name"), VOCOS_ROWS)
def test_vocoder(file: str, name: str, graphs: Path) -> None:
    loaded, config = vocoder(graphs, "vocos/pytorch_model.bin", same=name.endswith("same"))
    mel = outputs(file).tensor("mel_batch" if name.endswith("batch") else "mel")
    found = loaded.run({"mel": mel}) if name == "head_out" else ONNXBackend(None, loaded, config, None).vocode(mel)  # type: ignore[arg-type]
    close(found, outputs(file).tensor(name), WAVE)


def test_vocoder_bundle(graphs: Path) -> None:
    loaded, _ = vocoder(graphs, "vocos_q4_bundle")
    golden = outputs("vocos_q4_bundle/golden_outputs.safetensors")
    close(loaded.run({"mel": golden.tensor("mel")}), golden.tensor("head_out"), WAVE)
