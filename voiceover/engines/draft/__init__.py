"""The engine ``draft``: espeak-ng through the wheel espeakng-loader, the embedded default.

    pieces      an utterance cut into plain text in one language each
    languages   BCP 47 tags and espeak-ng's voices
    engine      settings, one request an utterance, the pieces joined
    process     the pipe to espeak-ng's process
    marks       when each word begins
    espeak      that process; the only file that loads the library
    phonemes    the words of an utterance in IPA, for engines that speak phonemes (with words and alignment)

The parts, from an utterance to its samples; ``espeak`` runs in another process and imports none of the others.
"""

from __future__ import annotations

from voiceover.engines.draft.engine import DraftEngine, Sound, read_sound
from voiceover.engines.draft.voice_settings import VOICE_SETTINGS
from voiceover.types import EngineContext, EngineInfo

__all__ = ["OPTIONS", "VOICE_SETTINGS", "DraftEngine", "Sound", "make", "outline", "read_sound"]

OPTIONS = ()
"""The robot voice has none of its own."""


def make(context: EngineContext) -> DraftEngine:
    """Make the engine. It stores nothing and so ignores the context; its process starts with the first utterance."""
    del context
    return DraftEngine()


def outline(context: EngineContext) -> EngineInfo:
    """Return the engine's info, which needs nothing loaded."""
    return make(context).info
