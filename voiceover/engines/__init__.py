"""Engines turn an utterance into audio; each is found by its name.

registry    the installed engines, and what they offer
choice      which one speaks a voice
contract    rules that every engine must keep, as tests to run on your own
draft       espeak-ng, the built-in robot voice
f5          F5-TTS
"""

from __future__ import annotations

from voiceover.engines.choice import Choice, EngineChooser, choose_engine, commercial_fault, outline
from voiceover.engines.options import CheckedOptions, check_options, declared_options
from voiceover.engines.registry import (
    AUTO,
    STAND_IN,
    context_of,
    engine_names,
    engine_voices,
    fault_of,
    forget_engines,
    how_to_get_voice,
    offer,
    offers,
    open_engine,
    own_engines,
)

__all__ = [
    "AUTO",
    "STAND_IN",
    "CheckedOptions",
    "Choice",
    "EngineChooser",
    "check_options",
    "choose_engine",
    "commercial_fault",
    "context_of",
    "declared_options",
    "engine_names",
    "engine_voices",
    "fault_of",
    "forget_engines",
    "how_to_get_voice",
    "offer",
    "offers",
    "open_engine",
    "outline",
    "own_engines",
]
