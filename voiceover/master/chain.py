"""The mastering chain: measure, apply one gain, limit, measure again and correct."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from voiceover.audio.chunks import first_frames, worker_threads
from voiceover.audio.level_steps import nearest_step, step_up
from voiceover.audio.loudness import Levels
from voiceover.errors import RunError
from voiceover.master.aim import Aim, choose_aim
from voiceover.master.forecast import FIRST_KNEE_DB, Forecast
from voiceover.master.limiter import LimitedStream, Limiter
from voiceover.master.passes import PassLevels, limited_address, pass_in_pieces, whole_pass
from voiceover.system.threads import Workers
from voiceover.types import AudioStream, FloatArray, Loudness, LoudnessReport, LoudnessTarget, OnProgress, Pieces, Progress

CLOSE_DB = 0.04
"""A round that comes this close to the aim is the last one."""
LEAST_STEP_DB = 0.04
"""Smallest correction worth another round; smaller ones remain if the aim cannot be reached."""
MOST_ROUNDS = 4
MARGIN_DB = 0.1
"""The limiter stays this much below the ceiling, since a varying gain and the filter of another meter may add as much."""
MOST_PUSH_DB = 8.0
"""Most gain into the limiter beyond what the aim needs without one; more only compresses."""


@dataclass(frozen=True, slots=True)
class Master:
    """A mastered programme: an AudioStream that is computed block by block each time it is read."""

    stream: AudioStream
    """The mix."""
    limiter: Limiter
    report: LoudnessReport
    headroom_db: float = 0.0
    """Distance in dB to keep below the target's ceiling."""
    mix_pieces: Pieces | None = None
    """The pieces of the mix, if it is cut."""

    @property
    def sample_rate(self) -> int:
        return self.stream.sample_rate

    @property
    def channels(self) -> int:
        return self.stream.channels

    @property
    def frames(self) -> int:
        return self.stream.frames

    def blocks(self) -> Iterator[FloatArray]:
        """Yield blocks of shape (frames, channels)."""
        if self.pieces is None:
            yield from self._limited(self.stream).blocks()
            return
        for piece in self.pieces.items:
            yield from first_frames(piece.stream.blocks(), piece.frames)

    @property
    def pieces(self) -> Pieces | None:
        """Its pieces, each mastered by itself; None if it is not cut."""
        if self.mix_pieces is None:
            return None
        limiter = self.limiter if self.report.limited_db > 0 else replace(self.limiter, ceiling_db=0.0)
        items = [
            replace(piece, stream=self._limited(piece.stream), address=limited_address(piece, limiter)) for piece in self.mix_pieces.items
        ]
        return replace(self.mix_pieces, items=items)

    def _limited(self, stream: AudioStream) -> LimitedStream:
        return LimitedStream(stream, self.limiter, self.report.limited_db > 0)

    def lowered(self, by_db: float, on_progress: OnProgress | None = None) -> Master:
        """Master the same mix to the same target with ``by_db`` more headroom, for an encoder that overshot."""
        return master_mix(
            self.stream, self.report.target, headroom_db=self.headroom_db + by_db, on_progress=on_progress, pieces=self.mix_pieces
        )


@dataclass(frozen=True, slots=True)
class _Round:
    """A limiter and the measurements of its output."""

    limiter: Limiter
    levels: Levels
    after: Loudness
    limited_db: float
    turned_db: float = 0.0
    """Level of the output relative to what the meter measured."""

    def turned(self, by_db: float) -> _Round:
        """Return the same sound at another level: ceiling and gain change together, so every gain reduction stays the same."""
        limiter = replace(self.limiter, gain_db=self.limiter.gain_db + by_db, ceiling_db=self.limiter.ceiling_db + by_db)
        return replace(self, limiter=limiter, after=self.levels.loudness(by_db), turned_db=by_db)


