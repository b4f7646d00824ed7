"""What the tests of the draft engine share: utterances, voices, and measurements."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from voiceover.engines.contract import make_utterance
from voiceover.types import DEFAULT_STYLE, Audio, Options, SpokenSpan, Style, Utterance, Voice

VOICES = Path(__file__).parents[1] / "voices"
A = "My poor dear friend, you live here no better than the ants."
B = "Hush! Twelve cats are at the door, and so on and so forth."

Settings = Mapping[str, str | int | float]


def voice_of(**settings: str | float) -> Voice:
    return Voice("vera", Path(), "en-GB", {DEFAULT_STYLE: Style(None, {"draft": settings})}, licence="CC0-1.0")


def utterance_of(*spans: str | tuple[str, str], speed: float | None = None, seed: int = 1) -> Utterance:
    """Spans in English, or (text, language)."""
    spoken = tuple(SpokenSpan(span, "en-GB") if isinstance(span, str) else SpokenSpan(*span) for span in spans)
    made = make_utterance("", options=Options(speed=speed), seed=seed)
    return Utterance(**{name: getattr(made, name) for name in made.__slots__} | {"spans": spoken})


def digest(audio: Audio) -> str:
    return hashlib.sha256(audio.samples.tobytes()).hexdigest()


def pitch_of(audio: Audio) -> float:
    """Median fundamental frequency of the voiced frames, by autocorrelation."""
    size, found = round(0.04 * audio.sample_rate), []
    for start in range(0, len(audio.samples) - size, size // 2):
        frame = audio.samples[start : start + size]
        if np.sqrt(np.mean(frame**2)) < 0.02:
            continue
        likeness = np.correlate(frame * np.hanning(size), frame * np.hanning(size), "full")[size - 1 :]
        low, high = audio.sample_rate // 400, audio.sample_rate // 60
        lag = low + int(np.argmax(likeness[low:high]))
        if likeness[lag] > 0.4 * likeness[0]:
            found.append(audio.sample_rate / lag)
    return float(np.median(found))


def longest_silence(audio: Audio) -> float:
    loud = np.flatnonzero(np.abs(audio.samples) > 0.003)
    return float(np.max(np.diff(loud))) / audio.sample_rate


def brightness(audio: Audio) -> float:
    """Spectral centroid in Hz."""
    power = np.abs(np.fft.rfft(audio.samples)) ** 2
    return float(np.sum(power * np.fft.rfftfreq(len(audio.samples), 1 / audio.sample_rate)) / np.sum(power))
