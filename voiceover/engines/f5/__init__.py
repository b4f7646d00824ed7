"""F5-TTS: flow matching on mel spectrograms, after a reference clip. numpy here, the networks in a folder for each back end."""

from __future__ import annotations

from voiceover.engines.f5.make import make, outline, ready, runs_on

__all__ = ["make", "outline", "ready", "runs_on"]
