"""The surroundings of an episode: its take store, and what engines are given."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from voiceover import engines, takes, voices
from voiceover.settings.layers import DEFAULT_VOICE
from voiceover.system import folders
from voiceover.tensors.named import InstalledModel
from voiceover.types import EngineContext, Voice, VoiceSettings


def open_store(cache_folder: Path | str | None = None, url: str | None = None) -> takes.FileStore:
    """The take store in ``cache_folder``, else where VOICEOVER_CACHE says, else in the user's cache folder.

    With ``url``, in front of the store that several machines share there; then raises InputError and StoreError.
    """
    folder = folders.cache_folder(None if cache_folder is None else Path(cache_folder))
    if url is None:
        return takes.FileStore(folder)
    from voiceover.system.remote_store import open_remote_store

    return takes.SharedStore(folder, open_remote_store(url))


def engine_context(cache_folder: Path | None = None, model: str | None = None, options: Mapping[str, str] | None = None) -> EngineContext:
    """What engines are given: their folder, the choices made for them, and the way to the user's models."""
    chosen = {**(options or {}), **({"model": model} if model else {})}
    open_model = functools.partial(open_model_in, folders.data_folder())
    return EngineContext(folders.cache_folder(cache_folder) / "engines", chosen, open_model, load_trial_voice)


def load_trial_voice() -> Voice:
    """Return the shipped voice that a new model is tried with."""
    return voices.load_voice(DEFAULT_VOICE, (voices.shipped_folder(),), voices.FromEngines(_schemas()))


def from_engines(cache_folder: Path | None = None) -> voices.FromEngines:
    """Return what the installed engines contribute to voices: schemas for voice.yaml, and their own voices when they are needed."""
    return voices.FromEngines(_schemas(), functools.cache(functools.partial(engine_voices, cache_folder)))


def engine_voices(cache_folder: Path | None, only: str | None = None) -> dict[str, Voice]:
    """Return the voices that come with engines, or with the engine ``only``, by name.

    They have the settings that other engines derive from a name, so that the draft engine can speak them, too.
    """
    found = engines.engine_voices(engine_context(cache_folder), only)
    schemas = voices.FromEngines(_schemas())
    return {
        name: replace(
            voice,
            styles={key: replace(style, settings={**schemas.derived(name), **style.settings}) for key, style in voice.styles.items()},
        )
        for name, voice in found.items()
    }


def _schemas() -> dict[str, VoiceSettings]:
    return dict(engines.offers("VOICE_SETTINGS"))


def open_model_in(data: Path, name: str | None) -> InstalledModel:
    """The model of a data folder by name. Loads the models room when an engine first asks for one: the stand-in never does."""
    from voiceover.models import open_model

    return open_model(data, name)


def models_speaking(language: str) -> Sequence[str]:
    """Models of the catalogue that speak a language."""
    from voiceover import models

    return models.models_speaking(language)
