"""What of a take is kept, and how its edges fade: always outside the speech."""

from __future__ import annotations

import numpy as np

from voiceover.types import FloatArray, Take

EDGE_MS = 60
"""Kept before and after the speech: its breath and the room's decay."""
FADE_MS = 5


def to_frames(milliseconds: int, sample_rate: int) -> int:
    """Whole frames in ``milliseconds``, rounded half up."""
    return (milliseconds * sample_rate + 500) // 1000


def kept_range(take: Take) -> tuple[int, int]:
    """First kept frame and the one after the last: the speech and up to 60 ms at each side, the whole take where no speech was found."""
    if take.speech_end <= take.speech_start:
        return 0, take.frames
    edge = to_frames(EDGE_MS, take.sample_rate)
    return max(take.speech_start - edge, 0), min(take.speech_end + edge, take.frames)


def fade_edges(samples: FloatArray, take: Take, start: int) -> None:
    """Fade ``samples`` of shape (frames,), kept from frame ``start`` of ``take``, in and out over 5 ms, in place.

    A fade is shorter where the speech begins or ends nearer to the edge, and none where it lies on it.
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
    """The rise of a raised cosine, without its 0 and 1."""
    rise: FloatArray = (0.5 - 0.5 * np.cos(np.pi * np.arange(1, frames + 1) / (frames + 1))).astype(np.float32)
    return rise
