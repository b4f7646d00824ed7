"""Samples in and out: read what the user has, write, resample, decibels.

The only module that knows soundfile (libsndfile) and soxr. Samples are float32 with full scale at +-1.
"""

from __future__ import annotations

import hashlib
import io
import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from voiceover.audio.formats import READABLE, WAV
from voiceover.audio.limits import CLIP, AudioLimits
from voiceover.errors import InputError, PublishError, VoiceError
from voiceover.system.files import os_errors_as
from voiceover.types import Audio, Clip, FloatArray

BLOCK_FRAMES = 1 << 16
"""Frames of a block where nothing else rules: 1.5 s at 44.1 kHz."""

_BLOCK_SAMPLES = 8 * BLOCK_FRAMES
"""Most samples of a block over all channels, so that a file of a thousand channels is read in short blocks."""
_HASH_BYTES = 1 << 20
_WAV_LIMIT = (1 << 32) - 4096
"""Bytes of samples that a RIFF file can count, less room for its header."""
_PROBE_BYTES = 1 << 16
_WAV_FLOAT = struct.Struct("<4sI4s4sIHHIIHHH4sII4sI")
"""All of a float WAV before its samples."""

# ---------------------------------------------------------------- decibels


def db_to_gain(db: float) -> float:
    """The factor on samples for a level change in dB; 0 for -inf."""
    return float(10.0 ** (db / 20.0))


def gain_to_db(gain: float) -> float:
    """The level change in dB for a factor on samples; -inf for 0."""
    return 20.0 * math.log10(gain) if gain > 0 else -math.inf


# ---------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class FileStream:
    """A file as an AudioStream: its own rate and channels, read from the start as often as wanted."""

    path: Path
    sample_rate: int
    channels: int
    frames: int

    @property
    def seconds(self) -> float:
        return self.frames / self.sample_rate

    def blocks(self, start: int = 0, stop: int | None = None) -> Iterator[FloatArray]:
        """Consecutive blocks of shape (frames, channels), of the whole file or of its frames ``start`` to ``stop`` (exclusive).

        Raises InputError where the file cannot be read.
        """
        left = (self.frames if stop is None else stop) - start
        with _opened(self.path) as file:
            if start:
                try:
                    file.seek(min(start, file.frames))
                except soundfile.SoundFileError as error:
                    raise _unreadable(self.path, error) from error
            # A header may promise fewer frames than there are: the whole file is read to its end.
            whole, size = stop is None, _block_frames(file)
            while (whole or left > 0) and len(block := _read(file, self.path, size if whole else min(size, left))):
                left -= len(block)
                yield block


def open_audio(path: Path) -> FileStream:
    """A file of any kind that libsndfile reads (WAV, FLAC, MP3, OGG, Opus, AIFF, ...); only its header is read here.

    Raises InputError where there is no such file or it is not audio.
    """
    with _opened(path) as file:
        return FileStream(path, int(file.samplerate), int(file.channels), int(file.frames))


def read_audio(path: Path) -> Audio:
    """All of a file at its own rate, its channels mixed to one by their mean.

    Raises InputError where there is no such file, it is not audio, or samples are not finite numbers.
    """
    return _whole(path, path)


def open_clip(path: Path) -> FileStream:
    """A reference clip of a voice, which may be somebody else's: only its size and its header are read here.

    Raises InputError as ``open_audio`` does, and for a file beyond the limits of a clip.
    """
    _check_size(path)
    stream = open_audio(path)
    _refuse(path, CLIP.format_problem(stream.sample_rate, stream.channels))
    _refuse(path, CLIP.length_problem(stream.sample_rate, stream.channels, stream.frames))
    return stream


def clip_digest(path: Path) -> str:
    """The SHA-256 of a clip's file. Raises InputError for a larger file than a clip may have, and OSError."""
    found, size = hashlib.sha256(), 0
    _check_size(path)
    with path.open("rb") as file:
        while data := file.read(_HASH_BYTES):
            size += len(data)
            _refuse(path, CLIP.size_problem(size))  # the file may grow
            found.update(data)
    return found.hexdigest()


def read_clip(clip: Clip) -> Audio:
    """A voice's clip as ``read_audio`` gives it.

    Raises VoiceError if the file has changed since the voice was read, and InputError as ``open_clip`` and ``read_audio`` do.
    """
    _check_size(clip.path)
    try:
        with clip.path.open("rb") as file:
            data = file.read((CLIP.most_bytes or 0) + 1)
    except OSError as error:
        raise _unreadable(clip.path, error) from error
    _refuse(clip.path, CLIP.size_problem(len(data)))
    if hashlib.sha256(data).hexdigest() != clip.sha256:
        raise VoiceError(f"{clip.path}: the clip has changed since the voice was read; run again")
    return _whole(io.BytesIO(data), clip.path, CLIP)


def wav_float_samples(data: bytes) -> FloatArray:
    """The samples in what ``write_wav_float`` wrote of one channel, shape (frames,), not to be written to."""
    return np.frombuffer(data, "<f4", offset=_WAV_FLOAT.size)


