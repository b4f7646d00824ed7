"""Look at the installation: packages, engines, folders, voices."""

from __future__ import annotations

import platform
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from voiceover import __version__, engines
from voiceover.errors import VoiceoverError
from voiceover.pipeline.context import engine_context, open_store
from voiceover.pipeline.voices import _folders, find_voices
from voiceover.system import folders

PACKAGES = ("numpy", "soundfile", "soxr", "lameenc", "sentencex", "markdown-it-py", "espeakng-loader", "pydub")


def settle_precision(name: str, *, again: bool = False) -> str | None:
    """What the model ``name`` runs in on this machine, found by hearing it if need be, or ``again``; None where nothing is to be found.

    Raises ModelError for weights that are damaged, EngineError where there is no memory or no room for it.
    """
    from voiceover.engines.f5.choose.fidelity import measure_fidelity, stored_fidelity
    from voiceover.engines.f5.choose.runtime import ONNX, choose_backend, installed_backends, is_worth_testing

    context = engine_context(None, name)
    cache = context.cache_folder / "f5"
    if context.open_model is None or context.trial_voice is None or not installed_backends() or choose_backend("auto", cache)[0] != ONNX:
        return None
    model = context.open_model(name)
    if not is_worth_testing(model):
        return None
    found = None if again else stored_fidelity(model, cache)
    return f"{model.name} {found or measure_fidelity(model, context.trial_voice, cache)}"


def diagnose(cache_folder: Path | None) -> dict[str, object]:
    """The installation as ``doctor`` shows it; ``ok`` is False where a render could not work."""
    packages = {}
    for name in PACKAGES:
        try:
            packages[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            packages[name] = "missing"
    from voiceover.engines.f5.choose.runtime import describe_mlx
    from voiceover.engines.f5.self_test import describe

    context = engine_context(cache_folder)
    try:
        choice = engines.choose_engine("auto", context=context)
        engine, engine_ok = f"{choice.name}: {choice.why}", True
    except VoiceoverError as error:
        engine, engine_ok = str(error), False
    found = find_voices(None)
    store = open_store(cache_folder)
    return {
        "voiceover": __version__,
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "packages": packages,
        "engines": list(engines.engine_names()),
        "engine": engine,
        "f5": {**describe(replace(context, cache_folder=context.cache_folder / "f5")), "mlx": describe_mlx(context.cache_folder / "f5")},
        "cache": str(store.folder),
        "data": str(folders.data_folder()),
        "voice folders": [str(folder) for folder in _folders(None) if folder.is_dir()],
        "voices": [voice.name for voice in found],
        "ok": engine_ok and bool(found) and "missing" not in packages.values(),
    }
