"""The work of a whole utterance: what is computed how often, in how much memory, and whether the same comes out in any order."""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from tests.engines.f5 import reference_outputs
from tests.engines.f5.counted import Counted
from tests.engines.f5.reference_outputs import COMMITTED
from voiceover.cli.bench import bench
from voiceover.engines.contract import make_utterance
from voiceover.engines.f5.choices import PRESETS, Architecture, MLXPrecision
from voiceover.engines.f5.configs import BASE
from voiceover.engines.f5.engine import F5Engine, describe
from voiceover.engines.f5.text import Vocab
from voiceover.types import DEFAULT_STYLE, Clip, FloatArray, Options, Style, Voice

mx = pytest.importorskip("mlx.core")

from voiceover.engines.f5.benchmark.products import Product, products_of  # noqa: E402
from voiceover.engines.f5.mlx import load_backend, step_speed  # noqa: E402
from voiceover.engines.f5.mlx.backend import CACHE_LIMIT, MLXBackend  # noqa: E402
from voiceover.engines.f5.mlx.dit import DiT, TimestepEmbedding  # noqa: E402
from voiceover.engines.f5.mlx.duration import DurationPredictor  # noqa: E402
from voiceover.engines.f5.mlx.layers import FRAMES_AT_ONCE, Attention, ConvPositionEmbedding, Rotary, TextEmbedding, rotary_for  # noqa: E402

VOCAB = Vocab((*" ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,!?'",))
CLIP = Clip(
    COMMITTED / "mel/speech_24k.wav",
    "These are more words than the clip has, so that its pace is quick and its lines are short.",
    hashlib.sha256((COMMITTED / "mel/speech_24k.wav").read_bytes()).hexdigest(),
    2.0,
)
VOICE = Voice("ben", COMMITTED, "en", {DEFAULT_STYLE: Style(CLIP)}, licence="CC0-1.0")


def engine_of(file: str = "mlx/model_v1_4b.safetensors", architecture: Architecture = Architecture.V1) -> F5Engine:
    found, vocoder, duration = (
        reference_outputs.weights(str(COMMITTED / name)) for name in (file, "vocos/model.safetensors", "mlx/duration_v2.safetensors")
    )
    backend = load_backend(found, vocoder, duration, architecture=architecture)
    info = describe("m", "d", architecture=architecture, backend="mlx", precision="quantized", preset=PRESETS["fast"])
    return F5Engine(backend, VOCAB, PRESETS["fast"], info)


def speak(engine: F5Engine, text: str, steps: int = 2, seed: int = 7, **options: Any) -> FloatArray:
    return engine.speak(make_utterance(text, options=Options(steps=steps, **options), seed=seed), VOICE).samples


def test_an_utterance_is_one_call_a_step_and_one_of_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(monkeypatch)
    kinds = ((DiT, "dit"), (TextEmbedding, "text"), (TimestepEmbedding, "time"), (DurationPredictor, "duration"))
    for kind, name in kinds:
        counted.count(kind, name)
    counted.count(Rotary, "rotary", "__init__")
    counted.count(DiT, "modulation", "modulation")
    counted.count(MLXBackend, "vocode", "vocode")
    engine = engine_of()
    speak(engine, "A line to speak.", steps=5)
    once = {"text": 1, "time": 1, "rotary": 1, "modulation": 1, "vocode": 1}
    assert counted.calls == {"dit": 5, **once}
    assert counted.batches == {2: 5}
    counted.calls.clear()
    speak(engine, "A line to speak.", steps=4, method="midpoint", cfg_strength=0.0)
    assert counted.calls == {"dit": 8, **once}
    assert counted.batches == {2: 5, 1: 8}


@pytest.mark.parametrize(
    ("file", "architecture"), [("mlx/model_v1_4b.safetensors", "v1"), pytest.param("q4_bundle", "v0", marks=pytest.mark.slow)]
)
def test_the_order_of_utterances_does_not_matter(file: str, architecture: str) -> None:
    texts = ["The mice ran home.", "Twelve cats wait at the door."]
    forwards = engine_of(file, Architecture(architecture))
    backwards = engine_of(file, Architecture(architecture))
    first = {text: speak(forwards, text, steps=1) for text in texts}
    second = {text: speak(backwards, text, steps=1) for text in reversed(texts)}
    for text in texts:
        np.testing.assert_array_equal(first[text], second[text])
    assert not np.array_equal(first[texts[0]], speak(forwards, texts[0], steps=1, seed=8))


def test_utterances_of_many_lengths_keep_nothing() -> None:
    engine = engine_of()
    speak(engine, "word " * 20, steps=1)
    mx.clear_cache()
    held = []
    for words in (14, 3, 9, 20, 6):
        speak(engine, "word " * words, steps=1)
        held.append(mx.get_active_memory())
        assert mx.get_cache_memory() <= CACHE_LIMIT
    assert max(held) - min(held) < 2**18


