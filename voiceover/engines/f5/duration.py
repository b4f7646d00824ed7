"""How long an utterance gets: by the reference's own pace (upstream's byte rule), or by the duration predictor.

Frames are mel frames (93.75 a second). Generated frames are counted alone, without the reference.
"""

from __future__ import annotations

from voiceover.engines.f5.mel import FRAME_RATE, HOP_LENGTH, SAMPLE_RATE

SHORT_BYTES = 10
"""A text of fewer UTF-8 bytes is spoken at ``SHORT_SPEED``: at the clip's own pace F5 turns it into noise."""
SHORT_SPEED = 0.3
LEAST_SECONDS = 1.0
"""No utterance gets less."""
LONGEST_SECONDS = 30.0
"""Reference and speech: F5-TTS was not trained on more."""
FRAME_MULTIPLE = 16
"""Total frames are rounded up to this, so that a run meets few different shapes."""
PREDICTOR_RATE = SAMPLE_RATE // HOP_LENGTH
"""Frames a second of the duration predictor, cut to an integer where it was trained."""


def byte_rule(reference_frames: int, reference_text: str, text: str, speed: float = 1.0) -> int:
    """Frames that ``text`` takes at the pace of the reference; upstream's rule, its slow rate for short texts included."""
    if len(text.encode()) < SHORT_BYTES:
        speed = min(speed, SHORT_SPEED)
    return int(reference_frames / len(reference_text.encode()) * len(text.encode()) / speed)


def predicted_total(seconds: float, speed: float = 1.0) -> int:
    """Total frames, reference included, of a prediction in seconds."""
    return int(seconds * PREDICTOR_RATE / speed)


def predicted_rule(seconds: float, reference_frames: int, text: str, speed: float = 1.0) -> int:
    """Frames that ``text`` takes by a prediction of reference and text together; speed acts on the text alone."""
    if len(text.encode()) < SHORT_BYTES:
        speed = min(speed, SHORT_SPEED)
    return int(max(predicted_total(seconds) - reference_frames, 0) / speed)


def total_frames(generated: int, reference_frames: int, tokens: int) -> int:
    """Frames to sample: reference and speech, at least ``LEAST_SECONDS`` of it, room for every token, rounded up to ``FRAME_MULTIPLE``."""
    wanted = reference_frames + max(generated, round(LEAST_SECONDS * FRAME_RATE))
    return -(-lifted(wanted, reference_frames, tokens) // FRAME_MULTIPLE) * FRAME_MULTIPLE


def lifted(requested: int, reference_frames: int, tokens: int) -> int:
    """Upstream's least number of frames: one more than the reference has, and than the text has tokens."""
    return max(max(tokens, reference_frames) + 1, requested)
