"""How far music is lowered under each line, so that speech always stays clear of it.

Music is lowered by the depth that the script asks for. Where it would still be less than ``CLEARANCE_LU`` below a line, because the music
is loud there or the line is quiet, it is lowered further for that line. Both are measured: the music in steps of 100 ms as it is in the
mix, the lines when they were recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from voiceover.audio.level_steps import BALANCE_DB, step_up
from voiceover.audio.loudness import to_lufs
from voiceover.audio.stretch_levels import Powers
from voiceover.mix.duck import DuckedLine, Ducker
from voiceover.mix.levels import SILENT_LUFS, line_lufs
from voiceover.types import CLEARANCE_LU, Ducking, MusicReport, Timeline

_ROUNDS = 6
_SPARE_LU = 0.02
_WINDOW = 30
"""The music under a line is as loud as its loudest 3 s there (short-term loudness), or the whole of it under a shorter line."""
_PARTS = 4
"""The reduction is looked up this many times per 100 ms."""


def clear_of_speech(timeline: Timeline, channels: int, ducking: Ducking, bed: Powers) -> tuple[tuple[DuckedLine, ...], MusicReport | None]:
    """Return how far the music is lowered for each line, and what that amounts to; None if there is no music under a line.

    ``bed`` is the K-weighted power of the music before it is lowered, of each 100 ms of the timeline.
    """
    rate = timeline.sample_rate
    placed = sorted((line for line in timeline.placed if line.take.speech_power > 0), key=lambda line: line.start_frame)
    lines = [DuckedLine(line.speech_start_frame / rate, line.speech_end_frame / rate, ducking.depth_db) for line in placed]
    speech = [line_lufs(line, channels) for line in placed]
    nearest, _ = _under(lines, ducking, bed)
    for _ in range(_ROUNDS):
        short = [CLEARANCE_LU - level + music for level, music in zip(speech, nearest, strict=True)]
        if max(short, default=0.0) <= 0:
            break
        deeper = [step_up(more + _SPARE_LU, BALANCE_DB) if more > 0 else 0.0 for more in short]
        lines = [replace(line, depth_db=round(line.depth_db + more, 2)) for line, more in zip(lines, deeper, strict=True)]
        nearest, _ = _under(lines, ducking, bed)
    nearest, mean = _under(lines, ducking, bed)
    heard = [number for number, music in enumerate(nearest) if music > -np.inf]
    if not heard:
        return tuple(lines), None
    seconds = np.array([lines[number].end_seconds - lines[number].start_seconds for number in heard])
    said, played = (np.array([10 ** (levels[number] / 10) for number in heard]) for levels in (speech, mean))
    overall = 10 * float(np.log10((seconds * said).sum() / (seconds * played).sum()))
    least = min(speech[number] - nearest[number] for number in heard)
    extra = max(line.depth_db for line in lines) - ducking.depth_db
    return tuple(lines), MusicReport(round(overall, 2), round(least, 2), round(extra, 2))


def _under(lines: Sequence[DuckedLine], ducking: Ducking, bed: Powers) -> tuple[list[float], list[float]]:
    """Return the loudness of the music under each line: where it is loudest, and on average; -inf where there is none."""
    ducker = Ducker(lines, ducking)
    loudest, mean = [], []
    for line in lines:
        first = min(round(10 * line.start_seconds), max(len(bed) - 1, 0))
        powers = bed[first : max(round(10 * line.end_seconds), first + 1)]
        if not len(powers) or to_lufs(float(powers.max())) <= SILENT_LUFS:
            loudest.append(-np.inf)
            mean.append(-np.inf)
            continue
        times = (first + (np.arange(len(powers) * _PARTS) + 0.5) / _PARTS) / 10
        lowered = powers * (10 ** (ducker.reduction_db(times) / -10)).reshape(-1, _PARTS).mean(axis=1)
        windows = sliding_window_view(lowered, min(_WINDOW, len(lowered))).mean(axis=1)
        loudest.append(to_lufs(float(windows.max())))
        mean.append(to_lufs(float(lowered.mean())))
    return loudest, mean
