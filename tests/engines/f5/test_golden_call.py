"""The golden call by which a back end is judged: right, and strict enough to see what goes wrong with devices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engines.f5 import reference_outputs
from tests.engines.f5.reference_outputs import COMMITTED, ONE_CALL, close
from voiceover.engines.f5.backend import Prompt
from voiceover.engines.f5.choices import Architecture
from voiceover.engines.f5.choose import runtime
from voiceover.engines.f5.choose.golden_call import TOLERANCE, Tensors, check_device, small_network
from voiceover.engines.f5.choose.plain_dit import PlainDiT
from voiceover.engines.f5.choose.runtime import CHECK_FILE, stored_check
from voiceover.tensors.named import Weights
from voiceover.types import FloatArray


def compute(weights: Weights, architecture: Architecture, x: FloatArray, evaluation: int, prompt: Prompt) -> FloatArray:
    return PlainDiT(weights, architecture).velocity(x, evaluation, prompt)


@pytest.mark.goldens
@pytest.mark.parametrize("version", ["v0", "v1"])
def test_plain_numpy_computes_what_the_reference_does(version: str) -> None:
    given = reference_outputs.outputs(str(COMMITTED / f"torch_{version}/dit_inputs.safetensors"))
    wanted = reference_outputs.outputs(str(COMMITTED / f"torch_{version}/dit_outputs.safetensors"))
    network = PlainDiT(reference_outputs.weights(str(COMMITTED / f"torch_{version}/model.safetensors")), Architecture(version))
    one = {name: np.array(given.tensor(name)[:1]) for name in ("x", "cond", "time")}
    prompt = Prompt(one["cond"], np.array(given.tensor("text")[:1, :31]), one["time"], True)
    conditional, unconditional = np.split(network.velocity(one["x"], 0, prompt), 2)
    close(conditional, wanted.tensor("single.cond"), ONE_CALL)
    close(unconditional, wanted.tensor("single.uncond"), ONE_CALL)


def test_what_is_right_check_device() -> None:
    check = check_device(compute)
    assert check.passed
    assert check.deviation < TOLERANCE
    assert check.why == ""


def test_mlx_passes_here() -> None:
    pytest.importorskip("mlx.core")
    from voiceover.engines.f5.mlx.device import golden_velocity

    check = check_device(golden_velocity)
    assert check.passed
    assert 0 < check.deviation < 2e-5


def changed(name: str, change: Any) -> Any:
    """A back end that reads the tensors whose names end with ``name`` in another way."""

    def wrong(weights: Weights, architecture: Architecture, x: FloatArray, evaluation: int, prompt: Prompt) -> FloatArray:
        tensors = {one: change(weights.tensor(one)) if one.endswith(name) else weights.tensor(one) for one in weights.names()}
        return compute(Tensors(tensors), architecture, x, evaluation, prompt)

    return wrong


def rounded(values: FloatArray) -> FloatArray:
    """To the ten bits that TF32 has."""
    return (values.view(np.uint32) + np.uint32(1 << 12) & np.uint32(0xFFFFE000)).view(np.float32)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda *a: compute(*a) * np.float32(1.01), id="one hundredth too much"),
        pytest.param(lambda *a: compute(*a) + np.float32(3e-4), id="a little beside"),
        pytest.param(lambda w, a, *r: compute(w, Architecture.V0 if a == "v1" else Architecture.V1, *r), id="rotary on the wrong heads"),
        pytest.param(lambda w, a, x, e, p: compute(w, a, x, e - 1, p), id="another time"),
        pytest.param(lambda *a: np.roll(compute(*a), 1, axis=1), id="a frame late"),
        pytest.param(lambda *a: np.concatenate(np.split(compute(*a), 2)[::-1]), id="halves the wrong way round"),
        pytest.param(lambda *a: compute(*a)[:, ::2], id="half the frames"),
        pytest.param(lambda *a: np.where(np.arange(compute(*a).shape[1])[:, None] == 71, np.nan, compute(*a)), id="one frame no number"),
        pytest.param(changed(".to_k.weight", lambda t: t[::-1]), id="rows the wrong way round"),
        pytest.param(changed("attn.to_q.weight", rounded), id="products in TF32"),
        pytest.param(changed("conv1d.layers.2.weight", lambda t: t[:, ::-1]), id="a convolution turned round"),
    ],
)
def test_what_is_wrong_does_not(wrong: Any) -> None:
    check = check_device(wrong)
    assert not check.passed
    assert check.deviation > TOLERANCE
    assert "the self-test" in check.why


def test_a_device_that_fails_is_told() -> None:
    def failing(*_: Any) -> FloatArray:
        raise RuntimeError("no kernel image is available")

    check = check_device(failing)
    assert not check.passed
    assert "RuntimeError: no kernel image is available" in check.why


def test_the_network_is_the_same_everywhere() -> None:
    """Drawn by hand from numpy's stream, which it promises for ever: the first tensor in the file's order."""
    first = np.random.RandomState(20_211).standard_normal(32)
    np.testing.assert_array_equal(small_network().tensor("transformer.rotary_embed.inv_freq"), (0.1 * first).astype(np.float32))


def test_a_verdict_is_found_once_for_machine_and_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Architecture] = []

    def counted(*given: Any) -> FloatArray:
        calls.append(given[1])
        return compute(*given) * np.float32(1.01)

    first = stored_check(counted, tmp_path / "cache")
    assert not first.passed
    asked = len(calls)
    assert stored_check(counted, tmp_path / "cache") == first
    assert len(calls) == asked
    monkeypatch.setattr(runtime, "graphics_driver", lambda: "another one")
    assert stored_check(counted, tmp_path / "cache") == first
    assert len(calls) == 2 * asked
    (tmp_path / "cache" / CHECK_FILE).write_text("{")
    assert stored_check(counted, tmp_path / "cache") == first
    assert len(calls) == 3 * asked


def test_a_call_that_failed_is_made_again(tmp_path: Path) -> None:
    def failing(*_: Any) -> FloatArray:
        raise MemoryError

    assert not stored_check(failing, tmp_path).passed
    assert stored_check(compute, tmp_path).passed
    assert len(json.loads((tmp_path / CHECK_FILE).read_text())) == 1


def test_a_cuda_device_that_fails_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    mlx = pytest.importorskip("mlx.core")
    from voiceover.engines.f5.mlx import device as of_mlx
    from voiceover.engines.f5.mlx import step_speed

    right = of_mlx.golden_velocity
    before = mlx.default_device()
    monkeypatch.setattr(runtime, "_cuda_version", lambda: "mlx-cuda-12 0.0")
    monkeypatch.setattr(step_speed, "device_kind", lambda: "gpu")
    runtime.prepare_device.cache_clear()
    try:
        assert runtime.prepare_device(tmp_path / "good")
        assert mlx.default_device() == before
        assert "on CUDA; the self-test passes" in runtime.describe_mlx(tmp_path / "good")
        monkeypatch.setattr(of_mlx, "golden_velocity", lambda *a: right(*a) * 1.01)
        for _ in range(2):
            assert not runtime.prepare_device(tmp_path / "bad")
        assert mlx.default_device() == mlx.Device(mlx.cpu)
    finally:
        mlx.set_default_device(before)
        runtime.prepare_device.cache_clear()
    (told,) = [record.getMessage() for record in caplog.records]
    assert told.startswith("MLX on CUDA is not used: the self-test is off by 0.04")
    assert "since on CUDA the self-test is off by 0.04" in runtime.describe_mlx(tmp_path / "bad")


def test_without_cuda_nothing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "_cuda_version", lambda: "")
    assert runtime.check_cuda(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
