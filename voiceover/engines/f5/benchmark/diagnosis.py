"""F5's part of ``doctor``, and the test of a new model's precision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from voiceover.engines.f5.benchmark.steps import STEP_FRAMES, median_step
from voiceover.engines.f5.choices import AUTO, PRESETS
from voiceover.engines.f5.choose.fidelity import measure_fidelity, stored_fidelity
from voiceover.engines.f5.choose.runtime import ONNX, choose_backend, choose_runtime, describe_mlx, installed_backends, is_worth_testing
from voiceover.engines.f5.configs import DiTConfig
from voiceover.engines.f5.lazy_engine import realtime_factor
from voiceover.engines.f5.opening import open_model
from voiceover.engines.f5.weights.model import F5Model
from voiceover.errors import VoiceoverError
from voiceover.types import EngineContext

LARGE_STEP_SECONDS = 0.05
"""A faster step belongs to a model too small to speak with; multiplying its overhead would mislead."""


def describe(context: EngineContext) -> Mapping[str, str]:
    """Return the lines of ``doctor`` by name. Nothing is downloaded, and no precision is tested."""
    return {**_describe(context), "mlx": describe_mlx(context.cache_folder)}


def settle_precision(context: EngineContext, again: bool) -> str | None:
    """Return what the model runs as on this machine, testing it if necessary, or ``again``; None if there is nothing to test.

    Raises ModelError for damaged weights, EngineError if there is not enough memory or disk space.
    """
    if context.open_model is None or context.trial_voice is None or not installed_backends():
        return None
    if choose_backend(AUTO, context.cache_folder)[0] != ONNX:
        return None
    model = open_model(context)
    if not is_worth_testing(model):
        return None
    stored = None if again else stored_fidelity(model, context.cache_folder)
    return f"{model.name} {stored or measure_fidelity(model, context.trial_voice, context.cache_folder)}"


def _describe(context: EngineContext) -> dict[str, str]:
    found: dict[str, str] = {}
    try:
        backend, why = choose_backend(context.options.get("backend", AUTO), context.cache_folder)
    except VoiceoverError as error:
        return {"back end": str(error)}
    found["back end"] = why
    if backend == ONNX or ONNX in installed_backends():
        found["instruction sets"] = _instruction_sets()
    if context.open_model is None:
        return found
    try:
        model = open_model(context)
        result = stored_fidelity(model, context.cache_folder) if backend == ONNX else None
        if result is not None:
            found["precision"] = f"{model.name} {result}"
        found["speed"] = _speed(model, context)
    except VoiceoverError as error:
        found["speed"] = f"not tested: {error}"
    return found


def _speed(model: F5Model, context: EngineContext) -> str:
    runtime = choose_runtime(model, context.options, context.cache_folder, None)
    config = DiTConfig.from_weights(model.dit, model.architecture)
    seconds = median_step(runtime.load(), config)
    if seconds < LARGE_STEP_SECONDS:
        return f"{model.name}, {runtime.precision}: a step takes {1e3 * seconds:.3g} ms"
    measured = replace(runtime, step=(STEP_FRAMES, seconds))
    presets = {name: realtime_factor(measured, PRESETS[name]) for name in (model.facts.preset, "fast") if name in PRESETS}
    each = ", ".join(f"{factor:.2g} s with the preset {name}" for name, factor in presets.items())
    return f"{model.name}, {runtime.precision}: a second of speech takes about {each} ({seconds:.2g} s per step of {STEP_FRAMES} frames)"


def _instruction_sets() -> str:
    from voiceover.system.processor import FULL, instruction_sets, largest_weight

    sets = " ".join(instruction_sets()) or "not reported by this system"
    return sets if largest_weight() == FULL else f"{sets}; no VNNI: int8 weights use 7 bits, and its faster instructions are missing"
