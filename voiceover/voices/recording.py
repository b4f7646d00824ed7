"""Reads a recording, or a part of it, as its channels are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voiceover.audio import open_audio
from voiceover.decode import LONGEST_SECONDS, readable
from voiceover.errors import VoiceError
from voiceover.types import FloatArray

_SLACK_SECONDS = 0.05
"""A part may name an end that lies this far behind the file's: people round."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Sound as it was recorded."""

    samples: FloatArray
    """Shape (frames, channels)."""
    sample_rate: int
    start_seconds: float = 0.0
    """Where in the file it begins."""


def read_recording(path: Path, start: float | None = None, stop: float | None = None) -> Recording:
    """The part of a file from ``start`` to ``stop`` in seconds, all of it where both are None.

    Any format that libsndfile or a decoder of ``voiceover.decode`` reads. Raises InputError where the file cannot be read, VoiceError for
    a part that it does not have and for more than 10 minutes.
    """
    begin = start or 0.0
    if begin < 0 or (stop is not None and stop <= begin):
        raise VoiceError(f"{path}: a part from {begin:g} s to {stop or 0:g} s is none; --to must lie behind --from")
    if stop is not None and stop - begin > LONGEST_SECONDS:
        raise VoiceError(f"{path}: {(stop - begin) / 60:.0f} minutes are too much; a clip has 4 to 8 s")
    with readable(path, (begin + LONGEST_SECONDS if stop is None else stop) + 1.0) as sound:
        stream = open_audio(sound)
        rate = stream.sample_rate
        first, last = round(begin * rate), round((begin + LONGEST_SECONDS if stop is None else stop) * rate)
        kept, at = [], 0
        for block in stream.blocks():
            kept.append(block[max(first - at, 0) : max(last - at, 0)])
            at += len(block)
            if at > last:
                break
    if stop is None and at > last:
        raise VoiceError(f"{path}: is longer than {LONGEST_SECONDS / 60:.0f} minutes; say with --from and --to which part is the clip")
    if (at <= first and at) or (stop is not None and at < last - round(_SLACK_SECONDS * rate)):
        raise VoiceError(f"{path}: ends at {at / rate:.2f} s; the part from {begin:g} s{f' to {stop:g} s' if stop else ''} is not in it")
    samples = np.concatenate(kept) if kept else np.zeros((0, 1), np.float32)
    if not np.isfinite(samples).all():
        raise VoiceError(f"{path}: holds samples that are not numbers; export it again")
    return Recording(samples, rate, begin)
