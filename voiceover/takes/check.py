"""Is this recording one at all? An engine that reports success over an empty file is the classic fault of the field."""

from __future__ import annotations

import numpy as np

from voiceover.errors import EngineError
from voiceover.types import Audio, Utterance

LEAST_SECONDS = 0.05
"""Shorter than any word."""
LEAST_PART = 0.1
"""Of the expected length: ten times as fast as expected is not speech."""
SILENCE_PEAK = 0.001
"""-60 dBFS: a recording that is nowhere louder says nothing."""
LARGEST_PEAK = 4.0
"""+12 dBFS: some engines overshoot full scale, and floats hold that; beyond this the scale is another one (16-bit integers, say)."""


def engine_error(utterance: Utterance, why: str) -> EngineError:
    """The error for an utterance that could not be recorded, with its place and its words."""
    place = str(utterance.source)
    if why.startswith(place):
        return EngineError(why)
    return EngineError(f'{place}: the engine cannot speak "{_short(utterance.text)}": {why}')


def _short(text: str, length: int = 100) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."


def checked_audio(audio: Audio, utterance: Utterance, sample_rate: int) -> Audio:
    """``audio`` as contiguous float32, if it can be a recording of ``utterance`` at ``sample_rate``; else EngineError."""
    given = np.asarray(audio.samples)
    if given.ndim != 1 or not np.issubdtype(given.dtype, np.floating):
        raise engine_error(utterance, f"it gave samples of shape {given.shape} and type {given.dtype} in place of one row of float32")
    if audio.sample_rate != sample_rate:
        raise engine_error(utterance, f"it gave {audio.sample_rate} samples a second, and says of itself that it gives {sample_rate}")
    if not np.isfinite(given).all():
        raise engine_error(utterance, "it gave samples that are no numbers (NaN or infinite)")
    samples = np.ascontiguousarray(given, np.float32)
    peak = float(np.max(np.abs(samples), initial=0.0))
    seconds = len(samples) / sample_rate
    least = max(LEAST_SECONDS, LEAST_PART * utterance.estimate_seconds)
    if not len(samples):
        raise engine_error(utterance, "it gave an empty recording")
    if peak > LARGEST_PEAK:
        raise engine_error(utterance, f"it gave samples of up to {peak:.6g}, where full scale is 1")
    if seconds < least:
        raise engine_error(utterance, f"it gave {seconds:.3f} s, where about {utterance.estimate_seconds:.1f} s were expected")
    if peak < SILENCE_PEAK:
        raise engine_error(utterance, "it gave only silence; are there words in it?")
    return Audio(samples, sample_rate)
