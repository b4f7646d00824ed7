"""Shortens the pauses within a clip."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from voiceover.audio.speech_detection import PAUSE_SECONDS, find_pauses
from voiceover.types import FloatArray

_FADE_SECONDS = 0.02
_MOST_ROUNDS = 4
"""With less silence the background level is less certain, so a shortened pause may still be found too long."""


def without_pauses(samples: FloatArray, sample_rate: int) -> FloatArray:
    """Return ``samples``, shape (frames,), with each pause cut to ``PAUSE_SECONDS``."""
    for _ in range(_MOST_ROUNDS):
        pauses = find_pauses(samples, sample_rate)
        if not pauses:
            break
        samples = _shortened(samples, sample_rate, pauses)
    return samples


def _shortened(samples: FloatArray, sample_rate: int, pauses: Sequence[tuple[int, int]]) -> FloatArray:
    """Cut the middle out of each of ``pauses`` (start, end) with an equal-power crossfade, which keeps the noise level."""
    kept, fade = round(PAUSE_SECONDS * sample_rate), round(_FADE_SECONDS * sample_rate)
    angles = np.linspace(0, np.pi / 2, fade, dtype=np.float32)
    parts, at = [], 0
    for start, end in pauses:
        left, right = start + (kept - fade) // 2, end - (kept - (kept - fade) // 2 - fade)
        parts += [samples[at:left], samples[left : left + fade] * np.cos(angles) + samples[right - fade : right] * np.sin(angles)]
        at = right
    return np.concatenate((*parts, samples[at:]))
