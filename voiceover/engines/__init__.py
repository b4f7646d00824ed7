"""Engines turn an utterance into audio; each is found by its name.

registry    the installed engines, what they offer, and which one speaks
contract    rules that every engine must keep, as tests to run on your own
draft       espeak-ng, the built-in robot voice
f5          F5-TTS
"""

from __future__ import annotations

from voiceover.engines.options import CheckedOptions, check_options, declared_options
from voiceover.engines.registry import (
    AUTO,
    OWN,
    STAND_IN,
    Choice,
    choose_engine,
    context_of,
    engine_names,
    engine_voices,
    forget_engines,
    how_to_get_voice,
    offer,
    offers,
    open_engine,
    outline,
)

__all__ = [
    "AUTO",
    "OWN",
    "STAND_IN",
    "CheckedOptions",
    "Choice",
    "check_options",
    "choose_engine",
    "context_of",
    "declared_options",
    "engine_names",
    "engine_voices",
    "forget_engines",
    "how_to_get_voice",
    "offer",
    "offers",
    "open_engine",
    "outline",
]