def _whole(source: Path | BinaryIO, path: Path, limits: AudioLimits | None = None) -> Audio:
    """All of ``source``, which is called ``path``."""
    with _opened(path, source) as file:
        rate, channels, frames = int(file.samplerate), int(file.channels), 0
        if limits is not None:
            _refuse(path, limits.format_problem(rate, channels))
            _refuse(path, limits.length_problem(rate, channels, int(file.frames)))
        # In blocks, as a header may promise any number of frames, and room for all of them would be taken at once.
        blocks = []
        while len(block := _read(file, path, _block_frames(file))):
            blocks.append(_mono(block))
            frames += len(block)
            if limits is not None:
                _refuse(path, limits.length_problem(rate, channels, frames))  # a header may lie
    samples = np.concatenate(blocks) if blocks else np.empty(0, np.float32)
    if not np.isfinite(samples).all():
        raise InputError(f"{path}: holds samples that are not numbers; export it again")
    return Audio(samples, rate)


def _check_size(path: Path) -> None:
    """Raise InputError if ``path`` is not a file, or larger than a clip may be."""
    try:
        if not path.is_file():
            raise InputError(f"{path}: {instead_of_file(path)}")
        size = path.stat().st_size
    except OSError as error:
        raise _unreadable(path, error) from error
    _refuse(path, CLIP.size_problem(size))


def _refuse(path: Path, problem: str | None) -> None:
    if problem is not None:
        raise InputError(f"{path}: {problem}")


def instead_of_file(path: Path) -> str:
    """What is there in place of a file, in words."""
    if path.is_dir():
        return "is a folder; name a file in it"
    return "is a device or a pipe, not a file" if path.exists() else "there is no such file"


def _opened(path: Path, source: Path | BinaryIO | None = None) -> Any:
    try:
        if not path.is_file():
            raise InputError(f"{path}: {instead_of_file(path)}")
        return soundfile.SoundFile(path if source is None else source)
    except (soundfile.SoundFileError, OSError, TypeError) as error:
        raise _unreadable(path, error) from error


