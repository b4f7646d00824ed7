"""Stream sounds and music of any length, in blocks: by libsndfile, else by PyAV, else through a pipe from the program ffmpeg.

The limits of ``decode`` hold here, too: only local files are opened, only by demuxers of audio and video, and never through a shell.
"""

from __future__ import annotations

import importlib.util
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np

from voiceover.audio.decode import DEMUXERS, PROBE_TIMEOUT_SECONDS, PROTOCOLS
from voiceover.audio.files import BLOCK_FRAMES, FileStream, open_audio
from voiceover.audio.limits import AudioLimits
from voiceover.audio.unreadable import refuse
from voiceover.errors import InputError
from voiceover.system.lazy import lazy_pattern
from voiceover.types import Audio, FloatArray
from voiceover.types.lazy_dataclass import dataclass

INSTALL = "install PyAV (pip install av), or ffmpeg (ffmpeg.org) somewhere on PATH; or save the file as FLAC or WAV"
_DURATION = lazy_pattern(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")
_RIFF, _CHUNK, _FORMAT = struct.Struct("<4sI4s"), struct.Struct("<4sI"), struct.Struct("<HHI")
_LONGEST_HEADER = 1 << 16


@dataclass(frozen=True, slots=True)
class DecodedStream:
    """A file that libsndfile does not read, as an AudioStream."""

    path: Path
    sample_rate: int
    channels: int
    frames: int
    """As its container states; decoding may give a few more or less."""
    by_pyav: bool

    def blocks(self) -> Iterator[FloatArray]:
        """Yield blocks of shape (frames, channels). Raises InputError if the file cannot be decoded."""
        source = _pyav_blocks(self.path) if self.by_pyav else _ffmpeg_blocks(self.path)
        yield from _joined(source, self.channels)


SoundStream: TypeAlias = FileStream | DecodedStream


def open_sound(path: Path) -> SoundStream:
    """Open a file of any length; only its header is read.

    Raises InputError if there is no such file, if it is not audio, or if nothing that is installed can decode it.
    """
    try:
        return open_audio(path)
    except InputError as error:
        if not path.is_file():
            raise
        if importlib.util.find_spec("av") is not None:
            with _opened_by_pyav(path) as (container, stream):
                seconds = (container.duration or 0) / 1_000_000
                return DecodedStream(path, stream.rate, stream.channels, round(seconds * stream.rate), True)
        if shutil.which("ffmpeg"):
            with _opened_by_ffmpeg(path) as (_, rate, channels, seconds):
                return DecodedStream(path, rate, channels, round(seconds * rate), False)
        raise InputError(f"{path}: is not a file that libsndfile can read; if it is audio, {INSTALL}") from error


def read_mono(path: Path, limits: AudioLimits) -> Audio:
    """Read a whole file at its own sample rate, with its channels averaged.

    Raises InputError if it cannot be decoded, exceeds ``limits``, whatever its header says, or contains NaN or infinity.
    """
    stream = open_sound(path)
    refuse(path, limits.format_problem(stream.sample_rate, stream.channels))
    blocks, frames = [], 0
    for block in stream.blocks():
        blocks.append(block[:, 0] if stream.channels == 1 else block.mean(axis=1, dtype=np.float32))
        frames += len(block)
        refuse(path, limits.length_problem(stream.sample_rate, stream.channels, frames))
    samples = np.concatenate(blocks) if blocks else np.empty(0, np.float32)
    refuse(path, None if np.isfinite(samples).all() else "contains NaN or infinity; export it again")
    return Audio(samples, stream.sample_rate)


def _joined(blocks: Iterable[FloatArray], channels: int) -> Iterator[FloatArray]:
    """Yield blocks of ``BLOCK_FRAMES`` frames; a decoder's own are short. Blocks with another number of channels are left out."""
    held: list[FloatArray] = []
    count = 0
    for block in blocks:
        if block.shape[1] != channels:
            continue
        held.append(block)
        count += len(block)
        if count >= BLOCK_FRAMES:
            yield np.concatenate(held)
            held, count = [], 0
    if count:
        yield np.concatenate(held)


def _undecodable(path: Path, reason: object) -> InputError:
    words = str(getattr(reason, "strerror", None) or reason).replace(f"file:{path.absolute()}: ", "").strip()
    return InputError(f"{path}: is not audio that can be decoded ({words})")


# ---------------------------------------------------------------- PyAV


@contextmanager
def _opened_by_pyav(path: Path) -> Iterator[tuple[Any, Any]]:
    import av

    options = {"protocol_whitelist": PROTOCOLS, "format_whitelist": DEMUXERS}
    try:
        with av.open(f"file:{path.absolute()}", options=options, timeout=PROBE_TIMEOUT_SECONDS) as container:
            stream = next(iter(container.streams.audio), None)
            if stream is None or stream.codec_context is None or not stream.rate or not stream.channels:
                raise InputError(f"{path}: holds no sound that can be decoded")
            yield container, stream
    except (av.error.FFmpegError, ValueError) as error:
        raise _undecodable(path, error) from error


def _pyav_blocks(path: Path) -> Iterator[FloatArray]:
    import av

    with _opened_by_pyav(path) as (container, stream):
        to_float = av.AudioResampler(format="flt", layout=stream.layout, rate=stream.rate)
        # A codec pads its last frame. MP4 states the length to the sample; other containers round it.
        exact = stream.duration and stream.time_base * stream.rate == 1
        left = stream.duration if exact else sys.maxsize
        for frame in container.decode(stream):
            for part in to_float.resample(frame):
                block = part.to_ndarray().reshape(-1, stream.channels)[:left]
                left -= len(block)
                yield block


# ---------------------------------------------------------------- ffmpeg


@contextmanager
def _opened_by_ffmpeg(path: Path) -> Iterator[tuple[IO[bytes], int, int, float]]:
    """Yield a pipe with interleaved float samples, their rate, their channels, and the length in seconds; 0.0 if it is not stated."""
    # The prefix "file:" ensures that names such as "concat:a|b" or "-y" are taken as file names.
    arguments = [
        *(shutil.which("ffmpeg") or "ffmpeg", "-nostdin", "-hide_banner", "-nostats", "-loglevel", "info"),
        *("-protocol_whitelist", PROTOCOLS, "-format_whitelist", DEMUXERS, "-i", f"file:{path.absolute()}"),
        *("-map", "0:a:0", "-vn", "-sn", "-dn", "-bitexact", "-c:a", "pcm_f32le", "-f", "wav", "pipe:1"),
    ]
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said)
        except OSError as error:
            raise _undecodable(path, error) from error
        with process:
            pipe = process.stdout
            assert pipe is not None  # it was asked for
            try:
                found = _wav_header(pipe)
                said.seek(0)
                words = said.read(_LONGEST_HEADER).decode("utf-8", "replace")
                if found is None:
                    raise _undecodable(path, (words.strip().splitlines() or ["ffmpeg gave nothing"])[-1])
                length = _DURATION.search(words)
                seconds = int(length[1]) * 3600 + int(length[2]) * 60 + float(length[3]) if length else 0.0
                yield pipe, *found, seconds
            finally:
                process.kill()


def _wav_header(pipe: IO[bytes]) -> tuple[int, int] | None:
    """Read a WAV header up to its samples; return rate and channels, or None if there is none."""
    if len(start := pipe.read(_RIFF.size)) < _RIFF.size or start[:4] != b"RIFF":
        return None
    rate = channels = 0
    while len(head := pipe.read(_CHUNK.size)) == _CHUNK.size:
        name, size = _CHUNK.unpack(head)
        if name == b"data":
            return (rate, channels) if rate and channels else None
        if size > _LONGEST_HEADER:
            return None
        body = pipe.read(size + size % 2)
        if name == b"fmt " and len(body) >= _FORMAT.size:
            _, channels, rate = _FORMAT.unpack_from(body)
    return None


def _ffmpeg_blocks(path: Path) -> Iterator[FloatArray]:
    with _opened_by_ffmpeg(path) as (pipe, _, channels, _):
        while data := pipe.read(BLOCK_FRAMES * channels * 4):
            whole = len(data) // (channels * 4)
            yield np.frombuffer(data, "<f4", whole * channels).reshape(whole, channels)
