"""The mixdown: the takes of a timeline as one stream of mono blocks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from voiceover.audio.files import db_to_gain, resample, wav_float_samples
from voiceover.errors import StoreError
from voiceover.mix.balance import balance_voices
from voiceover.mix.edges import fade_edges
from voiceover.mix.timeline import lay_out
from voiceover.system.files import os_error_words
from voiceover.types import FloatArray, Gaps, Placed, Plan, Take, Timeline, Utterance

BLOCK_FRAMES = 1 << 16


@dataclass(frozen=True, slots=True)
class Mix:
    """An AudioStream of an episode's speech, balanced between the voices but not mastered. It holds one take in memory at a time."""

    timeline: Timeline

    @property
    def sample_rate(self) -> int:
        return self.timeline.sample_rate

    @property
    def channels(self) -> int:
        return 1

    @property
    def frames(self) -> int:
        return self.timeline.frames

    def blocks(self) -> Iterator[FloatArray]:
        """Yield blocks of shape (frames, 1), all but the last of ``BLOCK_FRAMES`` frames.

        Raises StoreError if a take can no longer be read, or its file differs from what was recorded.
        """
        block = np.zeros((min(BLOCK_FRAMES, self.frames), 1), np.float32)
        begin = 0
        for placed in self.timeline.placed:
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
                    block = np.zeros((min(BLOCK_FRAMES, self.frames - begin), 1), np.float32)
        while begin < self.frames:
            yield block
            begin += len(block)
            block = np.zeros((min(BLOCK_FRAMES, self.frames - begin), 1), np.float32)


def mix_takes(plan: Plan, takes: Mapping[str, Take], gaps: Gaps, opening: str = "", others: Sequence[Utterance] = ()) -> Mix:
    """Trim, balance and place the takes of a plan. Samples are read only by ``Mix.blocks``.

    The mix has the highest sample rate of the engines that speak; takes of another rate are resampled when they are read.

    ``plan`` is what to mix, ``takes`` are the takes by address, ``gaps`` the silences between them. ``opening`` is the title of the chapter
    before the first heading. ``others`` are utterances that count for the balance only: if ``plan`` is a part of an episode, those of the
    rest.

    Raises StoreError if a take is missing.
    """
    spoken = (*(planned.utterance for planned in plan.planned), *others)
    balance_db = balance_voices(spoken, takes, plan.cast, plan.engines)
    return Mix(lay_out(plan.items, takes, gaps, plan.sample_rate, balance_db, opening))


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
