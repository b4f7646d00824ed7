"""Read, write and resample audio; convert decibels.

The only module that imports soundfile (libsndfile) and soxr. Samples are float32 with full scale at +-1.
"""

from __future__ import annotations

import hashlib
import io
import math
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from voiceover.audio.formats import WAV
from voiceover.audio.limits import CLIP, AudioLimits
from voiceover.audio.unreadable import check_clip_size, instead_of_file, refuse, unreadable
from voiceover.errors import InputError, PublishError, VoiceError
from voiceover.system.files import os_errors_as
from voiceover.types import Audio, Clip, FloatArray
from voiceover.types.lazy_dataclass import dataclass

BLOCK_FRAMES = 1 << 16
"""Default block length in frames: 1.5 s at 44.1 kHz."""

_BLOCK_SAMPLES = 8 * BLOCK_FRAMES
"""Most samples per block in all channels together, so that a file with a thousand channels is read in short blocks."""
_WAV_LIMIT = (1 << 32) - 4096
"""Largest size of the samples in a RIFF file, minus room for its header."""
_PROBE_BYTES = 1 << 16
_WAV_FLOAT = struct.Struct("<4sI4s4sIHHIIHHH4sII4sI")
"""Everything in a float WAV file before the samples."""


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that decide the samples of what is decoded, filtered or resampled."""
    return {"numpy": np.__version__, "libsndfile": soundfile.__libsndfile_version__, "soxr": soxr.__version__}


# ---------------------------------------------------------------- decibels


def db_to_gain(db: float) -> float:
    """Return the factor on samples for a level change in dB; 0 for -inf."""
    return float(10.0 ** (db / 20.0))


def gain_to_db(gain: float) -> float:
    """Return the level change in dB for a factor on samples; -inf for 0."""
    return 20.0 * math.log10(gain) if gain > 0 else -math.inf


# ---------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class FileStream:
    """A file as an AudioStream, with its own sample rate and channels."""

    path: Path
    sample_rate: int
    channels: int
    frames: int

    @property
    def seconds(self) -> float:
        return self.frames / self.sample_rate

    def blocks(self, start: int = 0, stop: int | None = None) -> Iterator[FloatArray]:
        """Yield consecutive blocks of shape (frames, channels), of the whole file or of frames ``start`` to ``stop`` (exclusive).

        Raises InputError if the file cannot be read.
        """
        left = (self.frames if stop is None else stop) - start
        with _opened(self.path) as file:
            if start:
                try:
                    file.seek(min(start, file.frames))
                except soundfile.SoundFileError as error:
                    raise unreadable(self.path, error) from error
            # A header may state fewer frames than there are, so the whole file is read to its end.
            whole, size = stop is None, _block_frames(file)
            while (whole or left > 0) and len(block := _read(file, self.path, size if whole else min(size, left))):
                left -= len(block)
                yield block


def open_audio(path: Path) -> FileStream:
    """Open a file of any format that libsndfile reads; only its header is read.

    Raises InputError if the file does not exist or is not audio.
    """
    with _opened(path) as file:
        return FileStream(path, int(file.samplerate), int(file.channels), int(file.frames))


def decoded_blocks(data: bytes) -> Iterator[FloatArray]:
    """Yield the blocks of a file, given its bytes, of shape (frames, channels). Raises InputError if it cannot be decoded."""
    where = Path("data")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            while len(block := _read(file, where, _block_frames(file))):
                yield block
    except soundfile.SoundFileError as error:
        raise unreadable(where, error) from error


def read_audio(path: Path, limits: AudioLimits | None = None, named: Path | None = None) -> Audio:
    """Read a whole file at its own sample rate, with its channels averaged to mono; messages call it ``named``.

    Raises InputError if the file does not exist, is not audio, contains NaN or infinity, or exceeds ``limits``.
    """
    return _whole(path, named or path, limits)


def read_clip(clip: Clip) -> Audio:
    """Read a voice's clip like ``read_audio``.

    Raises VoiceError if the file has changed since the voice was read, and InputError as ``open_clip`` and ``read_audio`` do.
    """
    check_clip_size(clip.path)
    try:
        with clip.path.open("rb") as file:
            data = file.read((CLIP.most_bytes or 0) + 1)
    except OSError as error:
        raise unreadable(clip.path, error) from error
    refuse(clip.path, CLIP.size_problem(len(data)))
    if hashlib.sha256(data).hexdigest() != clip.sha256:
        raise VoiceError(f"{clip.path}: the clip has changed since the voice was read; run again")
    return _whole(io.BytesIO(data), clip.path, CLIP)


def wav_float_samples(data: bytes) -> FloatArray:
    """Return the samples, shape (frames,), in the bytes of a mono file of ``write_wav_float``; the array is read-only."""
    return np.frombuffer(data, "<f4", offset=_WAV_FLOAT.size)


def _whole(source: Path | BinaryIO, path: Path, limits: AudioLimits | None = None) -> Audio:
    """Read all of ``source``; ``path`` is its name in messages."""
    with _opened(source if isinstance(source, Path) else path, source) as file:
        rate, channels, frames = int(file.samplerate), int(file.channels), 0
        if limits is not None:
            refuse(path, limits.format_problem(rate, channels))
            refuse(path, limits.length_problem(rate, channels, int(file.frames)))
        # Read in blocks: a header may state any number of frames, and memory for all of them would be allocated at once.
        blocks = []
        while len(block := _read(file, path, _block_frames(file))):
            blocks.append(_mono(block))
            frames += len(block)
            if limits is not None:
                refuse(path, limits.length_problem(rate, channels, frames))  # a header may lie
    samples = np.concatenate(blocks) if blocks else np.empty(0, np.float32)
    if not np.isfinite(samples).all():
        raise InputError(f"{path}: contains NaN or infinity; export it again")
    return Audio(samples, rate)


def _opened(path: Path, source: Path | BinaryIO | None = None) -> Any:
    try:
        if not path.is_file():
            raise InputError(f"{path}: {instead_of_file(path)}")
        return soundfile.SoundFile(path if source is None else source)
    except (soundfile.SoundFileError, OSError, TypeError) as error:
        raise unreadable(path, error) from error


def _block_frames(file: Any) -> int:
    return max(min(BLOCK_FRAMES, _BLOCK_SAMPLES // int(file.channels)), 1)


def _read(file: Any, path: Path, frames: int) -> FloatArray:
    try:
        block: FloatArray = file.read(frames, dtype="float32", always_2d=True)
    except soundfile.SoundFileError as error:
        raise unreadable(path, error) from error
    return block


def _mono(block: FloatArray) -> FloatArray:
    if block.shape[1] == 1:
        return block[:, 0]
    mixed: FloatArray = block.mean(axis=1, dtype=np.float32)
    return mixed


# ---------------------------------------------------------------- writing


def write_wav_float(target: Path | BinaryIO, samples: FloatArray, sample_rate: int) -> None:
    """Write samples of shape (frames,) or (frames, channels) to a WAV file of 32-bit floats, bit for bit.

    Equal samples give equal bytes; libsndfile would add a PEAK chunk with the time of day. The layout is that of "Multiple channel audio
    data and WAVE files" (Microsoft, 2001) for WAVE_FORMAT_IEEE_FLOAT. Raises OSError if the file cannot be written, and PublishError if
    the samples do not fit into a WAV file.
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
    """Writes blocks to a WAV or FLAC file with 16 or 24 ``bits`` per sample; samples beyond full scale are clipped.

    It is a context manager: the file is complete after the ``with`` block. Equal blocks give equal bytes, and both formats hold the same
    samples.
    """

    def __init__(self, path: Path, kind: str, sample_rate: int, channels: int, bits: int = 16) -> None:
        """Create the file; ``kind`` is the name of a lossless format. Raises PublishError if it cannot be created."""
        self.path = path
        self._bytes_left = _WAV_LIMIT if kind == WAV.name else math.inf
        self._frame_bytes = channels * bits // 8
        self._bits = bits
        try:
            self._file = soundfile.SoundFile(path, "w", sample_rate, channels, f"PCM_{bits}", format=kind.upper())
        except (soundfile.SoundFileError, OSError, ValueError, TypeError) as error:
            raise PublishError(f"{path}: could not be created ({error})") from error

    def write(self, block: FloatArray) -> None:
        """Append a block of shape (frames, channels). Raises PublishError if it cannot be written, for instance on a full disk."""
        self._bytes_left -= len(block) * self._frame_bytes
        if self._bytes_left < 0:
            raise PublishError(f"{self.path}: a WAV file holds 4 GiB, and this episode is longer; choose flac or mp3")
        try:
            self._file.write(self._integers(block))
        except (soundfile.SoundFileError, OSError) as error:
            raise self._failure(error, len(block) * self._frame_bytes) from error

    def _integers(self, block: FloatArray) -> NDArray[np.int32]:
        """Return the samples rounded half to even and scaled by a power of two, so that a decoder returns them at the same level.

        With floats, libsndfile would round and scale differently for WAV and FLAC. It uses the upper bits of an int32.
        """
        full_scale = 1 << (self._bits - 1)
        rounded = np.clip(np.rint(block * np.float32(full_scale)), -full_scale, full_scale - 1)
        with np.errstate(invalid="ignore"):  # a damaged file may decode to NaN, which becomes silence
            shifted: NDArray[np.int32] = rounded.astype(np.int32) << (32 - self._bits)
        return shifted

    def close(self) -> None:
        """Complete the file; may be called twice."""
        try:
            self._file.close()
        except (soundfile.SoundFileError, OSError) as error:
            raise self._failure(error, 0) from error

    def _failure(self, error: Exception, expected: int) -> PublishError:
        """Return the reason of a failed write. libsndfile only reports "system error", so repeat the write to get the system's error."""
        try:
            with os_errors_as(PublishError, f"write the {self.path.suffix[1:].upper()}", self.path), self.path.open("ab") as file:
                file.write(bytes(expected + _PROBE_BYTES))
        except PublishError as refusal:
            return refusal
        return PublishError(f"{self.path}: could not be written ({error})")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()