def _block_frames(file: Any) -> int:
    return max(min(BLOCK_FRAMES, _BLOCK_SAMPLES // int(file.channels)), 1)


def _read(file: Any, path: Path, frames: int) -> FloatArray:
    try:
        block: FloatArray = file.read(frames, dtype="float32", always_2d=True)
    except soundfile.SoundFileError as error:
        raise _unreadable(path, error) from error
    return block


def _unreadable(path: Path, error: Exception) -> InputError:
    detail = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    return InputError(f"{path}: is not audio that can be read ({str(detail).strip().rstrip('.')}); {READABLE} can")


def _mono(block: FloatArray) -> FloatArray:
    if block.shape[1] == 1:
        return block[:, 0]
    mixed: FloatArray = block.mean(axis=1, dtype=np.float32)
    return mixed


# ---------------------------------------------------------------- writing


def write_wav_float(target: Path | BinaryIO, samples: FloatArray, sample_rate: int) -> None:
    """Write a WAV file of 32-bit floats, samples of shape (frames,) or (frames, channels), kept bit for bit.

    Equal samples give equal bytes: libsndfile would put a PEAK chunk with the time of day into the file. The layout is that of
    "Multiple channel audio data and WAVE files" (Microsoft, 2001) for WAVE_FORMAT_IEEE_FLOAT. Raises OSError where it cannot be written.
    """
    data = np.ascontiguousarray(samples, dtype="<f4")
    channels = data.shape[1] if data.ndim == 2 else 1
    if data.nbytes > _WAV_LIMIT:
        raise PublishError(f"{data.nbytes} bytes of samples do not fit into a WAV file, which holds 4 GiB")
    header = _WAV_FLOAT.pack(
        *(b"RIFF", 50 + data.nbytes, b"WAVE"),
        *(b"fmt ", 18, 3, channels, sample_rate, sample_rate * channels * 4, channels * 4, 32, 0),
        *(b"fact", 4, len(data)),
        *(b"data", data.nbytes),
    )
    if isinstance(target, Path):
        with target.open("wb") as file:
            file.write(header)
            file.write(data.data)
    else:
        target.write(header)
        target.write(data.data)


class PcmWriter:
    """Write blocks to a WAV or FLAC file of integers, ``bits`` 16 or 24; samples past full scale are clipped.

    A context manager: the file is complete only after it is left. Equal blocks give equal bytes, and both formats hold the same samples.
    """

    def __init__(self, path: Path, kind: str, sample_rate: int, channels: int, bits: int = 16) -> None:
        """``kind`` is ``wav`` or ``flac``. Raises PublishError where the file cannot be made."""
        self.path = path
        self._bytes_left = _WAV_LIMIT if kind == WAV.name else math.inf
        self._frame_bytes = channels * bits // 8
        self._bits = bits
        try:
            self._file = soundfile.SoundFile(path, "w", sample_rate, channels, f"PCM_{bits}", format=kind.upper())
        except (soundfile.SoundFileError, OSError, ValueError, TypeError) as error:
            raise PublishError(f"{path}: could not be made ({error})") from error

    def write(self, block: FloatArray) -> None:
        """Append a block of shape (frames, channels). Raises PublishError, on a full disk too."""
        self._bytes_left -= len(block) * self._frame_bytes
        if self._bytes_left < 0:
            raise PublishError(f"{self.path}: a WAV file holds 4 GiB, and this episode is longer; choose flac or mp3")
        try:
            self._file.write(self._integers(block))
        except (soundfile.SoundFileError, OSError) as error:
            raise self._failure(error, len(block) * self._frame_bytes) from error

    def _integers(self, block: FloatArray) -> NDArray[np.int32]:
        """Return the samples rounded half to even and scaled by a power of two, so that a decoder returns them at the same level.

        Given floats, libsndfile rounds and scales differently for WAV and for FLAC. It takes the upper bits of an int32.
        """
        full_scale = 1 << (self._bits - 1)
        rounded = np.clip(np.rint(block * np.float32(full_scale)), -full_scale, full_scale - 1)
        with np.errstate(invalid="ignore"):  # a stranger's file may decode to NaN, which becomes silence
            shifted: NDArray[np.int32] = rounded.astype(np.int32) << (32 - self._bits)
        return shifted

    def close(self) -> None:
        """Finish the file; may be called twice."""
        try:
            self._file.close()
        except (soundfile.SoundFileError, OSError) as error:
            raise self._failure(error, 0) from error

    def _failure(self, error: Exception, wanted: int) -> PublishError:
        """libsndfile says no more than "system error": the system is asked again, by as large a write to the file, which is lost anyway."""
        try:
            with os_errors_as(PublishError, f"write the {self.path.suffix[1:].upper()}", self.path), self.path.open("ab") as file:
                file.write(bytes(wanted + _PROBE_BYTES))
        except PublishError as refusal:
            return refusal
        return PublishError(f"{self.path}: could not be written ({error})")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()


# ---------------------------------------------------------------- resampling


def resampled_frames(frames: int, from_rate: int, to_rate: int) -> int:
    """Frames that come out for ``frames`` that went in: frames * to_rate / from_rate, rounded half up."""
    return (2 * frames * to_rate + from_rate) // (2 * from_rate)


def resample(samples: FloatArray, from_rate: int, to_rate: int) -> FloatArray:
    """Samples of shape (frames,) or (frames, channels) at another rate, without delay; ``resampled_frames`` long. soxr, quality HQ."""
    if from_rate == to_rate or not len(samples):
        return samples
    out: FloatArray = soxr.resample(np.ascontiguousarray(samples, dtype=np.float32), from_rate, to_rate, quality="HQ")
    return _exactly(out, resampled_frames(len(samples), from_rate, to_rate))


class Resampler:
    """Resamples blocks of shape (frames, channels) as they come, to the same samples as ``resample`` of the whole.

    What has come out lags behind what went in; after ``finish`` exactly ``resampled_frames`` of the whole have come out.
    """

    def __init__(self, from_rate: int, to_rate: int, channels: int) -> None:
        self.from_rate = from_rate
        self.to_rate = to_rate
        self.channels = channels
        self._in = 0
        self._out = 0
        self._stream = None if from_rate == to_rate else soxr.ResampleStream(from_rate, to_rate, channels, "float32", "HQ")

    def process(self, block: FloatArray) -> FloatArray:
        """Take a block in; what is ready, which may be nothing."""
        if self._stream is None:
            return block
        self._in += len(block)
        ready: FloatArray = self._stream.resample_chunk(np.ascontiguousarray(block, dtype=np.float32))
        self._out += len(ready)
        return ready

    def finish(self) -> FloatArray:
        """The rest, once nothing more goes in."""
        empty: FloatArray = np.zeros((0, self.channels), np.float32)
        if self._stream is None or not self._in:
            return empty
        rest: FloatArray = self._stream.resample_chunk(empty, last=True)
        return _exactly(rest, max(resampled_frames(self._in, self.from_rate, self.to_rate) - self._out, 0))


def resample_blocks(blocks: Iterable[FloatArray], from_rate: int, to_rate: int, channels: int) -> Iterator[FloatArray]:
    """Blocks of shape (frames, channels) at another rate; empty ones are left out."""
    resampler = Resampler(from_rate, to_rate, channels)
    for block in blocks:
        if len(ready := resampler.process(block)):
            yield ready
    if len(rest := resampler.finish()):
        yield rest


def _exactly(samples: FloatArray, frames: int) -> FloatArray:
    """The first ``frames``, with silence behind where there are fewer; soxr may round the last frame otherwise."""
    if len(samples) >= frames:
        return samples[:frames]
    silence = np.zeros((frames - len(samples), *samples.shape[1:]), np.float32)
    return np.concatenate((samples, silence))
