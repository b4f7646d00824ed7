"""Trimming and fading of takes, always outside the speech."""

from __future__ import annotations

import numpy as np

from voiceover.types import FloatArray, Take

EDGE_MS = 60
"""Kept before and after the speech, for breath and reverberation."""
FADE_MS = 5


def to_frames(milliseconds: int, sample_rate: int) -> int:
    """Convert ``milliseconds`` to frames, rounded half up."""
    return (milliseconds * sample_rate + 500) // 1000


def seconds_to_frames(seconds: float, sample_rate: int) -> int:
    """Convert ``seconds`` to frames, rounded half up, by way of whole microseconds."""
    return (round(seconds * 1_000_000) * sample_rate + 500_000) // 1_000_000


def kept_range(take: Take) -> tuple[int, int]:
    """Return the first frame to keep and the one after the last.

    The range is the speech and up to 60 ms on each side, or the whole take if no speech was found in it.
    """
    if take.speech_end <= take.speech_start:
        return 0, take.frames
    edge = to_frames(EDGE_MS, take.sample_rate)
    return max(take.speech_start - edge, 0), min(take.speech_end + edge, take.frames)


def fade_edges(samples: FloatArray, take: Take, start: int) -> None:
    """Fade ``samples`` in and out over 5 ms, in place; they have the shape (frames,) and begin at frame ``start`` of ``take``.

    A fade is shorter, or left out, if the speech begins or ends less than 5 ms from the edge.
    """
    longest = min(to_frames(FADE_MS, take.sample_rate), len(samples) // 2)
    silent = take.speech_end <= take.speech_start
    before = longest if silent else min(max(take.speech_start - start, 0), longest)
    after = longest if silent else min(max(start + len(samples) - take.speech_end, 0), longest)
    if before:
        samples[:before] *= _fade(before)
    if after:
        samples[len(samples) - after :] *= _fade(after)[::-1]


def _fade(frames: int) -> FloatArray:
    """Return the rising half of a raised cosine, without its end points 0 and 1."""
    rise: FloatArray = (0.5 - 0.5 * np.cos(np.pi * np.arange(1, frames + 1) / (frames + 1))).astype(np.float32)
    return rise
