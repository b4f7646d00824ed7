"""Check that an engine returned a recording. Engines that report success for empty audio are a common fault."""

from __future__ import annotations

from voiceover.errors import EngineError, UnusableTakeError
from voiceover.types import Audio, Utterance

LEAST_SECONDS = 0.05
"""Shorter than any word."""
LEAST_PART = 0.1
"""Shortest fraction of the expected length: ten times as fast is not speech."""
SILENCE_PEAK = 0.001
"""-60 dBFS: a recording that is never louder is silent."""
LARGEST_PEAK = 4.0
"""+12 dBFS: floats may exceed full scale a little; beyond this the scale must be another one, such as 16-bit integers."""


def engine_error(utterance: Utterance, why: str, kind: type[EngineError] = EngineError) -> EngineError:
    """Return the error for an utterance that could not be recorded, with its place and text."""
    place = str(utterance.source)
    if why.startswith(place):
        return kind(why)
    return kind(f'{place}: the engine cannot speak "{_short(utterance.text)}": {why}')


def _short(text: str, length: int = 100) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."


def checked_audio(audio: Audio, utterance: Utterance, sample_rate: int) -> Audio:
    """Return ``audio`` as contiguous float32. Raises EngineError if it cannot be a recording of ``utterance`` at ``sample_rate``."""
    import numpy as np

    given = np.asarray(audio.samples)
    if given.ndim != 1 or not np.issubdtype(given.dtype, np.floating):
        raise engine_error(utterance, f"it returned samples of shape {given.shape} and type {given.dtype} instead of one row of float32")
    if audio.sample_rate != sample_rate:
        raise engine_error(utterance, f"it returned audio at {audio.sample_rate} Hz, but declares {sample_rate} Hz")
    if not np.isfinite(given).all():
        raise engine_error(utterance, "its audio contains NaN or infinity", UnusableTakeError)
    samples = np.ascontiguousarray(given, np.float32)
    peak = float(np.max(np.abs(samples), initial=0.0))
    seconds = len(samples) / sample_rate
    least = max(LEAST_SECONDS, LEAST_PART * utterance.estimate_seconds)
    if not len(samples):
        raise engine_error(utterance, "it returned an empty recording", UnusableTakeError)
    if peak > LARGEST_PEAK:
        raise engine_error(utterance, f"it returned samples of up to {peak:.6g}; full scale is 1")
    if seconds < least:
        why = f"it returned {seconds:.3f} s of audio; about {utterance.estimate_seconds:.1f} s were expected"
        raise engine_error(utterance, why, UnusableTakeError)
    if peak < SILENCE_PEAK:
        raise engine_error(utterance, "it returned only silence; does the line contain words?", UnusableTakeError)
    words = len(utterance.spoken)
    for before, mark in zip((None, *audio.marks), audio.marks, strict=False):
        if not (0 <= mark.position < words and 0 <= mark.frame <= len(samples)):
            raise engine_error(utterance, f"it marked a word at character {mark.position}, frame {mark.frame}, outside text or audio")
        if before is not None and (mark.position <= before.position or mark.frame < before.frame):
            raise engine_error(utterance, "the words that it marked are not in order")
    return Audio(samples, sample_rate, audio.marks)
