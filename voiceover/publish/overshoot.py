"""Peaks of an encoded file above the ceiling. A lossy encoder changes the waveform, so the file has to be decoded to find them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from voiceover.audio.chunks import cut
from voiceover.audio.files import FileStream, db_to_gain, gain_to_db
from voiceover.audio.true_peak import context_frames, true_peak
from voiceover.publish.decoded import open_decoded
from voiceover.system.threads import BackgroundThread
from voiceover.types import AudioStream

_CHUNK_SECONDS = 10
_PARTS = 2
"""Parts of the file that are decoded in parallel, since decoding takes nearly all of the time and a decoder uses one thread."""
_LEAD_SECONDS = 0.5
"""Each part is read from this much earlier, since a decoder that starts within a file is exact only after a few frames (26 ms each)."""


def overshoot_db(path: Path, ceiling_db: float) -> float:
    """Return by how many dB the true peak of the decoded file exceeds ``ceiling_db``; 0.0 if it does not.

    An hour of MP3 takes 2 to 3 s of CPU time, shared by two threads. Raises InputError if the file cannot be read.
    """
    stream, ceiling = open_decoded(path), db_to_gain(ceiling_db)
    highest = _highest_peak(stream, ceiling) if isinstance(stream, FileStream) else _peak_of(stream, ceiling)
    # Rounded, so that floating-point differences between machines do not change an episode.
    return round(gain_to_db(highest / ceiling), 3)


def _peak_of(stream: AudioStream, floor: float) -> float:
    """Return the true peak of a stream that can only be read from its start, at least ``floor``."""
    rate, context = stream.sample_rate, context_frames(stream.sample_rate)
    for chunk in cut(stream.blocks(), stream.channels, _CHUNK_SECONDS * rate, context):
        floor = max(floor, true_peak(chunk.samples, chunk.frames, context, rate, floor))
    return floor


def _highest_peak(stream: FileStream, floor: float) -> float:
    """Return the true peak of a file, at least ``floor``, from parts that are decoded in parallel."""
    found: list[float] = [floor] * _PARTS
    failures: list[BaseException] = []

    def look(part: int) -> None:
        try:
            found[part] = _part_peak(stream, part, floor)
        except BaseException as error:
            failures.append(error)

    running = [BackgroundThread(partial(look, part)) for part in range(1, _PARTS)]
    look(0)
    for each in running:
        each.join()
    if failures:
        raise failures[0]
    return max(found)


def _part_peak(stream: FileStream, part: int, floor: float) -> float:
    """Return the true peak of one of ``_PARTS`` parts of equal length, at least ``floor``."""
    rate, length = stream.sample_rate, stream.frames // _PARTS
    context = context_frames(rate)
    begin, end = part * length, stream.frames if part == _PARTS - 1 else (part + 1) * length
    start = max(begin - round(_LEAD_SECONDS * rate), 0)
    # Frames on both sides of a border are read for both parts, since an edge of zeros would ring.
    stop = None if part == _PARTS - 1 else end + context
    highest, frame = floor, start
    for chunk in cut(stream.blocks(start, stop), stream.channels, _CHUNK_SECONDS * rate, context):
        first, last = max(begin - frame, 0), chunk.frames if stop is None else min(end - frame, chunk.frames)
        if first < last:
            inner = chunk.samples[:, first : last + 2 * context]
            highest = max(highest, true_peak(inner, last - first, context, rate, floor))
        frame += chunk.frames
    return highest
