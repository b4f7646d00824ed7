"""Files that are encoded while the master is read: samples are resampled in one thread and encoded in another."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np

from voiceover.audio.files import PcmWriter, Resampler, db_to_gain
from voiceover.errors import PublishError
from voiceover.publish.audio_file import AudioFileSpec, FileEncoder
from voiceover.publish.id3 import id3_tag
from voiceover.publish.lanes import Lane
from voiceover.publish.lossless import BITS
from voiceover.publish.mp3 import Mp3Writer, pcm_for_lame
from voiceover.publish.tags import Tags
from voiceover.system.files import os_errors_as
from voiceover.types import FloatArray


class FileSink:
    """Receives the samples of one file, at the master's sample rate.

    The encoder has a thread of its own, so that it, the slowest step, never waits for the resampler. ``put`` and ``close`` raise the errors
    of the threads; errors of the system become PublishError.
    """

    def __init__(self, spec: AudioFileSpec, encoder: FileEncoder, from_rate: int, gain_db: float = 0.0) -> None:
        self._spec, self._encoder = spec, encoder
        self._gain = np.float32(db_to_gain(gain_db))
        self._encoding: Lane[FloatArray] = Lane(self._encode, self._finish)
        self._first = self._encoding
        if from_rate != spec.sample_rate:
            resampler = Resampler(from_rate, spec.sample_rate, spec.channels)
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
        with os_errors_as(PublishError, f"write the {self._spec.kind.label}", self._spec.path):
            self._encoder.write(block if self._gain == 1 else block * self._gain)

    def _finish(self) -> None:
        with os_errors_as(PublishError, f"write the {self._spec.kind.label}", self._spec.path):
            self._encoder.finish()
            self._encoder.close()


class Mp3File:
    """An MP3 with its tag in front."""

    def __init__(self, spec: AudioFileSpec) -> None:
        self._bitrate = spec.bitrate
        self._file = spec.path.open("w+b")
        self._file.write(id3_tag(spec.tags))
        self._writer = Mp3Writer(self._file, spec.channels, spec.bitrate, spec.sample_rate)

    def write(self, block: FloatArray) -> None:
        self._writer.write(pcm_for_lame(block, self._bitrate))

    def finish(self) -> None:
        self._writer.finish()

    def close(self) -> None:
        self._file.close()


class LosslessFile:
    """A lossless file, whose tags are written after the last sample."""

    def __init__(self, tag: Callable[[Path, Tags], None], spec: AudioFileSpec) -> None:
        self._spec, self._tag = spec, tag
        self._writer = PcmWriter(spec.path, spec.kind.name, spec.sample_rate, spec.channels, BITS)

    def write(self, block: FloatArray) -> None:
        self._writer.write(block)

    def finish(self) -> None:
        self._writer.close()
        with os_errors_as(PublishError, "write the tags", self._spec.path):
            self._tag(self._spec.path, self._spec.tags)

    def close(self) -> None:
        self._writer.close()
