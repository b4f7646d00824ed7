"""Files that are encoded while the master is read: samples are resampled in one thread and encoded in another."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Protocol

from voiceover.audio.files import PcmWriter, Resampler
from voiceover.audio.formats import AudioFormat
from voiceover.errors import PublishError
from voiceover.publish.id3 import id3_tag
from voiceover.publish.lanes import Lane
from voiceover.publish.lossless import BITS
from voiceover.publish.mp3 import Mp3Writer, pcm_for_lame
from voiceover.publish.tags import Tags
from voiceover.system.files import os_errors_as
from voiceover.types import FloatArray


class Encoder(Protocol):
    """Encodes samples, at the sample rate of its file, and writes the file."""

    def write(self, block: FloatArray, /) -> None:
        """Encode a block of shape (frames, channels)."""
        ...

    def finish(self) -> None:
        """Encode the rest and complete the file."""
        ...

    def close(self) -> None:
        """Release what is open, also of a file that is not complete; may be called repeatedly. Raises nothing but OSError."""
        ...


class FileSink:
    """Receives the samples of one file, at the master's sample rate.

    The encoder has a thread of its own, so that it, the slowest step, never waits for the resampler. ``put`` and ``close`` raise the errors
    of the threads; errors of the system become PublishError.
    """

    def __init__(self, kind: AudioFormat, path: Path, encoder: Encoder, from_rate: int, to_rate: int, channels: int) -> None:
        self._kind, self._path, self._encoder = kind, path, encoder
        self._encoding: Lane[FloatArray] = Lane(self._encode, self._finish)
        self._first = self._encoding
        if from_rate != to_rate:
            resampler = Resampler(from_rate, to_rate, channels)
            self._first = Lane(partial(self._resample, resampler), partial(self._flush, resampler))

    def put(self, block: FloatArray) -> None:
        self._first.put(block)

    def close(self) -> None:
        self._first.close()

    def cancel(self) -> None:
        """End the threads and leave the file as it is; may be called after ``close``, and repeatedly."""
        self._first.cancel()
        self._encoding.cancel()
        with suppress(OSError, PublishError):
            self._encoder.close()

    def _resample(self, resampler: Resampler, block: FloatArray) -> None:
        self._encoding.put(resampler.process(block))

    def _flush(self, resampler: Resampler) -> None:
        self._encoding.put(resampler.finish())
        self._encoding.close()

    def _encode(self, block: FloatArray) -> None:
        with os_errors_as(PublishError, f"write the {self._kind.label}", self._path):
            self._encoder.write(block)

    def _finish(self) -> None:
        with os_errors_as(PublishError, f"write the {self._kind.label}", self._path):
            self._encoder.finish()
            self._encoder.close()


class Mp3File:
    """An MP3 with its tag in front."""

    def __init__(self, path: Path, tags: Tags, sample_rate: int, channels: int, bitrate: int) -> None:
        self._bitrate = bitrate
        self._file = path.open("w+b")
        self._file.write(id3_tag(tags))
        self._writer = Mp3Writer(self._file, channels, bitrate, sample_rate)

    def write(self, block: FloatArray) -> None:
        self._writer.write(pcm_for_lame(block, self._bitrate))

    def finish(self) -> None:
        self._writer.finish()

    def close(self) -> None:
        self._file.close()


class LosslessFile:
    """A lossless file, whose tags are written after the last sample."""

    def __init__(
        self, kind: AudioFormat, tag: Callable[[Path, Tags], None], path: Path, tags: Tags, sample_rate: int, channels: int, _bitrate: int
    ) -> None:
        self._path, self._tags, self._tag = path, tags, tag
        self._writer = PcmWriter(path, kind.name, sample_rate, channels, BITS)

    def write(self, block: FloatArray) -> None:
        self._writer.write(block)

    def finish(self) -> None:
        self._writer.close()
        with os_errors_as(PublishError, "write the tags", self._path):
            self._tag(self._path, self._tags)

    def close(self) -> None:
        self._writer.close()
