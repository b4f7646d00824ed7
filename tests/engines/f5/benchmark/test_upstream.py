"""The bridge to the package f5-tts: names and layout always, its own sampling where it is installed."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from tests.models import tiny
from tests.models.stores import QuantizeOptions, import_model, open_model, quantize_model, user_says
from voiceover.engines.contract import make_utterance
from voiceover.engines.f5.benchmark.upstream import NOT_INSTALLED, Upstream, installed, torch_name, torch_tensor
from voiceover.engines.f5.choices import Architecture
from voiceover.engines.f5.lazy_engine import LazyF5
from voiceover.engines.f5.weights.files import open_weights
from voiceover.errors import EngineError
from voiceover.types import Clip, EngineContext, Style, Voice

here = pytest.mark.skipif(not installed() or importlib.util.find_spec("mlx") is None, reason="f5-tts or MLX is not installed")


@pytest.mark.parametrize("version", ["v0", "v1"])
def test_our_tensors_are_upstreams_again(version: str) -> None:
    path = tiny.GOLDENS / f"torch_{version}" / "model.safetensors"
    raw = {name.removeprefix("ema_model.transformer."): tensor for name, tensor in tiny.raw_tensors(path).items()}
    ours = open_weights(path)
    for name in ours.names():
        known = torch_name(name)
        assert np.array_equal(torch_tensor(known, ours.tensor(name)), raw.pop(known)), name
    assert not [name for name in raw if not name.startswith("ema_model.") and "." in name]


@pytest.mark.skipif(installed(), reason="f5-tts is installed")
def test_without_the_package_it_says_so() -> None:
    with pytest.raises(EngineError, match=NOT_INSTALLED):
        Upstream(open_weights(tiny.GOLDENS / "torch_v1" / "model.safetensors"), Architecture.V1)


@here
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["v0", "v1", "v1 4 bits"])
def test_the_package_samples_what_we_sample(kind: str, tmp_path: Path) -> None:
    version = kind.split(maxsplit=1)[0]
    data = tmp_path / "data"
    import_model(tiny.vocoder_repository(tmp_path / "vocos"), user_says("vocos-mel-24khz"), data)
    import_model(tiny.swivid(tmp_path / "m", version), user_says("mine", version), data)
    if kind.endswith("bits"):
        quantize_model("mine", QuantizeOptions(), data, new_name="small")
    model = open_model(data, "small" if kind.endswith("bits") else "mine")
    clip = Clip(tiny.CLIP, "The words of this clip.", hashlib.sha256(tiny.CLIP.read_bytes()).hexdigest(), 2.0)
    voice = Voice("clip", tmp_path, "en", {"": Style(clip)}, licence="CC0-1.0")
    options = {"precision": "quantized" if kind.endswith("bits") else "fp32", "preset": "fast"}
    engine = LazyF5(model, EngineContext(tmp_path / "cache", options)).loaded()
    upstream = Upstream(model.dit, Architecture(model.architecture))
    line = engine.prepare(make_utterance("No, thank you."), voice)
    ours, theirs = engine.sampled(line, upstream.noise(line, 3)), upstream.sampled(line, 3)
    assert np.linalg.norm(ours - theirs) < 1e-4 * np.linalg.norm(theirs)
    assert np.linalg.norm(engine.sampled(line, upstream.noise(line, 4)) - theirs) > 0.01 * np.linalg.norm(theirs)
