"""The reference clip as the model gets it.

It is mono at 24 kHz, trimmed at the edges, raised to RMS 0.1 if it is quieter (which is undone in the speech), and followed by a second of
silence, without which the first words of the speech are cut off.
"""

from __future__ import annotations

import numpy as np

from voiceover.audio.files import resample
from voiceover.audio.speech_detection import PAUSE_SECONDS, Activity, find_pauses, find_speech
from voiceover.engines.f5.mel import HOP_LENGTH, SAMPLE_RATE, log_mel
from voiceover.engines.f5.text import reference_ending
from voiceover.errors import VoiceError
from voiceover.types import Audio, FloatArray
from voiceover.types.lazy_dataclass import dataclass

LONGEST_SECONDS = 12.0
SHORTEST_SECONDS = 0.5
TARGET_RMS = 0.1
TAIL_SECONDS = 1.0
"""Length of the silence at the end."""
MARGIN_SECONDS = 0.05
"""Silence kept around the speech."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A prepared clip."""

    samples: FloatArray
    """Shape (frames,), 24 kHz, without the silence at the end."""
    mel: FloatArray
    """Shape (n, 100), including the silence at the end."""
    text: str
    """Its words, with the ending that the model expects."""
    gain: float
    """Factor applied to its level; speech is divided by it."""
    pause_samples: int = 0
    """Samples of its pauses beyond the longest pause that counts for its pace."""

    @property
    def frames(self) -> int:
        """Mel frames of the clip without the silence at the end, counted as upstream does."""
        return len(self.samples) // HOP_LENGTH

    @property
    def pace_frames(self) -> int:
        """Mel frames of its words: ``frames`` without overlong pauses. Upstream counts those, too, and drawls."""
        return (len(self.samples) - self.pause_samples) // HOP_LENGTH


def prepare_reference(audio: Audio, text: str, name: str) -> Reference:
    """Prepare a clip; ``name`` is its name in messages.

    Raises VoiceError for a clip without words or speech, and for one shorter than 0.5 s or longer than 12 s.
    """
    if not text.strip():
        raise VoiceError(f"{name}: F5 needs the exact words of the clip; give its text")
    samples = audio.samples if audio.sample_rate == SAMPLE_RATE else resample(audio.samples, audio.sample_rate, SAMPLE_RATE)
    activity = find_speech(samples, SAMPLE_RATE)
    margin = round(MARGIN_SECONDS * SAMPLE_RATE)
    start = max(activity.start - margin, 0)
    speech = samples[start : activity.end + margin] if activity.intervals else samples[:0]
    seconds = len(speech) / SAMPLE_RATE
    if seconds < SHORTEST_SECONDS:
        raise VoiceError(f"{name}: {seconds:.1f} s of speech; F5 needs at least {SHORTEST_SECONDS} s, and 4 to 8 s sound best")
    if seconds > LONGEST_SECONDS:
        raise VoiceError(
            f"{name}: {seconds:.1f} s of speech; F5 takes at most {LONGEST_SECONDS:.0f} s. It is not cut automatically, because its words "
            f"would no longer match. {_silences(activity)}"
        )
    level = float(np.sqrt(np.mean(np.square(speech, dtype=np.float64))))
    gain = max(TARGET_RMS / level, 1.0)
    speech = speech * np.float32(gain)
    ended = np.concatenate((speech, np.zeros(round(TAIL_SECONDS * SAMPLE_RATE), np.float32)))
    longest_pause = round(PAUSE_SECONDS * SAMPLE_RATE)
    pauses = sum(end - start - longest_pause for start, end in find_pauses(speech, SAMPLE_RATE))
    return Reference(speech, log_mel(ended), reference_ending(text), gain, pauses)


def _silences(activity: Activity) -> str:
    """Return where the clip could be split, in words."""
    gaps = [(a[1] / SAMPLE_RATE, b[0] / SAMPLE_RATE) for a, b in zip(activity.intervals, activity.intervals[1:], strict=False)]
    if not gaps:
        return "It has no silence at which to split it."
    listed = ", ".join(f"{start:.2f} to {end:.2f} s" for start, end in gaps)
    return f"It is silent at {listed}: take a part between two of these, with its words."
