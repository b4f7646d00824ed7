"""How long the words of a reference clip take, without the pauses in it: the pace that a line after it gets."""

from __future__ import annotations

from voiceover.audio.files import read_clip
from voiceover.audio.speech_detection import PAUSE_SECONDS, find_pauses
from voiceover.errors import VoiceoverError
from voiceover.types import Clip

_KNOWN: dict[str, float] = {}
"""Seconds to be taken off, by the SHA-256 of a clip."""


def paced_seconds(clip: Clip) -> float:
    """Length of ``clip`` with every pause in it counted as at most ``PAUSE_SECONDS``.

    All of its length if it cannot be read; whoever needs its sound then says why.
    """
    if clip.sha256 not in _KNOWN:
        try:
            audio = read_clip(clip)
        except VoiceoverError:
            return clip.seconds
        pauses = find_pauses(audio.samples, audio.sample_rate)
        _KNOWN[clip.sha256] = sum((end - start) / audio.sample_rate - PAUSE_SECONDS for start, end in pauses)
    return clip.seconds - _KNOWN[clip.sha256]
