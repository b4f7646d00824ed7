"""Peaks and loudness of an encoded file. A lossy encoder changes the waveform, so the file has to be decoded to find them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from voiceover.audio.chunks import cut, worker_threads
from voiceover.audio.files import FileStream, db_to_gain, decoded_blocks, gain_to_db
from voiceover.audio.formats import MP3
from voiceover.audio.loudness import measure
from voiceover.audio.true_peak import context_frames, true_peak
from voiceover.publish.decoded import open_decoded
from voiceover.system.threads import BackgroundThread
from voiceover.types.lazy_dataclass import dataclass

_CHUNK_SECONDS = 10
_PARTS = 2
"""Parts of the file that are decoded in parallel, since decoding takes nearly all of the time and a decoder uses one thread."""
_LEAD_SECONDS = 0.5
"""Each part is read from this much earlier, since a decoder that starts within a file is exact only after a few frames (26 ms each)."""


@dataclass(frozen=True, slots=True)
class DecodedLevel:
    """Peaks and loudness of a decoded file, compared with what it should have."""

    over_db: float
    """By how many dB the true peak exceeds the ceiling; 0.0 if it does not."""
    short_lu: float
    """By how many LU it is quieter than the master."""


def decoded_level(path: Path, ceiling_db: float, lufs: float) -> DecodedLevel:
    """Decode a file and compare it with a ceiling and the master's loudness. Raises InputError if it cannot be read.

    An hour of MP3 takes 2 to 3 s of CPU time, shared by two threads, since only its peaks are looked for: LAME's level is exact. An hour
    of AAC or Opus takes about three times as long.
    """
    stream = open_decoded(path)
    if path.suffix == MP3.suffix and isinstance(stream, FileStream):
        return DecodedLevel(peak_over(_highest_peak(stream, db_to_gain(ceiling_db)), ceiling_db), 0.0)
    with worker_threads() as pool:
        found = measure(stream, pool)
    return DecodedLevel(peak_over(db_to_gain(found.true_peak_dbtp), ceiling_db), lufs - found.integrated_lufs)


def peak_over(peak: float, ceiling_db: float) -> float:
    # Rounded, so that floating-point differences between machines do not change an episode.
    return max(round(gain_to_db(peak) - ceiling_db, 3), 0.0)


def peak_of_frames(data: bytes, channels: int, sample_rate: int, floor: float) -> float:
    """Return the true peak of a few MP3 frames as decoded, at least ``floor``."""
    context = context_frames(sample_rate)
    highest = floor
    for chunk in cut(decoded_blocks(data), channels, _CHUNK_SECONDS * sample_rate, context):
        highest = max(highest, true_peak(chunk.samples, chunk.frames, context, sample_rate, highest))
    return highest


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
