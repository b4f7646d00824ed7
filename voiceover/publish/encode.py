"""Encode a master into all formats in one pass."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TypeAlias

from voiceover.audio.formats import FLAC, FORMATS, MP3, WAV, AudioFormat
from voiceover.errors import PublishError
from voiceover.publish.lossless import tag_flac, tag_wav
from voiceover.publish.sinks import Encoder, FileSink, LosslessFile, Mp3File
from voiceover.publish.tags import Tags
from voiceover.system.files import os_errors_as
from voiceover.types import AudioStream, Encoding, LoudnessTarget

ACX_BITRATE = 192
"""Lowest constant bitrate in kbps that ACX accepts (ACX Audio Submission Requirements)."""

EncoderOpener: TypeAlias = Callable[[Path, Tags, int, int, int], Encoder]
"""Creates a file for a path, tags, sample rate in Hz, number of channels, and bitrate in kbps (0 for lossless formats)."""


_OPENERS: Mapping[AudioFormat, EncoderOpener] = {
    MP3: Mp3File,
    FLAC: partial(LosslessFile, FLAC, tag_flac),
    WAV: partial(LosslessFile, WAV, tag_wav),
}
"""What creates a file of each format."""


def encoding_for(target: LoudnessTarget) -> Encoding:
    """Return what the platform of a loudness target requires."""
    return Encoding({MP3.name: ACX_BITRATE}) if target.name == "acx" else Encoding()


def bitrate_of(kind: AudioFormat, channels: int, encoding: Encoding) -> int:
    """Return the bitrate of a file in kbps; 0 for a lossless format."""
    return encoding.bitrates.get(kind.name, kind.default_bitrates[channels - 1])


def headroom_db(formats: Collection[str], encoding: Encoding) -> float:
    """Return how far in dB a master must stay below the ceiling so that the files of all ``formats`` do not exceed it.

    A larger overshoot is detected in the finished files (see ``overshoot``).
    """

    def needed(kind: AudioFormat) -> float:
        return kind.low_headroom_db if encoding.bitrates.get(kind.name, kind.low_bitrate) < kind.low_bitrate else kind.headroom_db

    return max((needed(FORMATS[name]) for name in formats), default=0.0)


def open_sink(kind: AudioFormat, path: Path, stream: AudioStream, tags: Tags, encoding: Encoding) -> FileSink:
    """Return the sink that encodes ``stream`` as ``kind`` into a new file. Raises PublishError and OSError if it cannot be created."""
    rate = encoding.sample_rate or kind.sample_rate or stream.sample_rate
    encoder = _OPENERS[kind](path, tags, rate, stream.channels, bitrate_of(kind, stream.channels, encoding))
    return FileSink(kind, path, encoder, stream.sample_rate, rate, stream.channels)


def encode_files(stream: AudioStream, tags: Tags, paths: Mapping[str, Path], encoding: Encoding, on_block: Callable[[int], None]) -> None:
    """Encode ``stream`` into the file of each format in ``paths``, reading it once; ``on_block`` is called with the frames done so far.

    Raises PublishError if a file cannot be written; the unfinished files then remain.
    """
    sinks: list[FileSink] = []
    try:
        for name, path in paths.items():
            with os_errors_as(PublishError, f"write the {FORMATS[name].label}", path):
                sinks.append(open_sink(FORMATS[name], path, stream, tags, encoding))
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
