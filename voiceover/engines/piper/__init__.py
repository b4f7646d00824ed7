"""Piper: small VITS networks that speak phonemes, one ONNX file for each voice; fast enough for any server.

    config      the JSON beside a voice's network
    graph       the network, made repeatable: its noise becomes an input, its durations an output
    network     ids and noise to samples and durations
    symbols     phonemes of an utterance to ids, in stretches of one sentence
    installed   the installed voices, and which of them speaks
    engine      an utterance to its samples
    models      installed voices in the store: recognising, checking, describing

The functions below are what the engine offers (see ``voiceover.engines.registry``). They import the rest when they are called.
"""

from __future__ import annotations

from voiceover.engines.piper.models import PiperFamily, catalogue_names
from voiceover.engines.piper.options import NAME, VOICE_SETTINGS
from voiceover.types import Engine, EngineContext, EngineInfo, FittedVoice, Voice

__all__ = ["MODEL_FAMILY", "VOICE_SETTINGS", "fit_voice", "how_to_get", "make", "outline", "ready", "speaks", "voices"]

MODEL_FAMILY = PiperFamily()


def make(context: EngineContext) -> Engine:
    """Return the engine for the installed voices. Networks are loaded with the first line of each voice.

    Raises ModelError if a voice is incomplete.
    """
    from voiceover.engines.piper.engine import PiperEngine

    return PiperEngine(context)


def ready(context: EngineContext) -> str | None:
    """Return why Piper cannot speak now, None if a voice and onnxruntime are installed."""
    from voiceover.engines.piper.installed import why_not_ready

    return why_not_ready(context)


def outline(context: EngineContext) -> EngineInfo:
    """Return the engine's info, which needs no network. Raises as ``make`` does."""
    from voiceover.engines.piper.installed import InstalledVoices

    return InstalledVoices(context).info()


def voices(context: EngineContext) -> list[Voice]:
    """Return the installed voices, and the speakers of those that have a few. Raises ModelError if one is incomplete."""
    from voiceover.engines.piper.installed import InstalledVoices

    return InstalledVoices(context).to_cast()


def speaks(context: EngineContext, voice: Voice, language: str) -> str | None:
    """Return why Piper cannot speak a voice in a language (BCP 47), None if it can."""
    from voiceover.engines.piper.installed import InstalledVoices

    if voice.engine not in (None, NAME):
        return f"the voice {voice.name} comes with the engine {voice.engine}"
    return InstalledVoices(context).why_not(voice, language)


def fit_voice(context: EngineContext, voice: Voice) -> FittedVoice:
    """Return the voice with the digest of its model. Raises VoiceError if it names a Piper voice that is not installed."""
    from voiceover.engines.piper.installed import InstalledVoices

    return FittedVoice(InstalledVoices(context).fitted(voice))


def how_to_get(context: EngineContext, name: str) -> str | None:
    """Return how to get a voice of the catalogue that is not installed, None for any other name."""
    del context
    found = next((known for known in catalogue_names() if known.casefold() == name.casefold()), None)
    return None if found is None else f"get it: voiceover models pull {NAME}/{found}"