# ---------------------------------------------------------------- long utterances on a CPU


@pytest.mark.parametrize("frames", [FRAMES_AT_ONCE, FRAMES_AT_ONCE + 1, 2 * FRAMES_AT_ONCE + 77])
def test_parts_of_long_utterances_are_the_whole(frames: int, monkeypatch: pytest.MonkeyPatch) -> None:
    config = step_speed.replace(BASE, dim=32, heads=2, dim_head=16, ff_dim=32, position_groups=2)
    attention, convolutions = Attention(config), ConvPositionEmbedding(32, 31, 2)
    x = mx.random.normal((2, frames, 32), key=mx.random.key(1))
    rotary = rotary_for(frames, 16)
    parts = np.array(attention(x, rotary)), np.array(convolutions(x))
    monkeypatch.setattr("voiceover.engines.f5.mlx.layers.FRAMES_AT_ONCE", 1 << 20)
    whole = np.array(attention(x, rotary)), np.array(convolutions(x))
    for found, expected in zip(parts, whole, strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


# ---------------------------------------------------------------- the reckoning of bench


def test_products_of_a_step_of_base() -> None:
    """Against a count by hand: 22 blocks of 8,388,608 weights that 2,000 rows pass, attention, convolutions, the two ends."""
    blocks = 22 * 2 * 2000 * (4 * 1024 * 1024 + 2 * 1024 * 2048)
    attention = 22 * 2 * 2 * 2 * 1000 * 1000 * 1024
    ends = 2 * 1000 * 100 * 1024 + 2 * 2 * 2000 * 1024 * 64 * 31 + 2 * 2000 * 1024 * 100
    assert sum(product.flops for product in products_of(BASE, 1000)) == blocks + attention + ends
    assert Product(3, 2, 5, 7, 11).flops == 3 * 2 * 2 * 5 * 7 * 11


def test_a_step_is_measured_beside_its_products() -> None:
    found = reference_outputs.weights(str(COMMITTED / "mlx/model_v1_4b.safetensors"))
    whole = step_speed.measure_step(found, Architecture.V1, MLXPrecision.QUANTIZED, 64)
    assert (whole.blocks, whole.measured_blocks, whole.frames, whole.precision) == (2, 2, 64, "quantized")
    assert whole.share == pytest.approx(whole.gflops / whole.matmul_gflops)
    assert min(whole.seconds, whole.matmul_seconds, whole.peak_bytes) > 0
    cut = step_speed.measure_step(found, Architecture.V1, MLXPrecision.FP32, 64, longest_seconds=0.0)
    assert (cut.blocks, cut.measured_blocks) == (2, 1)
    assert cut.flops == whole.flops


def test_random_weights_run_quantized_where_a_model_would() -> None:
    config = step_speed.replace(BASE, dim=64, depth=1, heads=1, ff_dim=128, text_dim=64, conv_dim=128)
    network = step_speed.random_dit(config, MLXPrecision.QUANTIZED)
    kinds = Counter(type(module).__name__ for module in network.modules())
    assert kinds["Linear"] == 1
    assert kinds["QuantizedLinear"] == 2 * 4 + 2 + 1 + 4 + 2 + 2  # text, time, modulation, attention, feed-forward, end
    half = step_speed.random_dit(config, MLXPrecision.FP16)
    assert half.proj_out.weight.dtype == mx.float16


def test_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = step_speed.replace(BASE, dim=64, depth=2, heads=1, ff_dim=128, text_dim=64, conv_dim=128)
    monkeypatch.setattr(step_speed, "BASE", tiny)
    told = CliRunner().invoke(bench, ["--backend", "mlx", "--frames", "32"], catch_exceptions=False)
    assert told.exit_code == 0
    assert told.stdout.startswith("random weights, F5TTS_v1_Base, 4 bits, quantized, 32 frames (0.3 s of reference and speech), on ")
    assert ("pip's MLX for Linux CPUs links a plain BLAS" in told.stdout) == (step_speed.device_kind() == "cpu" and sys.platform == "linux")
    arguments = ["--backend", "mlx", "--frames", "32", "--precision", "fp32", "--json"]
    found = json.loads(CliRunner().invoke(bench, arguments, catch_exceptions=False).stdout)
    assert found["gflop"] == sum(product.flops for product in products_of(tiny, 32)) / 1e9
    assert found["share"] == pytest.approx(found["matmul_seconds"] / found["step_seconds"])
    assert (found["precision"], found["blocks"], found["measured_blocks"]) == ("fp32", 2, 2)
