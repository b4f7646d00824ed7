"""The MLX back end: what it loads, what it refuses, and how much work a step is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engines.f5 import reference_outputs
from tests.engines.f5.counted import Counted
from tests.engines.f5.reference_outputs import COMMITTED
from tests.engines.f5.weight_files import write_safetensors
from voiceover.engines.f5.choices import Architecture, MLXPrecision, Sampling
from voiceover.engines.f5.configs import DiTConfig, VocosConfig
from voiceover.engines.f5.sampler import sample
from voiceover.engines.f5.weights.files import open_weights
from voiceover.errors import EngineError, ModelError
from voiceover.tensors.stored import StoredWeights
from voiceover.types import FloatArray

pytest.importorskip("mlx.core")

from voiceover.engines.f5.mlx import MLXBackend, load_backend
from voiceover.engines.f5.mlx.backend import load_dit, load_vocos
from voiceover.engines.f5.mlx.dit import DiT, TimestepEmbedding
from voiceover.engines.f5.mlx.layers import Rotary, TextEmbedding


def weights(file: str) -> StoredWeights:
    return reference_outputs.weights(str(COMMITTED / file))


def outputs(file: str) -> StoredWeights:
    return reference_outputs.outputs(str(COMMITTED / file))


def backend_of(file: str = "torch_v1/model.safetensors", architecture: str = "v1", **more: Any) -> MLXBackend:
    duration = weights("mlx/duration_v2.safetensors")
    return load_backend(weights(file), weights("vocos/model.safetensors"), duration, architecture=Architecture(architecture), **more)


def run(backend: MLXBackend, sampling: Sampling, frames: int = 48) -> FloatArray:
    given = outputs("torch_v1/sample_inputs.safetensors")
    cond = np.pad(given.tensor("cond"), ((0, 0), (0, 60), (0, 0)))[:, :frames]
    known = np.arange(frames)[None] < given.tensor("cond").shape[1]
    return sample(backend, cond=cond, known=known, ids=given.tensor("text"), noise=given.tensor("y0")[:, :frames], sampling=sampling)


def tensors_of(file: str) -> dict[str, np.ndarray]:
    found = weights(file)
    return {name: np.array(found.tensor(name)) for name in found.names()}


@pytest.mark.parametrize(("method", "stages"), [("euler", 1), ("midpoint", 2), ("rk4", 4)])
def test_a_step_is_one_call_and_the_rest_is_done_once(method: str, stages: int, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(monkeypatch)
    for kind, name in ((DiT, "dit"), (TextEmbedding, "text"), (TimestepEmbedding, "time")):
        counted.count(kind, name)
    counted.count(Rotary, "rotary", "__init__")
    backend = backend_of()
    run(backend, Sampling(6, method))
    assert counted.calls == {"dit": 6 * stages, "text": 1, "time": 1, "rotary": 1}
    assert set(counted.batches) == {2}
    run(backend, Sampling(6, method, cfg_strength=0.0))
    assert counted.calls == {"dit": 12 * stages, "text": 2, "time": 2, "rotary": 2}
    assert set(counted.batches) == {1, 2}


def test_utterances_do_not_hear_each_other() -> None:
    backend = backend_of("mlx/model_v1_4b.safetensors")
    first = run(backend, Sampling(4))
    run(backend, Sampling(3, cfg_strength=1.0), frames=61)
    backend.vocode(first)
    np.testing.assert_array_equal(run(backend, Sampling(4)), first)


def test_only_what_is_stored_quantized_is_quantized() -> None:
    backend = backend_of("mlx/model_v1_4b.safetensors")
    kinds = {name: Counter(type(module).__name__ for module in network.modules()) for name, network in networks(backend).items()}
    assert kinds["dit"]["QuantizedLinear"] == 22
    assert kinds["dit"]["Linear"] == 1
    assert kinds["vocos"]["QuantizedLinear"] == kinds["predictor"]["QuantizedLinear"] == 0
    # A vocoder that is stored quantized runs dense all the same.
    vocos = weights("vocos_q4_bundle")
    assert vocos.quantized("head.out.weight") is not None
    dense = load_vocos(vocos, VocosConfig.from_weights(vocos))
    assert "QuantizedLinear" not in {type(module).__name__ for module in dense.modules()}


def networks(backend: MLXBackend) -> dict[str, Any]:
    return {"dit": backend.dit, "vocos": backend.vocos, "predictor": backend.predictor}


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-4), ("fp16", 0.05), ("bf16", 0.4)])
def test_quantized_weights_run_dense_on_request(precision: str, tolerance: float) -> None:
    backend = backend_of("mlx/model_v1_4b.safetensors", precision=MLXPrecision(precision))
    assert "QuantizedLinear" not in {type(module).__name__ for module in backend.dit.modules()}
    found, expected = run(backend, Sampling(4)), run(backend_of("mlx/model_v1_4b.safetensors"), Sampling(4))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


def test_the_two_architectures_are_not_the_same() -> None:
    v1, v0 = run(backend_of(), Sampling(2)), run(backend_of(architecture="v0"), Sampling(2))
    assert np.abs(v1 - v0).max() > 0.1


def test_heads_that_are_wider_than_the_model_and_normed_queries(tmp_path: Path) -> None:
    """inner = heads * dim_head need not be dim, and qk_norm adds two tensors a block."""
    tensors = tensors_of("torch_v1/model.safetensors")
    rng = np.random.default_rng(0)
    for name in list(tensors):
        stem, _, leaf = name.rpartition(".")
        if stem.endswith(("to_q", "to_k", "to_v")):
            extra = rng.standard_normal((32, *tensors[name].shape[1:])).astype(np.float32)
            tensors[name] = np.concatenate((tensors[name], extra))
            tensors[f"{stem.rpartition('.')[0]}.q_norm.weight"] = np.ones(32, np.float32)
            tensors[f"{stem.rpartition('.')[0]}.k_norm.weight"] = np.ones(32, np.float32)
        elif stem.endswith("to_out.layers.0") and leaf == "weight":
            tensors[name] = np.concatenate((tensors[name], np.zeros((64, 32), np.float32)), axis=1)
    wide = open_weights(write_safetensors(tmp_path / "w", tensors))
    config = DiTConfig.from_weights(wide, Architecture.V1)
    assert (config.heads, config.dim_head, config.dim, config.qk_norm) == (3, 32, 64, True)
    assert np.isfinite(run(MLXBackend(load_dit(wide, config), None), Sampling(2))).all()  # type: ignore[arg-type]


def test_tensors_that_do_not_fit_are_named(tmp_path: Path) -> None:
    tensors = tensors_of("torch_v1/model.safetensors")
    del tensors["transformer.time_embed.time_mlp.layers.2.bias"]
    tensors["transformer.long_skip_connection.weight"] = np.zeros((2, 2), np.float32)
    tensors["transformer.proj_out.bias"] = np.zeros(7, np.float32)
    with pytest.raises(ModelError) as refused:
        load_file(tmp_path / "w", tensors)
    said = str(refused.value)
    assert "missing transformer.time_embed.time_mlp.layers.2.bias" in said
    assert "extra transformer.long_skip_connection.weight" in said
    assert "misshapen transformer.proj_out.bias (7,) instead of (100,)" in said


def load_file(path: Path, tensors: dict[str, np.ndarray]) -> None:
    found = open_weights(write_safetensors(path, tensors))
    load_dit(found, DiTConfig.from_weights(found, Architecture.V1))


def test_more_than_ten_names_are_counted(tmp_path: Path) -> None:
    tensors = tensors_of("torch_v1/model.safetensors")
    tensors |= {f"transformer.extra.{k}": np.zeros(1, np.float32) for k in range(14)}
    with pytest.raises(ModelError, match=r"extra transformer\.extra\.0, .* and 4 more"):
        load_file(tmp_path / "w", tensors)


def test_a_model_without_a_predictor() -> None:
    backend = load_backend(weights("q4_bundle"), weights("vocos/model.safetensors"), architecture=Architecture.V0)
    with pytest.raises(EngineError, match="this model has no duration predictor"):
        backend.duration(np.zeros((1, 9, 100), np.float32), np.zeros((1, 3), np.int32))