# ---------------------------------------------------------------- resampling


def resampled_frames(frames: int, from_rate: int, to_rate: int) -> int:
    """Return the number of frames after resampling: frames * to_rate / from_rate, rounded half up."""
    return (2 * frames * to_rate + from_rate) // (2 * from_rate)


def resample(samples: FloatArray, from_rate: int, to_rate: int) -> FloatArray:
    """Resample samples of shape (frames,) or (frames, channels) with soxr (HQ), without delay; the result has ``resampled_frames``."""
    if from_rate == to_rate or not len(samples):
        return samples
    out: FloatArray = soxr.resample(np.ascontiguousarray(samples, dtype=np.float32), from_rate, to_rate, quality="HQ")
    return _exactly(out, resampled_frames(len(samples), from_rate, to_rate))


class Resampler:
    """Resamples a stream in blocks of shape (frames, channels), with the same result as ``resample`` of the whole.

    Output lags behind input; after ``finish``, exactly ``resampled_frames`` of the whole have been returned.
    """

    def __init__(self, from_rate: int, to_rate: int, channels: int) -> None:
        self.from_rate = from_rate
        self.to_rate = to_rate
        self.channels = channels
        self._in = 0
        self._out = 0
        self._stream = None if from_rate == to_rate else soxr.ResampleStream(from_rate, to_rate, channels, "float32", "HQ")

    def process(self, block: FloatArray) -> FloatArray:
        """Add a block, and return what is ready, which may be empty."""
        if self._stream is None:
            return block
        self._in += len(block)
        ready: FloatArray = self._stream.resample_chunk(np.ascontiguousarray(block, dtype=np.float32))
        self._out += len(ready)
        return ready

    def finish(self) -> FloatArray:
        """Return the rest after the last block."""
        empty: FloatArray = np.zeros((0, self.channels), np.float32)
        if self._stream is None or not self._in:
            return empty
        rest: FloatArray = self._stream.resample_chunk(empty, last=True)
        return _exactly(rest, max(resampled_frames(self._in, self.from_rate, self.to_rate) - self._out, 0))


def resample_blocks(blocks: Iterable[FloatArray], from_rate: int, to_rate: int, channels: int) -> Iterator[FloatArray]:
    """Yield blocks of shape (frames, channels) resampled to another rate, without empty ones."""
    resampler = Resampler(from_rate, to_rate, channels)
    for block in blocks:
        if len(ready := resampler.process(block)):
            yield ready
    if len(rest := resampler.finish()):
        yield rest


def _exactly(samples: FloatArray, frames: int) -> FloatArray:
    """Return ``samples`` cut or padded with silence to ``frames``, since soxr may round the length differently."""
    if len(samples) >= frames:
        return samples[:frames]
    silence = np.zeros((frames - len(samples), *samples.shape[1:]), np.float32)
    return np.concatenate((samples, silence))
