"""Kokoro-82M: human voices on any CPU, from phonemes.

choices      names, sizes and languages
symbols      the model's symbols, and IPA spelled in them
text         an utterance as calls of the network
packs        styles of a voice; shipped ones are in ``packs/``
settings     what voice.yaml may say, and what a voice sounds like
voices       upstream's voices
network      phoneme ids and a style to sound
joining      the calls of an utterance as one take, with the time of each word
description  what the engine reports about itself
engine       all of it for one utterance
weights      the model in the store

The functions below are what the engine offers (see ``voiceover.engines.registry``). They import the rest when they are called.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from voiceover.engines.kokoro.choices import LANGUAGES, NAME
from voiceover.engines.kokoro.settings import VOICE_SETTINGS
from voiceover.engines.kokoro.weights.family import KokoroFamily, KokoroModel
from voiceover.errors import ModelError, VoiceoverError
from voiceover.system.extras import how_to_install
from voiceover.types import Engine, EngineContext, EngineInfo, Voice

__all__ = ["MODEL_FAMILY", "OPTIONS", "VOICE_SETTINGS", "diagnose", "how_to_get", "make", "outline", "ready", "speaks", "voices"]

MODEL_FAMILY = KokoroFamily()
OPTIONS = ()


def make(context: EngineContext) -> Engine:
    """Return the engine. The first time, the weights that installed packages bring are joined and added to the model store.

    Raises ModelError if there are no weights, or damaged ones.
    """
    from voiceover.engines.kokoro.engine import KokoroEngine

    return KokoroEngine(_open_model(context), context.cache_folder)


def ready(context: EngineContext) -> str | None:
    """Return why Kokoro cannot speak now; None if its weights are in the store or in installed packages. Reads no weights."""
    if find_spec("onnxruntime") is None:
        return f"onnxruntime is not installed; {how_to_install(NAME)}"
    try:
        if context.add_packaged_model is not None and MODEL_FAMILY.packaged() is not None:
            return None
        _installed(context)
    except VoiceoverError as error:
        return str(error)
    return None


def outline(context: EngineContext) -> EngineInfo:
    """Return the engine's info, which depends on no file."""
    from voiceover.engines.kokoro.description import describe

    return describe(context.options.get("model", NAME))


def voices(context: EngineContext) -> list[Voice]:
    """Return the upstream voices whose packs are installed."""
    from voiceover.engines.kokoro.voices import upstream_voices

    return upstream_voices(_installed_packs(context))


def speaks(context: EngineContext, voice: Voice, language: str) -> str | None:
    """Return why Kokoro cannot speak a voice in a language (BCP 47), None if it can. Reads no pack."""
    from voiceover.engines.kokoro.settings import timbre_of
    from voiceover.engines.kokoro.voices import shipped_packs, unknown_pack

    if voice.engine not in (None, NAME):
        return f"the voice {voice.name} comes with the engine {voice.engine}"
    if language.partition("-")[0].lower() not in LANGUAGES:
        return f"Kokoro does not speak {language}"
    try:
        packs = {name for style in voice.styles for name in timbre_of(voice, style).weights}
    except VoiceoverError as error:
        return str(error)
    have = {*shipped_packs(), *_installed_packs(context)}
    return next((unknown_pack(name, have) for name in sorted(packs) if name not in have), None)


def how_to_get(context: EngineContext, name: str) -> str | None:
    """Return how to get an upstream voice that is not installed, None for any other name."""
    from voiceover.engines.kokoro.voices import UPSTREAM

    return "get it: voiceover models pull kokoro" if name.lower() in UPSTREAM and name.lower() not in _installed_packs(context) else None


def diagnose(context: EngineContext) -> Mapping[str, str]:
    """Return Kokoro's part of ``doctor``: lines by name. No weights are read."""
    from voiceover.engines.kokoro.voices import shipped_packs

    try:
        weights = f"the model {_installed(context).name}"
    except VoiceoverError as error:
        weights = str(error)
        with suppress(VoiceoverError):
            if MODEL_FAMILY.packaged() is not None:
                weights = "in installed Python packages; they are joined when Kokoro first speaks"
    installed = len(_installed_packs(context))
    more = f"{installed} more installed" if installed else "54 more: voiceover models pull kokoro"
    return {
        "weights": weights,
        "voices": f"{', '.join(shipped_packs())}; {more}",
        "ready": ready(context) or "yes",
    }


def _installed_packs(context: EngineContext) -> Mapping[str, Path]:
    """Return the upstream packs that are installed, by name."""
    try:
        return _installed(context).packs
    except VoiceoverError:
        return {}


def _installed(context: EngineContext) -> KokoroModel:
    if context.open_model is None:
        raise ModelError("this engine has no access to models")
    found: KokoroModel = context.open_model(context.options.get("model"), NAME)
    return found


def _open_model(context: EngineContext) -> KokoroModel:
    if context.add_packaged_model is not None:
        context.add_packaged_model(NAME)
    return _installed(context)
