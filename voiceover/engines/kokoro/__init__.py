"""Kokoro-82M: human voices on any CPU, from phonemes.

choices      names, sizes and languages
symbols      the model's symbols, and IPA spelled in them
text         an utterance as calls of the network
packs        styles of a voice; shipped ones are in ``packs/``
settings     what voice.yaml may say, and what a voice sounds like
voices       upstream's voices
network      phoneme ids and a style to sound
joining      the calls of an utterance as one take, with the time of each word
engine       all of it for one utterance
weights      the model in the store

The functions below are what the engine offers (see ``voiceover.engines.registry``). They import the rest when they are called.
"""

from __future__ import annotations

from importlib.util import find_spec

from voiceover.engines.kokoro.choices import NAME
from voiceover.engines.kokoro.settings import VOICE_SETTINGS
from voiceover.engines.kokoro.weights.family import KokoroFamily, KokoroModel
from voiceover.errors import ModelError, VoiceoverError
from voiceover.system.extras import how_to_install
from voiceover.types import Engine, EngineContext, EngineInfo, Voice

__all__ = ["MODEL_FAMILY", "OPTIONS", "VOICE_SETTINGS", "make", "outline", "ready", "voices"]

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
    from voiceover.engines.kokoro.engine import describe

    return describe(context.options.get("model", NAME))


def voices(context: EngineContext) -> list[Voice]:
    """Return the upstream voices whose packs are installed."""
    from voiceover.engines.kokoro.voices import upstream_voices

    try:
        return upstream_voices(_installed(context).packs)
    except VoiceoverError:
        return []


def _installed(context: EngineContext) -> KokoroModel:
    if context.open_model is None:
        raise ModelError("this engine has no access to models")
    found: KokoroModel = context.open_model(context.options.get("model"), NAME)
    return found


def _open_model(context: EngineContext) -> KokoroModel:
    if context.add_packaged_model is not None:
        context.add_packaged_model(NAME)
    return _installed(context)
