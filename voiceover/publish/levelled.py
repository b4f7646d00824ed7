"""Encode a master so that the decoded files have its loudness and stay below its ceiling."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Protocol

from voiceover.audio.files import db_to_gain
from voiceover.audio.formats import FORMATS
from voiceover.audio.level_steps import step_up
from voiceover.publish.encode import encode_files
from voiceover.publish.overshoot import DecodedLevel, decoded_level, peak_over
from voiceover.publish.tags import Tags
from voiceover.types import AudioStream, Encoding, LoudnessReport, OnProgress, Pieces, Progress

_log = logging.getLogger(__name__)

MOST_ENCODINGS = 4
TOLERANCE_LU = 0.06
"""A file further than this from the master's loudness is made again: with what the master may miss, it then lies within 0.1 LU."""
_SPARE_DB, _STEP = 0.05, 2.0
"""After an overshoot the master is lowered by more than that, since half or less of the reduction survives the encoder."""


class Mastered(AudioStream, Protocol):
    """A mastered stream."""

    @property
    def report(self) -> LoudnessReport: ...

    @property
    def pieces(self) -> Pieces | None:
        """Its pieces; None if it is not cut."""
        ...

    def lowered(self, by_db: float, on_progress: OnProgress | None = None, /) -> Mastered:
        """Return the same programme at the same loudness, with peaks ``by_db`` lower."""
        ...


def encode_levelled(
    master: Mastered, tags: Tags, paths: Mapping[str, Path], encoding: Encoding, on_progress: OnProgress | None
) -> LoudnessReport:
    """Encode into the file of each format in ``paths``; return the report of the encoded master, with what the files miss.

    If the decoded peaks of a lossy file exceed the ceiling, master and files are made again at a lower peak level. A file whose encoder
    takes away loudness, as AAC and Opus do at low bitrates, is made again with a gain of its own.
    """
    ceiling_db = master.report.target.ceiling_db
    lower_db, current, todo = 0.0, master, dict(paths)
    gains: dict[str, float] = {}
    levels: dict[str, DecodedLevel] = {}
    for left in reversed(range(MOST_ENCODINGS)):
        progress = encoding_progress(current, on_progress)
        peaks = encode_files(current, tags, todo, encoding, progress, gains, current.pieces, db_to_gain(ceiling_db))
        lufs = current.report.after.integrated_lufs
        for name, path in todo.items():
            if name in peaks:
                levels[name] = DecodedLevel(peak_over(peaks[name], ceiling_db), 0.0)
            elif not FORMATS[name].lossless:
                levels[name] = decoded_level(path, ceiling_db, lufs)
        over = max((level.over_db for level in levels.values()), default=0.0)
        quiet = {name: level.short_lu for name, level in levels.items() if isfinite(lufs) and abs(level.short_lu) > TOLERANCE_LU}
        if not (over > 0 or quiet) or not left:
            break
        for name, short in quiet.items():
            _log.info("%s: decoded, %.2f LU quieter than the master", paths[name].name, short)
            gains[name] = gains.get(name, 0.0) + short
        todo = {name: paths[name] for name in quiet}
        if over > 0:
            _log.info("%s: after encoding, peaks exceed the ceiling by %.2f dB", max(levels, key=lambda name: levels[name].over_db), over)
            lower_db += step_up(_STEP * over + _SPARE_DB)
            current, todo = master.lowered(lower_db, on_progress), dict(paths)
    notes = [note for name, level in levels.items() for note in _missed(FORMATS[name].label, level, ceiling_db)]
    if not notes:
        return current.report
    return replace(current.report, reached=False, note="; ".join(filter(None, (current.report.note, *notes))))


def _missed(label: str, level: DecodedLevel, ceiling_db: float) -> list[str]:
    """Return what a finished file misses."""
    notes = []
    if level.over_db > 0:
        peak = f"the {label}'s true peak is {ceiling_db + level.over_db:.2f} dB"
        notes.append(f"{peak}, over the ceiling of {ceiling_db:g} dB, as the encoder overshoots")
    if isfinite(level.short_lu) and abs(level.short_lu) > TOLERANCE_LU:
        notes.append(f"the {label} is {abs(level.short_lu):.2f} LU {'quieter' if level.short_lu > 0 else 'louder'} than the master")
    return notes


def encoding_progress(master: AudioStream, on_progress: OnProgress | None) -> Callable[[int], None]:
    """Return a function for the number of frames encoded so far, which reports the progress."""
    total = master.frames / master.sample_rate

    def report(frames: int) -> None:
        if on_progress is not None:
            on_progress(Progress("publish", frames / master.sample_rate, total))

    return report
