"""Duration of a reference clip without its pauses, from which the pace of spoken lines is derived."""

from __future__ import annotations

from voiceover.errors import VoiceoverError
from voiceover.types import Clip

_KNOWN: dict[str, float] = {}
"""Seconds of pauses to subtract, by the SHA-256 of a clip."""


def paced_seconds(clip: Clip) -> float:
    """Return the length of ``clip``, with each pause counted as at most ``PAUSE_SECONDS``.

    If the clip cannot be read, return its full length; whatever needs its samples reports the error.
    """
    if clip.sha256 not in _KNOWN:
        from voiceover.audio.files import read_clip
        from voiceover.audio.speech_detection import PAUSE_SECONDS, find_pauses

        try:
            audio = read_clip(clip)
        except VoiceoverError:
            return clip.seconds
        pauses = find_pauses(audio.samples, audio.sample_rate)
        _KNOWN[clip.sha256] = sum((end - start) / audio.sample_rate - PAUSE_SECONDS for start, end in pauses)
    return clip.seconds - _KNOWN[clip.sha256]
