"""The speech of a timeline as one stream of mono blocks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

from voiceover.audio.files import db_to_gain, resample, wav_float_samples
from voiceover.errors import StoreError
from voiceover.mix.edges import fade_edges
from voiceover.system.files import os_error_words
from voiceover.types import FloatArray, Placed, Timeline

BLOCK_FRAMES = 1 << 16


def speech_blocks(timeline: Timeline) -> Iterator[FloatArray]:
    """Yield blocks of shape (frames, 1), all but the last of ``BLOCK_FRAMES`` frames. One take is in memory at a time.

    Raises StoreError if a take can no longer be read, or its file differs from what was recorded.
    """
    frames = timeline.frames
    block = np.zeros((min(BLOCK_FRAMES, frames), 1), np.float32)
    begin = 0
    for placed in timeline.placed:
        samples = _read(placed)
        taken = 0
        while taken < len(samples):
            at = placed.start_frame + taken - begin
            count = max(min(len(block) - at, len(samples) - taken), 0)
            block[at : at + count, 0] = samples[taken : taken + count]
            taken += count
            if taken < len(samples):
                yield block
                begin += len(block)
                block = np.zeros((min(BLOCK_FRAMES, frames - begin), 1), np.float32)
    while begin < frames:
        yield block
        begin += len(block)
        block = np.zeros((min(BLOCK_FRAMES, frames - begin), 1), np.float32)


def _read(placed: Placed) -> FloatArray:
    """Return the kept samples of a take, faded, with its gain and at the timeline's sample rate.

    The file's digest is checked on each read, so that no damaged take is used.
    """
    take = placed.take
    try:
        data = take.path.read_bytes()
    except OSError as error:
        raise StoreError(
            f"{placed.utterance.source}: the take of this line is gone; render again to record it ({os_error_words(error)})"
        ) from error
    if hashlib.sha256(data).hexdigest() != take.sha256:
        raise StoreError(f"{placed.utterance.source}: the take of this line has been damaged; render again to record it ({take.path})")
    samples = wav_float_samples(data)[placed.take_start : placed.take_end].copy()
    fade_edges(samples, take, placed.take_start)
    samples *= np.float32(db_to_gain(placed.gain_db))
    return resample(samples, take.sample_rate, placed.timeline_rate or take.sample_rate)
