"""Encode a master into all formats: an MP3 piece by piece, the others in one pass."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path

from voiceover.audio.files import resampled_frames
from voiceover.audio.formats import FLAC, FORMATS, M4A, M4B, MP3, OPUS, WAV, AudioFormat
from voiceover.errors import PublishError
from voiceover.publish.audio_file import AudioFileSpec, FileEncoder
from voiceover.publish.containers.mp4 import Mp4File
from voiceover.publish.containers.opus import OpusFile
from voiceover.publish.lossless import tag_flac, tag_wav
from voiceover.publish.mp3_pieces import write_mp3_in_pieces
from voiceover.publish.sinks import FileSink, LosslessFile, Mp3File
from voiceover.publish.tags import Tags
from voiceover.system.files import os_errors_as
from voiceover.types import GRID_RATE, AudioStream, Encoding, Pieces

_OPENERS: Mapping[AudioFormat, Callable[[AudioFileSpec], FileEncoder]] = {
    MP3: Mp3File,
    M4A: Mp4File,
    M4B: Mp4File,
    OPUS: OpusFile,
    FLAC: partial(LosslessFile, tag_flac),
    WAV: partial(LosslessFile, tag_wav),
}
"""What creates a file of each format."""


def bitrate_of(kind: AudioFormat, channels: int, encoding: Encoding) -> int:
    """Return the bitrate of a file in kbps; 0 for a lossless format."""
    return encoding.bitrates.get(kind.name, kind.default_bitrates[channels - 1])


def sample_rate_of(kind: AudioFormat, master_rate: int, encoding: Encoding) -> int:
    """Return the sample rate of a file in Hz."""
    wanted = encoding.sample_rate if encoding.sample_rate in kind.sample_rates else None
    return wanted or kind.sample_rate or master_rate


def headroom_db(formats: Collection[str], encoding: Encoding) -> float:
    """Return how far in dB a master must stay below the ceiling so that the files of all ``formats`` do not exceed it.

    A larger overshoot is detected in the finished files (see ``overshoot``).
    """

    def needed(kind: AudioFormat) -> float:
        return kind.low_headroom_db if encoding.bitrates.get(kind.name, kind.low_bitrate) < kind.low_bitrate else kind.headroom_db

    return max((needed(FORMATS[name]) for name in formats), default=0.0)


def spec_of(kind: AudioFormat, path: Path, stream: AudioStream, tags: Tags, encoding: Encoding) -> AudioFileSpec:
    """Return what the file of ``stream`` is to be."""
    rate = sample_rate_of(kind, stream.sample_rate, encoding)
    frames = resampled_frames(stream.frames, stream.sample_rate, rate)
    return AudioFileSpec(kind, path, tags, rate, stream.channels, bitrate_of(kind, stream.channels, encoding), frames)


def open_encoder(spec: AudioFileSpec) -> FileEncoder:
    """Create the file of ``spec``. Raises PublishError and OSError."""
    return _OPENERS[spec.kind](spec)


def encode_files(
    stream: AudioStream,
    tags: Tags,
    paths: Mapping[str, Path],
    encoding: Encoding,
    on_block: Callable[[int], None],
    gains: Mapping[str, float] | None = None,
    pieces: Pieces | None = None,
    peak_floor: float = 1.0,
) -> Mapping[str, float]:
    """Encode ``stream`` into the file of each format in ``paths``; ``on_block`` is called with the frames done so far.

    ``gains`` are in dB by format. An MP3 on the grid of ``pieces``, those of the stream, is put together from them; the stream is read once
    for all other files.

    Return the decoded true peak, at least ``peak_floor``, of each file for which it is known. Raises PublishError if a file cannot be
    written; the unfinished files then remain.
    """
    specs = {name: spec_of(FORMATS[name], path, stream, tags, encoding) for name, path in paths.items()}
    cut = [name for name, spec in specs.items() if pieces is not None and spec.kind is MP3 and spec.sample_rate == GRID_RATE]
    whole = [name for name in specs if name not in cut]
    share = max(len(cut) + bool(whole), 1)
    peaks: dict[str, float] = {}
    for name in cut:
        assert pieces is not None  # only then
        peaks[name] = write_mp3_in_pieces(pieces, specs[name], peak_floor, lambda frames: on_block(frames // share))
    done = len(cut) * stream.frames

    def on_whole(frames: int) -> None:
        on_block((done + frames) // share)

    if whole:
        _encode_whole(stream, [(specs[name], (gains or {}).get(name, 0.0)) for name in whole], on_whole)
    return peaks


def _encode_whole(stream: AudioStream, files: Sequence[tuple[AudioFileSpec, float]], on_block: Callable[[int], None]) -> None:
    """Encode a stream into files, each changed by a gain in dB, reading it once."""
    sinks: list[FileSink] = []
    try:
        for spec, gain_db in files:
            with os_errors_as(PublishError, f"write the {spec.kind.label}", spec.path):
                sinks.append(FileSink(spec, open_encoder(spec), stream.sample_rate, gain_db))
        done = 0
        for block in stream.blocks():
            for sink in sinks:
                sink.put(block)
            done += len(block)
            on_block(done)
        if done != stream.frames:
            raise PublishError(f"the master has {done} frames instead of {stream.frames}")
        for sink in sinks:
            sink.close()
    finally:
        for sink in sinks:
            sink.cancel()
