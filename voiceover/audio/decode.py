"""Decode recordings in formats that libsndfile does not read, above all m4a, the format of voice memos.

The first decoder that is available is used: PyAV, the program ffmpeg, or afconvert of macOS. The file may come from anywhere. So only local
files are opened, only by demuxers of audio and video, never a playlist that names other files, and never through a shell.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from voiceover.audio.files import PcmWriter, open_audio
from voiceover.audio.limits import RECORDING
from voiceover.audio.unreadable import instead_of_file
from voiceover.errors import InputError, PublishError

LONGEST_SECONDS = RECORDING.seconds
"""Longest duration to decode."""
_TIMEOUT_SECONDS = 300
PROBE_TIMEOUT_SECONDS = 3.0
"""Bytes to read when detecting the format; some demuxers would search all of a file of zeros."""
_MOST_BYTES_PER_SECOND = 192_000 * 2 * 4
"""Upper limit for the copy that ffmpeg writes: 192 kHz in stereo."""
DEMUXERS = "mov,mp4,m4a,matroska,webm,aac,asf,caf,amr,amrnb,amrwb,mp3,ogg,flac,wav,w64,aiff,avi,mpegts,mpeg,ac3,eac3,wv,ape,tta,au,flv"
"""Allowed demuxers, by their names in FFmpeg; none of them opens other files."""
PROTOCOLS = "file"

_NONE_THERE = (
    'no decoder for it is here. Install one of these: PyAV ("pip install av"), or ffmpeg (ffmpeg.org) somewhere on PATH; '
    "macOS has afconvert by itself. Or save the recording as WAV"
)


class _FailedError(Exception):
    """A decoder failed; the text has the reason."""


@contextmanager
def readable(path: Path, seconds: float = LONGEST_SECONDS) -> Iterator[Path]:
    """Yield a file with the audio of ``path`` that ``voiceover.audio.files`` can read: ``path`` itself, or a temporary decoded copy.

    A copy ends after ``seconds``. Raises InputError if the file does not exist or no decoder can read it.
    """
    if not path.is_file():
        hint = "; use a local file, not a URL" if ":/" in str(path) else ""
        raise InputError(f"{path}: {instead_of_file(path)}{hint}")
    try:
        open_audio(path)
    except InputError as error:
        with tempfile.TemporaryDirectory(prefix="voiceover-") as folder:
            copy = Path(folder) / "decoded.wav"
            _decode(path, copy, seconds, error)
            yield copy
    else:
        yield path


def decoders() -> tuple[str, ...]:
    """Return the available decoders among PyAV, ffmpeg and afconvert."""
    return tuple(name for name, _ in _found())


def _decode(path: Path, copy: Path, seconds: float, unreadable: InputError) -> None:
    found = _found()
    if not found:
        raise InputError(f"{path}: libsndfile cannot read this format, and {_NONE_THERE}") from unreadable
    reasons = []
    for name, decode in found:
        try:
            decode(path, copy, seconds)
            open_audio(copy)
        except (_FailedError, InputError) as error:
            reasons.append(f"{name}: {error}")
        else:
            return
    why = "; ".join(reasons).replace(f"file:{path.absolute()}: ", "")
    raise InputError(f"{path}: is not a recording that can be read ({why})") from unreadable


def _found() -> list[tuple[str, Callable[[Path, Path, float], None]]]:
    found: list[tuple[str, Callable[[Path, Path, float], None]]] = []
    if importlib.util.find_spec("av") is not None:
        found.append(("PyAV", _by_pyav))
    for name, decode in (("ffmpeg", _by_ffmpeg), ("afconvert", _by_afconvert)):
        if shutil.which(name):
            found.append((name, decode))
    return found


def _by_ffmpeg(path: Path, copy: Path, seconds: float) -> None:
    # The prefix "file:" ensures that names such as "concat:a|b" or "-y" are taken as file names.
    _run(
        [
            *(shutil.which("ffmpeg") or "ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error"),
            *("-protocol_whitelist", PROTOCOLS, "-format_whitelist", DEMUXERS, "-i", f"file:{path.absolute()}"),
            *("-map", "0:a:0", "-vn", "-sn", "-dn", "-t", f"{seconds:.3f}"),
            *("-fs", str(round(seconds * _MOST_BYTES_PER_SECOND)), "-c:a", "pcm_f32le", "-f", "wav", f"file:{copy}"),
        ]
    )


def _by_afconvert(path: Path, copy: Path, seconds: float) -> None:
    del seconds  # afconvert has no such option and is fast
    _run([shutil.which("afconvert") or "afconvert", "-f", "WAVE", "-d", "LEF32", str(path.absolute()), str(copy)])


def _run(arguments: list[str]) -> None:
    try:
        subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT_SECONDS, check=True)
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()
        raise _FailedError(said[-1] if said else f"it ended with {error.returncode}") from error
    except subprocess.TimeoutExpired as error:
        raise _FailedError(f"it took over {_TIMEOUT_SECONDS} s") from error
    except OSError as error:
        raise _FailedError(str(error)) from error


def _by_pyav(path: Path, copy: Path, seconds: float) -> None:
    import av

    try:
        options = {"protocol_whitelist": PROTOCOLS, "format_whitelist": DEMUXERS}
        with av.open(f"file:{path.absolute()}", options=options, timeout=PROBE_TIMEOUT_SECONDS) as container:
            if not container.streams.audio:
                raise _FailedError("it holds no sound")
            stream = container.streams.audio[0]
            if stream.codec_context is None or not stream.rate or not stream.channels:
                raise _FailedError("nothing here can decode its sound")
            if problem := RECORDING.format_problem(stream.rate, stream.channels):
                raise _FailedError(problem)
            layout = "mono" if stream.channels == 1 else "stereo"
            # A lossy codec may exceed full scale; writing 24 bits clips that, as a player does.
            to_float = av.AudioResampler(format="flt", layout=layout, rate=stream.rate)
            with PcmWriter(copy, "wav", stream.rate, 1 if layout == "mono" else 2, bits=24) as out:
                _write(container.decode(stream), to_float, out, round(seconds * stream.rate))
    except (av.error.FFmpegError, ValueError, PublishError) as error:
        raise _FailedError(getattr(error, "strerror", None) or str(error)) from error  # without the number of the error


def _write(frames: Any, to_float: Any, out: PcmWriter, longest: int) -> None:
    """Write the frames of a PyAV stream, at most ``longest`` samples per channel."""
    written = 0
    for frame in frames:
        for part in to_float.resample(frame):
            block = part.to_ndarray().reshape(-1, len(part.layout.channels))
            out.write(block[: longest - written])
            written += len(block)
        if written >= longest:
            return
