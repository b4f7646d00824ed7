"""PyAV, FFmpeg's libraries for Python: encodes packets, and decodes finished files block by block."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from voiceover.audio.codecs import Codec
from voiceover.errors import InputError, PublishError
from voiceover.types import FloatArray


def is_installed() -> bool:
    """True if PyAV is there."""
    return importlib.util.find_spec("av") is not None


def version() -> str:
    """Return the version of PyAV, which decides that of FFmpeg."""
    return importlib.metadata.version("av")


class PyavEncoder:
    """Encodes in this process; PyAV releases the GIL meanwhile."""

    def __init__(self, codec: Codec, sample_rate: int, channels: int, bitrate: int) -> None:
        import av

        self._av, self._codec, self._rate = av, codec, sample_rate
        self._layout = "mono" if channels == 1 else "stereo"
        self._frames = 0
        try:
            context = av.CodecContext.create(codec.encoder, "w")
            context.sample_rate, context.layout, context.format = sample_rate, self._layout, codec.sample_format
            context.bit_rate, context.time_base = 1000 * bitrate, Fraction(1, sample_rate)
            # Without bitexact, FFmpeg's version is part of the first packet.
            context.options = {**codec.options, "flags": "+bitexact"}
            context.open()
        except (av.error.FFmpegError, ValueError) as error:
            raise self._failure(error) from error
        self._context: Any = context

    @property
    def header(self) -> bytes:
        return bytes(self._context.extradata)

    def encode(self, block: FloatArray) -> list[bytes]:
        if not len(block):
            return []
        planar = self._codec.sample_format.endswith("p")
        samples = np.ascontiguousarray(block.T) if planar else np.ascontiguousarray(block).reshape(1, -1)
        frame = self._av.AudioFrame.from_ndarray(samples, format=self._codec.sample_format, layout=self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._frames, Fraction(1, self._rate)
        self._frames += len(block)
        return self._packets(frame)

    def finish(self) -> list[bytes]:
        return self._packets(None)

    def close(self) -> None:
        self._context = None

    def _packets(self, frame: Any) -> list[bytes]:
        try:
            return [bytes(packet) for packet in self._context.encode(frame)]
        except (self._av.error.FFmpegError, ValueError) as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> PublishError:
        return PublishError(f"PyAV cannot encode {self._codec.label}: {error}")


def decoded_blocks(path: Path) -> Iterator[FloatArray]:
    """Yield the samples of a file of our own in blocks of shape (frames, channels). Raises InputError if it cannot be read."""
    import av

    try:
        with av.open(f"file:{path.absolute()}") as container:
            stream = container.streams.audio[0]
            to_float = av.AudioResampler(format="flt", layout=stream.layout, rate=stream.rate)
            for frame in container.decode(stream):
                for part in to_float.resample(frame):
                    yield part.to_ndarray().reshape(-1, len(part.layout.channels))
    except (av.error.FFmpegError, IndexError, ValueError) as error:
        raise InputError(f"{path}: cannot be decoded ({error})") from error
