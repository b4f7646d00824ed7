"""Reads a recording, or a part of it, with all its channels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voiceover.audio.clip_header import read_clip_header
from voiceover.audio.decode import readable
from voiceover.audio.files import open_audio
from voiceover.audio.limits import BEST_CLIP, CLIP, RECORDING, AudioLimits
from voiceover.errors import VoiceError
from voiceover.types import Clip, FloatArray

_SLACK_SECONDS = 0.05
"""A part may end this far after the file does, since people round times."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A recording as it was read."""

    samples: FloatArray
    """Shape (frames, channels)."""
    sample_rate: int
    start_seconds: float = 0.0
    """Its start in the file."""


def read_recording(path: Path, start: float | None = None, stop: float | None = None) -> Recording:
    """Read the part of a file from ``start`` to ``stop`` in seconds; all of it if both are None.

    Any format that libsndfile or a decoder of ``audio.decode`` reads works. Raises InputError for a file that cannot be read, VoiceError
    for a part that is not in it or exceeds the limits of a recording.
    """
    begin = start or 0.0
    if begin < 0 or (stop is not None and stop <= begin):
        raise VoiceError(f"{path}: the part from {begin:g} s to {stop or 0:g} s is empty; --to must be after --from")
    if stop is not None and stop - begin > RECORDING.seconds:
        raise VoiceError(f"{path}: {(stop - begin) / 60:.0f} minutes are too long; a clip has {BEST_CLIP}")
    with readable(path, (begin + RECORDING.seconds if stop is None else stop) + 1.0) as sound:
        return _part(path, sound, RECORDING, begin, stop)


def read_clip_recording(clip: Clip) -> Recording:
    """Read a voice's clip with all its channels. Raises InputError if it cannot be read, VoiceError if it exceeds the limits of a clip."""
    read_clip_header(clip.path)
    return _part(clip.path, clip.path, CLIP, 0.0, None)


def _part(path: Path, sound: Path, limits: AudioLimits, begin: float, stop: float | None) -> Recording:
    """Read a part of ``sound``, which messages call ``path``; only the part is kept in memory."""
    stream = open_audio(sound)
    rate, channels = stream.sample_rate, stream.channels
    _refuse(path, limits.format_problem(rate, channels))
    most = limits.most_frames(rate, channels)
    first = round(begin * rate)
    last = first + most if stop is None else round(stop * rate)
    _refuse(path, limits.length_problem(rate, channels, last - first))
    if stop is None:
        _refuse(path, limits.length_problem(rate, channels, stream.frames - first))
    samples = np.empty((max(min(last, stream.frames) - first, 0), channels), np.float32)
    kept = at = 0
    for block in stream.blocks():
        part = block[max(first - at, 0) : max(last - at, 0)]
        if len(part) > len(samples) - kept:  # the header promised less
            samples = np.concatenate((samples[:kept], np.empty((max(len(part), kept), channels), np.float32)))
        samples[kept : kept + len(part)] = part
        kept += len(part)
        at += len(block)
        if at > last:
            break
    if stop is None and at > last:
        _refuse(path, limits.length_problem(rate, channels, at - first))
    if (at <= first and at) or (stop is not None and at < last - round(_SLACK_SECONDS * rate)):
        raise VoiceError(f"{path}: ends at {at / rate:.2f} s; the part from {begin:g} s{f' to {stop:g} s' if stop else ''} is not in it")
    samples = samples[:kept]
    if not np.isfinite(samples).all():
        raise VoiceError(f"{path}: contains NaN or infinity; export it again")
    return Recording(samples, rate, begin)


def _refuse(path: Path, problem: str | None) -> None:
    if problem is not None:
        raise VoiceError(f"{path}: {problem}")
