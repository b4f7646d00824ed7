"""What ``--precision auto`` chooses, and that it does not wander."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from tests.engines.f5 import reference_outputs
from tests.engines.f5.reference_outputs import COMMITTED
from voiceover.engines.f5.choose import precision
from voiceover.engines.f5.choose.machine import machine_name
from voiceover.engines.f5.choose.precision import FILE, fastest, measured, mlx_bytes, mlx_precision, quantization
from voiceover.engines.f5.weights.model import F5Model
from voiceover.errors import EngineError, EngineOptionError, ModelError
from voiceover.types.models import ModelFacts

FOUR_BITS = "mlx/model_v1_4b.safetensors"
DENSE = "torch_v1/model.safetensors"
ALL = {"quantized": 1.0, "fp32": 1.0, "fp16": 1.0, "bf16": 1.0}


def model_of(file: str, digest: str = "d" * 64) -> F5Model:
    found, vocoder = (reference_outputs.weights(str(COMMITTED / name)) for name in (file, "vocos/model.safetensors"))
    architecture = "v0" if "v0" in file or "q4" in file else "v1"
    facts = ModelFacts(licence="MIT", commercial=True, architecture=architecture, preset="base")
    return F5Model("tiny", digest, facts, found, vocoder, None, (" ",))


def auto(file: str, folder: Path, digest: str = "d" * 64) -> str:
    return mlx_precision(model_of(file, digest), "auto", folder)


def on(monkeypatch: pytest.MonkeyPatch, device: str, seconds: dict[str, float]) -> list[str]:
    """Let the machine be of a kind and take so long; which precisions were measured."""
    step_speed = pytest.importorskip("voiceover.engines.f5.mlx.step_speed")
    asked: list[str] = []

    def choosing_seconds(weights: object, architecture: object, tried: str) -> float:
        asked.append(str(tried))
        return seconds[str(tried)]

    monkeypatch.setattr(step_speed, "device_kind", lambda: device)
    monkeypatch.setattr(step_speed, "choosing_seconds", choosing_seconds)
    return asked


@pytest.mark.parametrize(
    ("seconds", "chosen"),
    [
        ({"quantized": 1.0, "fp16": 0.5, "fp32": 2.0}, "fp16"),
        ({"quantized": 1.0, "fp16": 0.9, "fp32": 0.95}, "quantized"),
        ({"quantized": 1.0, "fp32": 0.79, "fp16": 0.7, "bf16": 0.75}, "fp32"),
        ({"quantized": 1.0, "fp16": 0.8, "bf16": 0.5}, "bf16"),
        ({"fp32": 3.0}, "fp32"),
    ],
)
def test_the_fastest_and_of_equals_the_first(seconds: dict[str, float], chosen: str) -> None:
    assert fastest(seconds, model_of(FOUR_BITS)) == chosen


def test_what_a_device_lacks_is_left_out() -> None:
    def measure(tried: str) -> float:
        if tried == "quantized":
            raise RuntimeError("quantized_matmul is not implemented on this device")
        return math.inf if tried == "fp16" else 1.0

    assert measured(("quantized", "fp16", "fp32"), measure) == {"fp32": 1.0}


def test_a_group_that_mlx_lacks_may_run_dense_and_damaged_weights_may_not() -> None:
    def measure(tried: str) -> float:
        raise ModelError(f"w: {tried}")

    assert measured(("quantized",), measure) == {}
    with pytest.raises(ModelError, match="w: fp32"):
        measured(("quantized", "fp32"), measure)


@pytest.mark.parametrize(
    ("device", "file", "tried"),
    [
        ("cpu", FOUR_BITS, ["quantized", "fp32"]),
        ("cpu", DENSE, []),
        ("gpu", FOUR_BITS, ["quantized", "fp32", "fp16", "bf16"]),
        ("gpu", DENSE, ["fp32", "fp16", "bf16"]),
    ],
)
def test_a_cpu_never_runs_half_precision(device: str, file: str, tried: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = on(monkeypatch, device, ALL | {"fp16": 0.1, "bf16": 0.05})
    chosen = auto(file, tmp_path)
    assert asked == tried
    assert chosen == ("bf16" if device == "gpu" else "quantized" if file == FOUR_BITS else "fp32")


def test_a_choice_is_kept_for_machine_and_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = on(monkeypatch, "gpu", ALL | {"fp16": 0.5})
    assert auto(FOUR_BITS, tmp_path / "new") == "fp16"
    count = len(asked)
    asked = on(monkeypatch, "gpu", ALL | {"fp32": 0.1})
    # Neither another measurement nor less memory turns it: it is part of the takes' addresses.
    monkeypatch.setattr(precision, "free_memory", lambda: 1)
    assert auto(FOUR_BITS, tmp_path / "new") == "fp16"
    assert asked == []
    monkeypatch.setattr(precision, "free_memory", lambda: None)
    assert auto(FOUR_BITS, tmp_path / "new", "e" * 64) == "fp32"
    assert len(asked) == count
    monkeypatch.setattr(precision, "machine_name", lambda: "another")
    assert auto(FOUR_BITS, tmp_path / "new") == "fp32"
    kept = json.loads((tmp_path / "new" / FILE).read_text("utf-8"))
    assert [entry["chosen"] for entry in kept.values()] == ["fp16", "fp32", "fp32"]


@pytest.mark.parametrize("content", ["", "[]", '{"%s": 3}', '{"%s": {"chosen": "fp8"}}', '{"%s": {"fp32": "1"}}'])
def test_a_damaged_choice_is_made_again(content: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    on(monkeypatch, "gpu", ALL | {"fp16": 0.5})
    auto(FOUR_BITS, tmp_path)
    ((key, entry),) = json.loads((tmp_path / FILE).read_text("utf-8")).items()
    (tmp_path / FILE).write_text(content.replace("%s", key), "utf-8")
    assert auto(FOUR_BITS, tmp_path) == "fp16"
    assert json.loads((tmp_path / FILE).read_text("utf-8")) == {key: entry}


def test_a_folder_that_cannot_be_written_is_no_obstacle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    on(monkeypatch, "gpu", ALL)
    (tmp_path / "file").touch()
    assert auto(FOUR_BITS, tmp_path / "file") == "quantized"


@pytest.mark.parametrize(
    ("file", "roomy", "chosen"),
    [(FOUR_BITS, "quantized", "quantized"), (FOUR_BITS, "fp16", "fp16"), (FOUR_BITS, None, "quantized"), (DENSE, None, "fp16")],
)
def test_only_what_fits_is_chosen(file: str, roomy: str | None, chosen: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    on(monkeypatch, "gpu", ALL | {"fp32": 0.1, "fp16": 0.5})
    free = mlx_bytes(model_of(file), roomy) + 1 if roomy else 1
    monkeypatch.setattr(precision, "free_memory", lambda: free)
    assert auto(file, tmp_path) == chosen


def test_a_machine_on_which_nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    on(monkeypatch, "gpu", dict.fromkeys(ALL, math.inf))
    with pytest.raises(EngineError, match="tiny: every precision gives NaN or infinity on this machine"):
        auto(FOUR_BITS, tmp_path)
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("asked", ["fp32", "fp16", "bf16", "quantized"])
def test_what_is_asked_for_is_not_measured(asked: str, tmp_path: Path) -> None:
    assert mlx_precision(model_of(FOUR_BITS), asked, tmp_path) == asked
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_asked_for(tmp_path: Path) -> None:
    with pytest.raises(EngineOptionError, match="tiny is not quantized; take another --precision"):
        mlx_precision(model_of(DENSE), "quantized", tmp_path)
    with pytest.raises(EngineOptionError, match='MLX has no precision "fp8"'):
        mlx_precision(model_of(DENSE), "fp8", tmp_path)


@pytest.mark.parametrize(("file", "how"), [(FOUR_BITS, (4, 64)), ("q4_bundle", (4, 64)), (DENSE, None)])
def test_it_is_really_measured_here(file: str, how: tuple[int, int] | None, tmp_path: Path) -> None:
    step_speed = pytest.importorskip("voiceover.engines.f5.mlx.step_speed")
    assert quantization(model_of(file)) == how
    chosen = auto(file, tmp_path)
    ((key, entry),) = json.loads((tmp_path / FILE).read_text("utf-8")).items()
    assert key.startswith(machine_name())
    assert entry.pop("chosen") == chosen
    if step_speed.device_kind() == "cpu":
        assert set(entry) == ({"quantized", "fp32"} if how else {"fp32"})
    if how:
        assert all(0 < seconds < 60 for seconds in entry.values())
    assert chosen == fastest(entry, model_of(file))


def test_a_precision_without_numbers_is_not_taken() -> None:
    step_speed = pytest.importorskip("voiceover.engines.f5.mlx.step_speed")
    found = reference_outputs.weights(str(COMMITTED / DENSE))

    class Broken:
        source, metadata = "broken", found.metadata
        names, shape, quantized = found.names, found.shape, found.quantized

        def tensor(self, name: str) -> np.ndarray:
            tensor = np.array(found.tensor(name))
            return tensor * np.float32(np.nan) if name.endswith("to_out.layers.0.weight") else tensor

    assert step_speed.choosing_seconds(Broken(), step_speed.Architecture.V1, step_speed.MLXPrecision.FP32) == math.inf
    assert step_speed.choosing_seconds(found, step_speed.Architecture.V1, step_speed.MLXPrecision.FP32) < 60
