"""The surroundings of an episode: its take store, and what engines are given."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

from voiceover import takes, voices
from voiceover.settings.layers import DEFAULT_VOICE
from voiceover.system import folders
from voiceover.tensors.named import InstalledModel
from voiceover.types import EngineContext


def open_store(cache_folder: Path | str | None = None, url: str | None = None) -> takes.FileStore:
    """The take store in ``cache_folder``, else where VOICEOVER_CACHE says, else in the user's cache folder.

    With ``url``, in front of the store that several machines share there; then raises InputError and StoreError.
    """
    folder = folders.cache_folder(None if cache_folder is None else Path(cache_folder))
    if url is None:
        return takes.FileStore(folder)
    from voiceover.system.remote_store import open_depot

    return takes.SharedStore(folder, open_depot(url))


def engine_context(cache_folder: Path | None = None, model: str | None = None, options: Mapping[str, str] | None = None) -> EngineContext:
    """What engines are given: their folder, the choices made for them, and the way to the user's models."""
    chosen = {**(options or {}), **({"model": model} if model else {})}
    trial_voice = functools.partial(voices.load_voice, DEFAULT_VOICE, (voices.shipped_folder(),))
    return EngineContext(
        folders.cache_folder(cache_folder) / "engines", chosen, functools.partial(open_model_in, folders.data_folder()), trial_voice
    )


def open_model_in(data: Path, name: str | None) -> InstalledModel:
    """The model of a data folder by name. Loads the models room when an engine first asks for one: the stand-in never does."""
    from voiceover.models import open_model

    return open_model(data, name)


def models_speaking(language: str) -> Sequence[str]:
    """Models of the catalogue that speak a language."""
    from voiceover import models

    return models.models_speaking(language)
