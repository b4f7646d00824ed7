"""Engines: an utterance to audio, by name.

    registry    which engines are installed, and which one speaks
    contract    what every engine must keep, as a test that anyone can run on theirs
    draft       espeak-ng, the embedded default

This room hands out names, engines and reasons; what an engine does with an utterance is its own business.
"""

from __future__ import annotations

from voiceover.engines.registry import AUTO, OWN, Choice, choose_engine, engine_names, open_engine, outline

__all__ = ["AUTO", "OWN", "Choice", "choose_engine", "engine_names", "open_engine", "outline"]