def master_mix(
    stream: AudioStream,
    target: LoudnessTarget,
    *,
    headroom_db: float = 0.0,
    on_progress: OnProgress | None = None,
    pieces: Pieces | None = None,
) -> Master:
    """Bring ``stream`` to ``target`` with one constant gain and a true-peak limiter. The stream is read two to five times.

    With ``pieces``, those of the stream, only the ones are read that were not measured before.
    ``headroom_db`` is the distance to keep below the target's ceiling, for what a lossy encoder adds. The report holds measurements of the
    master itself, compared with the target's own ceiling, and notes what was not reached. An episode that is silent or shorter than 0.4 s
    has no defined loudness and keeps its level. Raises RunError if the mix contains NaN or infinity.
    """
    with worker_threads() as pool:
        watch = _Watch(on_progress, stream, pieces, pool)
        levels = watch.measure(None, "measuring").levels
        before = levels.loudness()
        if not np.isfinite(levels.energy):
            raise RunError("the mix contains NaN or infinity, so its loudness cannot be measured; re-record its takes with --refresh")
        aim = choose_aim(before, target, stream.channels)
        ceiling_db = target.ceiling_db - headroom_db
        first = Limiter(stream.sample_rate, stream.channels, aim.gain_db, ceiling_db - MARGIN_DB)
        if before.true_peak_dbtp + aim.gain_db <= first.ceiling_db:
            best = _Round(first, levels, levels.loudness(aim.gain_db), 0.0, aim.gain_db)
        else:
            forecast = Forecast(levels.tenths, levels.peaks_db)
            del levels
            best = _correct(watch, first, aim, forecast)
        watch.done()
    reached, note = aim.judge(best.after)
    profile = best.levels.profile(best.turned_db)
    report = LoudnessReport(target, before, best.after, best.limiter.gain_db, best.limited_db, reached, note, profile)
    return Master(stream, best.limiter, report, headroom_db, pieces)


def _correct(watch: _Watch, limiter: Limiter, aim: Aim, forecast: Forecast) -> _Round:
    """Limit and measure until the aim is reached or turns out to be unreachable."""
    ceiling_db, most_db, knee_db = limiter.ceiling_db + MARGIN_DB, aim.gain_db + MOST_PUSH_DB, FIRST_KNEE_DB
    over = 0.0

    def misses(done: _Round) -> tuple[bool, bool]:
        return done.after.true_peak_dbtp > ceiling_db, abs(aim.short(done.after)) > CLOSE_DB

    best: _Round | None = None
    for number in range(MOST_ROUNDS):
        if not aim.excuse:
            gain_db = nearest_step(forecast.gain(aim.gain_db, most_db, limiter.ceiling_db, knee_db))
            if best is not None and abs(gain_db - limiter.gain_db) < LEAST_STEP_DB and over <= 0:
                break
            limiter = replace(limiter, gain_db=gain_db)
        measured = watch.measure(limiter, f"limiting, round {number + 1}")
        after = measured.levels.loudness()
        done = _Round(limiter, measured.levels, after, measured.limited_db)
        # The last round is the best unless an earlier one came closer. If the aim cannot be reached, closer only means more limiting.
        if best is None or misses(done) <= misses(best):
            best = done
        over = after.true_peak_dbtp - ceiling_db
        if abs(aim.short(after)) <= CLOSE_DB and over <= 0:
            break
        knee_db = forecast.fit(limiter.gain_db, limiter.ceiling_db, limiter.gain_db - aim.gain_db + aim.short(after))
        if over > 0:
            limiter = replace(limiter, ceiling_db=limiter.ceiling_db - step_up(over + 0.01))
    assert best is not None  # there is a first round
    # What is left over is a change of level. What is missing stays missing: the peaks are as high as another meter may read them.
    return best.turned(min(nearest_step(aim.short(best.after)), 0.0))


class _Watch:
    """Measures a mix pass by pass, and reports progress."""

    def __init__(self, on_progress: OnProgress | None, stream: AudioStream, pieces: Pieces | None, pool: Workers) -> None:
        self._on_progress = on_progress
        self._stream, self._pieces, self._pool = stream, pieces, pool
        self._seconds = stream.frames / stream.sample_rate
        self._total = self._seconds * (1 + MOST_ROUNDS)
        self._passes = 0

    def measure(self, limiter: Limiter | None, detail: str) -> PassLevels:
        """Measure the mix, limited if there is a limiter."""

        def on_frames(frames: int) -> None:
            self._say(self._passes * self._seconds + frames / self._stream.sample_rate, detail)

        if self._pieces is None:
            measured = whole_pass(self._stream, limiter, self._pool, on_frames)
        else:
            measured = pass_in_pieces(self._pieces, self._stream, limiter, self._pool, on_frames)
        self._passes += 1
        return measured

    def done(self) -> None:
        self._say(self._total, "")

    def _say(self, done: float, detail: str) -> None:
        if self._on_progress is not None:
            self._on_progress(Progress("master", done, self._total, detail))
