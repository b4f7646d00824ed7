"""The mixdown: takes, sounds and music of a timeline as one stream of blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from voiceover.audio.chunks import first_frames, worker_threads
from voiceover.audio.files import resampled_frames
from voiceover.audio.loudness import Meter
from voiceover.audio.stretch_levels import Powers
from voiceover.mix.balance import balance_voices
from voiceover.mix.borders import Border, on_grid, stretch_of
from voiceover.mix.clearance import clear_of_speech
from voiceover.mix.duck import Ducker
from voiceover.mix.levels import lengths_of, measure_sounds, speech_lufs, with_gains
from voiceover.mix.piece_address import piece_address
from voiceover.mix.sound_stream import placed_blocks
from voiceover.mix.speech import BLOCK_FRAMES, speech_blocks
from voiceover.mix.timeline import lay_out
from voiceover.types import (
    GRID_RATE,
    GRID_SAMPLES,
    EpisodePiece,
    FloatArray,
    Gaps,
    MusicReport,
    PlacedSound,
    Plan,
    Take,
    Timeline,
    Utterance,
)

__all__ = ["BLOCK_FRAMES", "Mix", "mix_takes"]


@dataclass(frozen=True, slots=True)
class Mix:
    """An AudioStream of an episode, balanced between the voices but not mastered.

    It holds one take and a block per sound in memory at a time.
    """

    timeline: Timeline
    channels: int = 1
    ducker: Ducker | None = None
    """By how much music is lowered; None if there is none to be."""
    music: MusicReport | None = None
    """How far the music stays under the speech; None if there is none under a line."""
    borders: tuple[Border, ...] = ()
    """Where its pieces begin; empty for a mix that is not cut."""

    @property
    def sample_rate(self) -> int:
        return self.timeline.sample_rate

    @property
    def frames(self) -> int:
        return self.timeline.frames

    def blocks(self) -> Iterator[FloatArray]:
        """Yield blocks of shape (frames, channels).

        Raises StoreError if a take can no longer be read, or its file differs from what was recorded; InputError if a sound can not.
        """
        if self.borders:
            for piece in self.pieces:
                yield from first_frames(piece.stream.blocks(), piece.frames)
            return
        speech = speech_blocks(self.timeline)
        if self.channels == 1 and not self.timeline.sounds:
            yield from speech
        else:
            yield from _added(speech, self.timeline.sounds, self.timeline.sample_rate, self.channels, self.ducker)

    @property
    def pieces(self) -> list[EpisodePiece]:
        """Its pieces in order, each with a mix of its own."""
        rate, whole = self.sample_rate, resampled_frames(self.frames, self.sample_rate, GRID_RATE)
        found = []
        for begin, after in zip(self.borders, (*self.borders[1:], None), strict=True):
            end = self.frames if after is None else after.frame
            samples = (whole if after is None else after.grid_frame * GRID_SAMPLES) - begin.grid_frame * GRID_SAMPLES
            # The length in frames depends on the position by one frame; that of the stream must not.
            length = end - begin.frame if after is None else -(-samples * rate // GRID_RATE)
            timeline = stretch_of(self.timeline, begin.frame, end, length)
            ducker = self.ducker.within(begin.frame, length, rate) if self.ducker and any(s.ducked for s in timeline.sounds) else None
            mix = Mix(timeline, self.channels, ducker)
            found.append(
                EpisodePiece(mix, piece_address(timeline, self.channels, ducker), begin.frame, end - begin.frame, samples, after is None)
            )
        return found


def mix_takes(plan: Plan, takes: Mapping[str, Take], gaps: Gaps, opening: str = "", others: Sequence[Utterance] = ()) -> Mix:
    """Trim, balance and place the takes of a plan, with its sounds and music. Takes are read only by ``Mix.blocks``.

    The mix has the highest sample rate of the engines that speak, or 44.1 kHz if files are played; what has another rate is resampled when
    it is read.

    ``plan`` is what to mix, ``takes`` are the takes by address, ``gaps`` the silences between them. ``opening`` is the title of the chapter
    before the first heading. ``others`` are utterances that count for the balance only: if ``plan`` is a part of an episode, those of the
    rest.

    Raises StoreError if a take is missing, InputError if a sound cannot be used.
    """
    balance_db = balance_voices((*plan.spoken, *others), takes, plan.cast, plan.engines)
    track, rate = plan.soundtrack, plan.sample_rate
    if track is None:
        timeline, borders = on_grid(lay_out(plan.items, takes, gaps, rate, balance_db, opening))
        return Mix(timeline, borders=borders)
    measured = measure_sounds(track)
    laid, borders = on_grid(lay_out(plan.items, takes, gaps, rate, balance_db, opening, track, lengths_of(track, measured, rate)))
    sounds = with_gains(laid.sounds, measured, speech_lufs(laid.placed, track.channels))
    timeline = replace(laid, sounds=sounds)
    ducked = tuple(sound for sound in sounds if sound.ducked)
    if not ducked:
        return Mix(timeline, track.channels, borders=borders)
    lines, report = clear_of_speech(timeline, track.channels, track.ducking, _powers(timeline, ducked, track.channels))
    return Mix(timeline, track.channels, Ducker(lines, track.ducking), report, borders)


def _powers(timeline: Timeline, sounds: Sequence[PlacedSound], channels: int) -> Powers:
    """Measure sounds as they are in the mix but for ducking; return the K-weighted power of each 100 ms."""
    with worker_threads() as pool:
        meter = Meter(timeline.sample_rate, channels, pool)
        meter.add_all(_added(_silence(timeline.frames), sounds, timeline.sample_rate, channels, None))
        meter.finish()
    return meter.tenths


def _silence(frames: int) -> Iterator[FloatArray]:
    for start in range(0, frames, BLOCK_FRAMES):
        yield np.zeros((min(BLOCK_FRAMES, frames - start), 1), np.float32)


def _added(
    base: Iterable[FloatArray], sounds: Sequence[PlacedSound], sample_rate: int, channels: int, ducker: Ducker | None
) -> Iterator[FloatArray]:
    """Yield the mono blocks of ``base`` in each of the channels, with the sounds added, those that are ducked lowered by ``ducker``."""
    waiting, playing = list(sounds), list[tuple[PlacedSound, _Reader]]()
    begin = 0
    for block in base:
        end = begin + len(block)
        out = np.repeat(block, channels, axis=1)
        while waiting and waiting[0].start_frame < end:
            sound = waiting.pop(0)
            playing.append((sound, _Reader(placed_blocks(sound, sample_rate, channels))))
        gains = ducker.gains(begin, len(block), sample_rate) if ducker and any(sound.ducked for sound, _ in playing) else None
        for sound, reader in playing:
            first, last = max(sound.start_frame, begin) - begin, min(sound.end_frame, end) - begin
            samples = reader.read(last - first)
            if sound.ducked and gains is not None:
                samples = samples * gains[first:last, None]
            out[first:last] += samples
        playing = [(sound, reader) for sound, reader in playing if sound.end_frame > end]
        yield out
        begin = end


class _Reader:
    """Reads blocks of one size from blocks of any."""

    def __init__(self, blocks: Iterator[FloatArray]) -> None:
        self._blocks = blocks
        self._rest: FloatArray | None = None

    def read(self, frames: int) -> FloatArray:
        """Return the next ``frames``, which must exist."""
        parts = [] if self._rest is None else [self._rest]
        count = sum(map(len, parts))
        while count < frames:
            parts.append(next(self._blocks))
            count += len(parts[-1])
        whole = parts[0] if len(parts) == 1 else np.concatenate(parts)
        self._rest = whole[frames:].copy()
        return whole[:frames]
