"""All checks of one recording that need no listener."""

from __future__ import annotations

from voiceover.audio.faults.edges import edge_faults
from voiceover.audio.faults.level import level_faults, unusable
from voiceover.audio.faults.pace import length_faults, silence_faults
from voiceover.audio.speech_detection import find_speech
from voiceover.types import Finding, FloatArray


def recording_faults(samples: FloatArray, sample_rate: int, text: str, expected_seconds: float) -> tuple[Finding, ...]:
    """Return what is wrong with ``samples`` of shape (frames,), which are to say ``text`` in about ``expected_seconds``."""
    fatal = unusable(samples)
    if fatal:
        return fatal
    activity = find_speech(samples, sample_rate)
    if not activity.frames:
        return (Finding("silent", "it contains no speech"),)
    return (
        *level_faults(samples),
        *edge_faults(samples, sample_rate),
        *length_faults(activity, sample_rate, expected_seconds),
        *silence_faults(samples, sample_rate, activity, text),
    )
