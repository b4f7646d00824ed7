"""Encode a master into all formats in one pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Protocol

from voiceover.audio.files import PcmWriter, Resampler
from voiceover.audio.formats import FLAC, FORMATS, WAV, AudioFormat
from voiceover.errors import PublishError
from voiceover.publish.id3 import id3_tag
from voiceover.publish.lanes import Lane
from voiceover.publish.lossless import BITS, tag_flac, tag_wav
from voiceover.publish.mp3 import DEFAULT_BITRATE, SAMPLE_RATE, Mp3Writer, pcm_for_lame
from voiceover.publish.tags import Tags
from voiceover.system.files import os_errors_as
from voiceover.types import AudioStream, FloatArray


class Sink(Protocol):
    """Receives the samples of one file. ``put`` and ``close`` raise the errors of its threads."""

    def put(self, block: FloatArray, /) -> None: ...

    def close(self) -> None: ...

    def cancel(self) -> None: ...


class Mp3Sink:
    """Resamples in one thread and encodes in another, so that LAME, the slowest step, never waits."""

    def __init__(self, path: Path, stream: AudioStream, tags: Tags, bitrate: int | None) -> None:
        self._path = path
        self._bitrate = bitrate or DEFAULT_BITRATE[stream.channels]
        self._file = path.open("w+b")
        self._file.write(id3_tag(tags))
        self._writer = Mp3Writer(self._file, stream.channels, self._bitrate)
        self._encoding: Lane[bytes] = Lane(self._encode, self._finish)
        resampler = Resampler(stream.sample_rate, SAMPLE_RATE, stream.channels)
        self._resampling: Lane[FloatArray] = Lane(partial(self._resample, resampler), partial(self._flush, resampler))

    def put(self, block: FloatArray) -> None:
        self._resampling.put(block)

    def close(self) -> None:
        self._resampling.close()

    def cancel(self) -> None:
        self._resampling.cancel()
        self._encoding.cancel()
        with suppress(OSError):
            self._file.close()

    def _resample(self, resampler: Resampler, block: FloatArray) -> None:
        self._encoding.put(pcm_for_lame(resampler.process(block), self._bitrate))

    def _flush(self, resampler: Resampler) -> None:
        self._encoding.put(pcm_for_lame(resampler.finish(), self._bitrate))
        self._encoding.close()

    def _encode(self, pcm: bytes) -> None:
        with os_errors_as(PublishError, "write the MP3", self._path):
            self._writer.write(pcm)

    def _finish(self) -> None:
        with os_errors_as(PublishError, "write the MP3", self._path):
            self._writer.finish()
            self._file.close()


class LosslessSink:
    """Writes a lossless file in a thread, and its tags after the last sample."""

    def __init__(self, path: Path, stream: AudioStream, tags: Tags, tag: Callable[[Path, Tags], None]) -> None:
        self._path, self._tags, self._tag = path, tags, tag
        self._writer = PcmWriter(path, path.suffix[1:], stream.sample_rate, stream.channels, BITS)
        self._lane: Lane[FloatArray] = Lane(self._writer.write, self._finish)

    def put(self, block: FloatArray) -> None:
        self._lane.put(block)

    def close(self) -> None:
        self._lane.close()

    def cancel(self) -> None:
        self._lane.cancel()
        with suppress(PublishError):
            self._writer.close()

    def _finish(self) -> None:
        self._writer.close()
        with os_errors_as(PublishError, "write the tags", self._path):
            self._tag(self._path, self._tags)


_TAG_WRITERS: Mapping[AudioFormat, Callable[[Path, Tags], None]] = {WAV: tag_wav, FLAC: tag_flac}
"""Functions that write the tags into a complete file, by lossless format."""


def open_sink(kind: AudioFormat, path: Path, stream: AudioStream, tags: Tags, bitrate: int | None) -> Sink:
    """Return the sink that encodes ``stream`` as ``kind`` into a new file; ``bitrate`` in kbps is for MP3 only."""
    return LosslessSink(path, stream, tags, _TAG_WRITERS[kind]) if kind.lossless else Mp3Sink(path, stream, tags, bitrate)


def encode_files(stream: AudioStream, tags: Tags, paths: Mapping[str, Path], bitrate: int | None, on_block: Callable[[int], None]) -> None:
    """Encode ``stream`` into the file of each format in ``paths``, reading it once; ``on_block`` is called with the frames done so far.

    Raises PublishError if a file cannot be written; the unfinished files then remain.
    """
    sinks: list[Sink] = []
    try:
        for name, path in paths.items():
            with os_errors_as(PublishError, f"write the {FORMATS[name].label}", path):
                sinks.append(open_sink(FORMATS[name], path, stream, tags, bitrate))
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
