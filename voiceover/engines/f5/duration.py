"""The length of an utterance: by the pace of the reference (upstream's byte rule), or by the duration predictor.

Frames are mel frames (93.75 a second). Generated frames are counted alone, without the reference.
"""

from __future__ import annotations

from voiceover.engines.f5.mel import FRAME_RATE, HOP_LENGTH, SAMPLE_RATE

SHORT_BYTES = 10
"""A text with fewer UTF-8 bytes is spoken at ``SHORT_SPEED``: at the clip's own pace F5 turns it into noise."""
SHORT_SPEED = 0.3
LEAST_SECONDS = 1.0
"""Least length of an utterance."""
LONGEST_SECONDS = 30.0
"""Limit of reference and speech: F5-TTS was not trained on more."""
FRAME_MULTIPLE = 16
"""Total frames are rounded up to a multiple of this, to limit the number of different shapes."""
PREDICTOR_RATE = SAMPLE_RATE // HOP_LENGTH
"""Frames per second of the duration predictor, truncated to an integer in its training."""


def byte_rule(reference_frames: int, reference_text: str, text: str, speed: float = 1.0) -> int:
    """Return the frames of ``text`` at the pace of the reference: upstream's rule, including its slow rate for short texts."""
    if len(text.encode()) < SHORT_BYTES:
        speed = min(speed, SHORT_SPEED)
    return int(reference_frames / len(reference_text.encode()) * len(text.encode()) / speed)


def predicted_total(seconds: float, speed: float = 1.0) -> int:
    """Return the total frames of a prediction in seconds, including the reference."""
    return int(seconds * PREDICTOR_RATE / speed)


def predicted_rule(seconds: float, reference_frames: int, text: str, speed: float = 1.0) -> int:
    """Return the frames of ``text`` by a prediction for reference and text together; speed affects the text only."""
    if len(text.encode()) < SHORT_BYTES:
        speed = min(speed, SHORT_SPEED)
    return int(max(predicted_total(seconds) - reference_frames, 0) / speed)


def total_frames(generated: int, reference_frames: int, tokens: int) -> int:
    """Return the frames to sample: reference and at least ``LEAST_SECONDS`` of speech, one per token or more, rounded up."""
    requested = reference_frames + max(generated, round(LEAST_SECONDS * FRAME_RATE))
    return -(-lifted(requested, reference_frames, tokens) // FRAME_MULTIPLE) * FRAME_MULTIPLE


def lifted(requested: int, reference_frames: int, tokens: int) -> int:
    """Apply upstream's minimum: one frame more than the reference has, and than the text has tokens."""
    return max(max(tokens, reference_frames) + 1, requested)
