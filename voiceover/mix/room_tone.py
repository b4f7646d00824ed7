"""Room tone: quiet noise like that of a room, where a platform asks for it instead of digital silence."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from voiceover.audio.files import db_to_gain
from voiceover.mix.mixdown import BLOCK_FRAMES, Mix
from voiceover.types import ChapterMark, Delivery, FloatArray, Timeline

TONE_DB = -55.0
"""Level of the tone against that of the speech: after mastering to -20 dB RMS it is far below ACX's -60 dB."""
_SEED = 20


@dataclass(frozen=True, slots=True)
class PaddedMix:
    """A mix with room tone under it and around it, as an AudioStream."""

    mix: Mix
    timeline: Timeline
    """That of the mix, moved by the tone before it."""
    head_frames: int
    tail_frames: int
    level: float
    """RMS of the tone."""

    @property
    def sample_rate(self) -> int:
        return self.mix.sample_rate

    @property
    def channels(self) -> int:
        return self.mix.channels

    @property
    def frames(self) -> int:
        return self.timeline.frames

    def blocks(self) -> Iterator[FloatArray]:
        """Yield blocks of shape (frames, channels); the tone is the same each time."""
        if not self.level:
            yield from self._padded()
            return
        noise, level = np.random.default_rng(_SEED), np.float32(self.level)
        for block in self._padded():
            yield block + noise.standard_normal((len(block), 1), np.float32) * level

    def _padded(self) -> Iterator[FloatArray]:
        yield from self._silence(self.head_frames)
        yield from self.mix.blocks()
        yield from self._silence(self.tail_frames)

    def _silence(self, frames: int) -> Iterator[FloatArray]:
        for start in range(0, frames, BLOCK_FRAMES):
            yield np.zeros((min(BLOCK_FRAMES, frames - start), self.channels), np.float32)


def with_room_tone(mix: Mix, delivery: Delivery) -> PaddedMix:
    """Return the mix with room tone under it, and around it where the silence there is shorter than ``delivery`` requires.

    Longer silence stays as the script has it.
    """
    line, rate = mix.timeline, mix.sample_rate
    speech = [(each.start_frame, each.end_frame) for each in line.placed]
    heard = [*speech, *((each.start_frame, each.end_frame) for each in line.sounds)]
    before = min((start for start, _ in heard), default=0)
    after = line.frames - max((end for _, end in heard), default=line.frames)
    head = round(delivery.added_head * rate) - before if before < delivery.head_seconds[0] * rate else 0
    tail = round(delivery.added_tail * rate) - after if after < delivery.tail_seconds[0] * rate else 0
    return PaddedMix(mix, _moved(line, head, tail), head, tail, db_to_gain(TONE_DB) * _speech_level(line))


def _moved(line: Timeline, head: int, tail: int) -> Timeline:
    return replace(
        line,
        frames=head + line.frames + tail,
        placed=tuple(replace(each, start_frame=each.start_frame + head) for each in line.placed),
        sounds=tuple(replace(each, start_frame=each.start_frame + head, end_frame=each.end_frame + head) for each in line.sounds),
        chapters=tuple(_later(mark, head) for mark in line.chapters),
    )


def _later(mark: ChapterMark, head: int) -> ChapterMark:
    """Return a chapter that begins later, unless it begins with the episode."""
    if mark.start_frame:
        return replace(mark, start_frame=mark.start_frame + head)
    return replace(mark, lead_frames=mark.lead_frames + head)


def _speech_level(line: Timeline) -> float:
    """Return the K-weighted RMS of the speech."""
    energy = sum(each.take.speech_power * each.take.speech_seconds * db_to_gain(each.gain_db) ** 2 for each in line.placed)
    seconds = sum(each.take.speech_seconds for each in line.placed)
    return math.sqrt(energy / seconds) if seconds else 0.0
