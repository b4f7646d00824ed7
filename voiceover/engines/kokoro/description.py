"""What the engine reports about itself, without its modules that need numpy: commands that speak nothing ask for it."""

from __future__ import annotations

from voiceover.engines.kokoro.choices import LANGUAGES, LICENCE, NAME, REVISION, SAMPLE_RATE, THREADS, WEIGHTS_SHA256
from voiceover.types import EngineInfo

WINDOW_SECONDS = 20.0
"""Longest audio per call that a plan should ask for. The plan uses three quarters of it: some 240 symbols, which keep memory low."""
WORKER_MEGABYTES = 550


def describe(model: str) -> EngineInfo:
    """Return what the engine reports about itself; nothing is loaded."""
    return EngineInfo(
        name=NAME,
        revision=REVISION,
        fingerprint=f"{NAME} r{REVISION} {WEIGHTS_SHA256[:16]}",
        sample_rate=SAMPLE_RATE,
        window_seconds=WINDOW_SECONDS,
        reference_in_window=False,
        options=frozenset({"speed"}),
        languages=LANGUAGES,
        realtime_factor=0.6,
        model=model,
        licence=LICENCE,
        rank=50,
        speaks_phonemes=True,
        returns_marks=True,
        best_characters=150,
        worker_threads=THREADS,
        worker_megabytes=WORKER_MEGABYTES,
    )
