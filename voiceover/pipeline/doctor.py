"""Look at the installation: packages, engines, folders, voices."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from functools import partial
from importlib import metadata
from pathlib import Path

from voiceover import engines
from voiceover.errors import EngineMissingError, VoiceoverError
from voiceover.pipeline.context import engine_context, load_trial_voice, open_store
from voiceover.pipeline.models import can_use
from voiceover.pipeline.voices import find_voices, search_folders
from voiceover.system import folders
from voiceover.system.version import __version__
from voiceover.types import EngineContext

PACKAGES = ("numpy", "soundfile", "soxr", "lameenc", "sentencex", "markdown-it-py", "espeakng-loader", "pydub")


def settle_precision(name: str, *, again: bool = False) -> str | None:
    """Let the engines measure what they need for the model ``name`` on this machine, if necessary or ``again``.

    Returns the result in one line, None if there is nothing to measure. Raises ModelError for damaged weights, EngineError if there is
    not enough memory or disk space.
    """
    context = engine_context(None, name)
    able = ((engine, settle) for engine, settle in engines.offers("settle") if can_use(engine, name))
    results = (settle(engines.context_of(engine, context), again) for engine, settle in able)
    return next((str(result) for result in results if result is not None), None)


def diagnose(cache_folder: Path | None) -> dict[str, object]:
    """Return the installation as ``doctor`` shows it; ``ok`` is False if a render would fail."""
    packages = {}
    for name in PACKAGES:
        try:
            packages[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            packages[name] = "missing"
    context = engine_context(cache_folder)
    try:
        voice = load_trial_voice()
        chooser = engines.EngineChooser(partial(engines.context_of, context=context))
        choice = chooser.choose(engines.AUTO, None, voice, voice.language)
        engine, engine_ok = choice.why, True
    except VoiceoverError as error:
        engine, engine_ok = str(error), False
    found = find_voices(None)
    before = {
        "voiceover": __version__,
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "packages": packages,
        "engines": list(engines.engine_names()),
        "engine": engine,
    }
    after = {
        "cache": str(open_store(cache_folder).folder),
        "data": str(folders.data_folder()),
        "voice folders": [str(folder) for folder in search_folders(None) if folder.is_dir()],
        "voices": [voice.name for voice in found],
        "ok": engine_ok and bool(found) and "missing" not in packages.values(),
    }
    return {**before, **_engine_parts(context, {*before, *after}), **after}


def _engine_parts(context: EngineContext, taken: set[str]) -> dict[str, object]:
    """Return the part of each engine by its name; an engine that shares its name with another key gets ``engine NAME``."""
    parts: dict[str, object] = {}
    for name in engines.engine_names():
        part = _engine_part(name, context)
        if part is not None:
            parts[f"engine {name}" if name in taken else name] = part
    return parts


def _engine_part(name: str, context: EngineContext) -> dict[str, str] | None:
    """Return what an engine says about itself, None if it offers nothing. An engine that fails must not hide the rest."""
    try:
        diagnose: Callable[[EngineContext], Mapping[str, str]] | None = engines.offer(name, "diagnose")
        return None if diagnose is None else dict(diagnose(engines.context_of(name, context)))
    except EngineMissingError as error:
        return {"error": str(error)}
    except Exception as error:  # engines of other packages can raise anything
        return {"error": f"{type(error).__name__}: {error}"}
