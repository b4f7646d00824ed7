"""The program ffmpeg, through pipes: encodes packets, and decodes finished files block by block."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import BinaryIO

import numpy as np

from voiceover.audio.codecs import Codec
from voiceover.audio.packet_streams import adts_packets, ogg_packets
from voiceover.errors import InputError, PublishError
from voiceover.system.threads import BackgroundThread
from voiceover.types import FloatArray

_QUIET = ("-nostdin", "-hide_banner", "-loglevel", "error")
_BLOCK_FRAMES = 1 << 16
_END_SECONDS = 10.0
"""How long a program whose input has ended may take until it is killed."""
_VERSION = re.compile(r"^ffmpeg version (\S+)")
_ENCODER = re.compile(r"^ A\S{5} (\w+)", re.MULTILINE)


def program_version() -> str:
    """Return the version that the program states; ``unknown`` if it states none."""
    done = subprocess.run([_program(), "-version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    found = _VERSION.match(done.stdout)
    return found[1] if found else "unknown"


def program_encoders() -> frozenset[str]:
    """Return the names of the audio encoders that the program was built with; none if it cannot be run."""
    return _encoders_of(_program())


@cache
def _encoders_of(program: str) -> frozenset[str]:
    try:
        done = subprocess.run(
            [program, "-hide_banner", "-encoders"], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
        )
    except OSError:
        return frozenset()
    return frozenset(_ENCODER.findall(done.stdout))


def _program() -> str:
    return shutil.which("ffmpeg") or "ffmpeg"


class FfmpegEncoder:
    """Encodes in a process that reads samples and writes ADTS or Ogg; a thread takes the packets out of that."""

    def __init__(self, codec: Codec, sample_rate: int, channels: int, bitrate: int) -> None:
        self._codec = codec
        container = "adts" if codec.encoder == "aac" else "ogg"
        options = [text for name, value in codec.options.items() for text in (f"-{name}", value)]
        command = [
            *(_program(), *_QUIET, "-f", "f32le", "-ar", str(sample_rate), "-ac", str(channels), "-i", "pipe:0"),
            *("-c:a", codec.encoder, "-b:a", f"{bitrate}k", *options, "-flags:a", "+bitexact", "-f", container, "pipe:1"),
        ]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # close() does
        try:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, start_new_session=True
            )
        except OSError as error:
            self._errors.close()
            raise PublishError(f"ffmpeg cannot be started: {error.strerror}") from error
        self._queue: SimpleQueue[bytes | Exception | None] = SimpleQueue()
        self._header = b""
        split = adts_packets if container == "adts" else ogg_packets
        self._reader = BackgroundThread(lambda: self._read(split))

    @property
    def header(self) -> bytes:
        return self._header

    def encode(self, block: FloatArray) -> list[bytes]:
        try:
            self._input.write(np.ascontiguousarray(block, "<f4").data)
        except BrokenPipeError as error:
            raise self._failure() from error
        packets = []
        with suppress(Empty):
            while True:
                packets.append(self._packet(self._queue.get_nowait()))
        return packets

    def finish(self) -> list[bytes]:
        try:
            self._input.close()
        except BrokenPipeError as error:
            raise self._failure() from error
        packets = []
        while (found := self._queue.get()) is not None:
            packets.append(self._packet(found))
        if self._process.wait(_END_SECONDS):
            raise self._failure()
        return packets

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        self._errors.close()

    @property
    def _input(self) -> BinaryIO:
        assert self._process.stdin is not None
        return self._process.stdin  # type: ignore[return-value]

    def _read(self, split: Callable[[BinaryIO], Iterator[tuple[bytes, bytes]]]) -> None:
        try:
            assert self._process.stdout is not None
            for header, packet in split(self._process.stdout):  # type: ignore[arg-type]
                self._header = header
                self._queue.put(packet)
            self._queue.put(None)
        except Exception as error:  # raised again in the thread that waits
            self._queue.put(error)
            self._queue.put(None)

    def _packet(self, found: bytes | Exception | None) -> bytes:
        if isinstance(found, bytes):
            return found
        raise self._failure() from found

    def _failure(self) -> PublishError:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        self._errors.seek(0)
        said = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return PublishError(f"ffmpeg cannot encode {self._codec.label}: {said[-1] if said else 'it ended early'}")


def decoded_blocks(path: Path, channels: int) -> Iterator[FloatArray]:
    """Yield the samples of a file of our own in blocks of shape (frames, channels). Raises InputError if it cannot be read."""
    command = [_program(), *_QUIET, "-i", f"file:{path.absolute()}", "-map", "0:a:0", "-f", "f32le", "pipe:1"]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True) as process,
    ):
        try:
            assert process.stdout is not None
            while data := process.stdout.read(4 * channels * _BLOCK_FRAMES):
                yield np.frombuffer(data, "<f4").reshape(-1, channels)
            if process.wait():
                errors.seek(0)
                said = errors.read().decode("utf-8", "replace").strip().splitlines()
                raise InputError(f"{path}: cannot be decoded ({said[-1] if said else 'ffmpeg failed'})")
        finally:
            process.kill()
