"""What a model is run on and in: chosen, kept, refused."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tests.engines.f5 import reference_outputs
from tests.engines.f5.reference_outputs import COMMITTED
from tests.engines.f5.test_precision import model_of
from voiceover import voices
from voiceover.cli.bench import bench
from voiceover.engines import choose_engine
from voiceover.engines.contract import make_utterance
from voiceover.engines.f5 import make
from voiceover.engines.f5.benchmark import diagnosis, steps
from voiceover.engines.f5.benchmark.diagnosis import describe
from voiceover.engines.f5.benchmark.products import products_of
from voiceover.engines.f5.benchmark.random_weights import RandomWeights
from voiceover.engines.f5.benchmark.steps import measure_step
from voiceover.engines.f5.choices import PRESETS, Architecture
from voiceover.engines.f5.choose import fidelity, runtime
from voiceover.engines.f5.choose.fidelity import FidelityResult, TriedPrecision
from voiceover.engines.f5.choose.runtime import Runtime, choose_backend, choose_runtime, precisions_of
from voiceover.engines.f5.configs import BASE, DiTConfig
from voiceover.engines.f5.lazy_engine import realtime_factor
from voiceover.engines.f5.weights.model import F5Model
from voiceover.errors import EngineError, EngineOptionError
from voiceover.pipeline.context import from_engines
from voiceover.types import EngineContext, Options, Voice

pytest.importorskip("onnxruntime")

FOUR_BITS, DENSE, ROWWISE = "mlx/model_v1_4b.safetensors", "torch_v1/model.safetensors", "q4_bundle"


def ada() -> Voice:
    return voices.load_voice("ada", (voices.shipped_folder(),), from_engines())


@pytest.fixture
def model(tmp_path: Path) -> Callable[[str], F5Model]:
    def opened(file: str) -> F5Model:
        vocoder = reference_outputs.weights(str(COMMITTED / "vocos/model.safetensors"))
        found = model_of(str(COMMITTED / file), "d" * 64)
        tokens = " ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,!?'" + "".join(chr(0x4E00 + k) for k in range(10_000))
        vocab = tuple(tokens[: found.dit.shape("transformer.text_embed.text_embed.weight")[0] - 1])
        return replace(found, vocoder=vocoder, vocab=vocab, folder=tmp_path / "model")

    (tmp_path / "model").mkdir()
    return opened


@pytest.mark.parametrize(
    ("file", "asked", "runs"),
    [
        (FOUR_BITS, "quantized", "int4"),
        (FOUR_BITS, "int8", "int8"),
        (DENSE, "fp32", "fp32"),
        (DENSE, "int4", "int4"),
        ("mlx/model_v1_8b.safetensors", "quantized", "int8w"),
    ],
)
def test_a_precision_by_name(file: str, asked: str, runs: str, model: Callable[[str], F5Model], tmp_path: Path) -> None:
    chosen = choose_runtime(model(file), {"backend": "onnx", "precision": asked}, tmp_path, None)
    assert (chosen.backend, chosen.precision) == ("onnx", runs)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"backend": "tpu"}, "no back end"),
        ({"backend": "onnx", "precision": "bf16"}, "int8w"),
        ({"backend": "onnx", "precision": "quantized"}, "not quantized"),
        ({"backend": "mlx", "precision": "int8"}, "--backend onnx"),
    ],
)
def test_what_cannot_be_asked_for(options: dict[str, str], match: str, model: Callable[[str], F5Model], tmp_path: Path) -> None:
    with pytest.raises(EngineOptionError, match=match):
        choose_runtime(model(DENSE), options, tmp_path, None)


def test_without_a_gpu_it_is_onnxruntime_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime.platform, "system", lambda: "Linux")
    monkeypatch.setattr(runtime, "check_cuda", lambda _folder: None)
    assert choose_backend("auto", tmp_path) == ("onnx", "on the CPU by onnxruntime: there is no GPU that MLX runs on")
    monkeypatch.setattr(runtime, "installed_backends", lambda: ("mlx",))
    assert choose_backend("auto", tmp_path)[0] == "mlx"
    with pytest.raises(EngineOptionError, match="not installed"):
        choose_backend("onnx", tmp_path)
    monkeypatch.setattr(runtime, "installed_backends", lambda: ())
    with pytest.raises(EngineError, match="neither"):
        choose_backend("auto", tmp_path)


def test_apple_silicon_takes_metal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "installed_backends", lambda: ("mlx", "onnx"))
    monkeypatch.setattr(runtime.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(runtime.platform, "machine", lambda: "arm64")
    assert choose_backend("auto", tmp_path)[0] == "mlx"


def test_a_precision_is_heard_once_and_kept_beside_the_model(
    model: Callable[[str], F5Model], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(runtime, "LEAST_BYTES", 0)
    first = choose_runtime(model(ROWWISE), {"backend": "onnx"}, tmp_path / "cache", ada)
    assert [record.message for record in caplog.records if "log-mel distance from fp32" in record.message]
    kept = json.loads((tmp_path / "model" / fidelity.FILE).read_text("utf-8"))
    (entry,) = kept.values()
    assert entry["heard"][0]["precision"] == "fp32"
    assert {"fp32"} < {one["precision"] for one in entry["heard"]} <= set(precisions_of("onnx"))  # which of them, is a matter of speed
    assert first.precision.partition(" ")[0] == entry["heard"][entry["chosen"]]["precision"]
    assert entry["limit"] > 0
    assert not list((tmp_path / "cache").glob("*fidelity*"))
    monkeypatch.setattr(runtime, "measure_fidelity", lambda *_: pytest.fail("it was heard already"))
    again = choose_runtime(model(ROWWISE), {"backend": "onnx"}, tmp_path / "cache", ada)
    assert again.precision == first.precision
    assert again.step is not None


def test_a_verdict_of_another_model_is_not_taken(model: Callable[[str], F5Model], tmp_path: Path) -> None:
    (tmp_path / "model" / fidelity.FILE).write_text("not even JSON")
    assert fidelity.stored_fidelity(model(DENSE), tmp_path) is None


def test_without_memory_what_is_stored_is_what_runs(
    model: Callable[[str], F5Model], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(runtime, "LEAST_BYTES", 0)
    monkeypatch.setattr(runtime, "free_memory", lambda: 1)
    assert choose_runtime(model(FOUR_BITS), {"backend": "onnx"}, tmp_path, ada).precision == "int4"
    assert "not enough memory" in caplog.text


def test_memory_is_blamed_only_where_it_is_missing(
    model: Callable[[str], F5Model], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(runtime, "LEAST_BYTES", 0)
    caplog.set_level("INFO")
    assert choose_runtime(model(FOUR_BITS), {"backend": "onnx"}, tmp_path, None).precision == "int4"
    assert "memory" not in caplog.text
    assert "no voice to test which precision is good enough" in caplog.text


def spoken(backend: str, model: F5Model, cache: Path) -> np.ndarray:
    """A line by a new engine."""
    engine = make(EngineContext(cache, {"backend": backend, "precision": "fp32", "preset": "fast"}, lambda *_name: model))
    audio = engine.speak(make_utterance("The rain has stopped.", options=Options(steps=3), seed=5), ada())
    engine.close()
    return audio.samples


def test_both_back_ends_give_the_same_samples(model: Callable[[str], F5Model], tmp_path: Path) -> None:
    pytest.importorskip("mlx.core")
    mlx, onnx = (spoken(backend, model(FOUR_BITS), tmp_path) for backend in ("mlx", "onnx"))
    np.testing.assert_allclose(mlx, onnx, rtol=0, atol=2e-4)


def test_twice_the_same_from_graphs_that_stand_beside_the_model(model: Callable[[str], F5Model], tmp_path: Path) -> None:
    first, graphs = spoken("onnx", model(FOUR_BITS), tmp_path / "cache"), tmp_path / "model" / runtime.GRAPHS
    made = {path: path.stat().st_mtime_ns for path in graphs.rglob("*.onnx")}
    assert made
    np.testing.assert_array_equal(spoken("onnx", model(FOUR_BITS), tmp_path / "cache"), first)
    assert {path: path.stat().st_mtime_ns for path in graphs.rglob("*.onnx")} == made
    assert not list((tmp_path / "cache").rglob("*.onnx"))


def test_the_measured_step_is_the_estimate_of_the_plan() -> None:
    measured = Runtime("onnx", "int8", "", lambda: pytest.fail("not loaded"), step=(750, 2.0))
    # 16 s of frames at 2 s a step of 8 s: 4 s a step; 7 steps for 10 s of speech.
    assert realtime_factor(measured, PRESETS["fast"]) == pytest.approx(2.8)


def test_doctor_tells_of_the_model(model: Callable[[str], F5Model], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "LARGE_STEP_SECONDS", math.inf)
    told = describe(EngineContext(tmp_path, {"backend": "onnx"}, lambda *_name: model(FOUR_BITS)))
    assert told["back end"] == "on onnxruntime as asked"
    assert "a step takes" in told["speed"]
    assert told["instruction sets"]
    assert "precision" not in told


def test_doctor_tells_of_a_precision_that_was_heard(model: Callable[[str], F5Model], tmp_path: Path) -> None:
    opened = model(FOUR_BITS)
    exact, chosen = TriedPrecision("fp32", frozenset(), 2.0, 0.0), TriedPrecision("int8", frozenset({"qkv"}), 1.0, 0.03125)
    fidelity._save(opened, FidelityResult(chosen, 0.25, (exact, chosen), 400), tmp_path)
    told = describe(EngineContext(tmp_path, {"backend": "onnx"}, lambda *_name: opened))
    figures = "(log-mel distance from fp32: int8 but qkv 0.0312, 1 s per step; half the steps: 0.25)"
    assert told["precision"] == f"{opened.name} runs as int8 but qkv {figures}"


@pytest.mark.parametrize("depth", [2, 5])
@pytest.mark.parametrize("precision", ["auto", "int8", "int8w", "int4"])
def test_a_step_of_random_weights_is_timed_on_onnxruntime(precision: str, depth: int) -> None:
    config = replace(BASE, dim=64, depth=depth, heads=1, ff_dim=128, text_dim=64, conv_dim=128)
    found = steps.measure_random_step(precision, 32, config)
    assert (found.precision, found.blocks, found.measured_blocks) == ("fp32" if precision == "auto" else precision, depth, min(depth, 3))
    assert found.flops == sum(product.flops for product in products_of(config, 32))
    assert 0 < found.seconds < 10
    assert steps.measure_random_step(precision, 32, config, whole=True).measured_blocks == depth


def test_random_weights_have_the_names_and_shapes_of_a_model(model: Callable[[str], F5Model]) -> None:
    dit = model(DENSE).dit
    config = DiTConfig.from_weights(dit, Architecture.V1)
    made = RandomWeights(config)
    assert {name: made.shape(name) for name in made.names()} == {name: dit.shape(name) for name in dit.names()}
    assert all(made.tensor(name).shape == made.shape(name) for name in made.names())
    assert DiTConfig.from_weights(made, Architecture.V1) == config


def test_bench_without_a_gpu_and_a_model_uses_onnxruntime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "BASE", replace(BASE, dim=64, depth=2, heads=1, ff_dim=128, text_dim=64, conv_dim=128))
    if choose_backend("auto", Path())[0] != "onnx":
        pytest.skip("MLX runs on the GPU of this machine")
    told = CliRunner().invoke(bench, ["--frames", "32"], catch_exceptions=False)
    assert told.exit_code == 0
    assert told.stdout.startswith("random weights, F5TTS_v1_Base, fp32, 32 frames (0.3 s of reference and speech), on CPU, onnxruntime ")
    refused = CliRunner().invoke(bench, ["--backend", "onnx", "--precision", "bf16"])
    assert isinstance(refused.exception, EngineOptionError)
    assert "it has fp32, int8, int8w, int4" in str(refused.exception)


@pytest.mark.parametrize("there", [(), ("onnxruntime",)])
def test_bench_of_a_plain_install_names_what_to_install(there: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime.importlib.util, "find_spec", lambda name: name if name in there else None)
    refused = CliRunner().invoke(bench, [])
    assert isinstance(refused.exception, EngineError)
    assert "pip install '.[onnx]'" in str(refused.exception)


def test_a_step_of_a_model_is_timed_on_onnxruntime(model: Callable[[str], F5Model], tmp_path: Path) -> None:
    tiny = model(DENSE)
    found = measure_step(tiny, "fp32", 64, tmp_path)
    config = DiTConfig.from_weights(tiny.dit, Architecture.V1)
    assert (found.precision, found.blocks, found.frames) == ("fp32", config.depth, 64)
    assert found.flops == sum(product.flops for product in products_of(config, 64))
    assert found.seconds > 0


def test_a_render_is_told_what_runs_it(model: Callable[[str], F5Model], tmp_path: Path) -> None:
    context = EngineContext(tmp_path, {"backend": "onnx"}, lambda *_name: model(DENSE))
    assert choose_engine("f5", context=context).why == "f5 was asked for, on onnxruntime as asked"
    assert choose_engine("draft", context=context).why == "draft was asked for"
    assert choose_engine("f5", context=EngineContext(tmp_path, {"backend": "tpu"})).why == "f5 was asked for"
