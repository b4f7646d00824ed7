"""What an audio file is, without decoding it: every command reads voices and names of sounds, and few of them need samples.

The package soundfile loads numpy, which takes as long as all of ``voiceover check``; so the header is read with its library alone.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from voiceover.audio.limits import CLIP, AudioLimits
from voiceover.audio.unreadable import check_clip_size, instead_of_file, refuse
from voiceover.errors import InputError
from voiceover.types.lazy_dataclass import dataclass

_HASH_BYTES = 1 << 20
_READ = 0x10
"""SFM_READ (sndfile.h)."""


@dataclass(frozen=True, slots=True)
class AudioHeader:
    """The header of an audio file."""

    sample_rate: int
    channels: int
    frames: int

    @property
    def seconds(self) -> float:
        return self.frames / self.sample_rate


def read_clip_header(path: Path) -> AudioHeader:
    """Read the header of the reference clip of a voice, which may come from anywhere.

    Raises InputError if the file does not exist, is not audio, or exceeds the limits of a clip.
    """
    check_clip_size(path)
    header = sndfile_header(path) or _soundfile_header(path)
    refuse(path, CLIP.format_problem(header.sample_rate, header.channels))
    refuse(path, CLIP.length_problem(header.sample_rate, header.channels, header.frames))
    return header


def read_sound_header(path: Path, limits: AudioLimits) -> AudioHeader:
    """Read the header of a sound, a piece of music or a recorded turn, which may come from anywhere and be of any length.

    Raises InputError if the file does not exist, is empty, is not audio, cannot be decoded here, or exceeds ``limits``.
    """
    if not path.is_file():
        raise InputError(f"{path}: {instead_of_file(path)}")
    header = sndfile_header(path)
    if header is None:
        refuse(path, None if path.stat().st_size else "the file is empty")
        header = _streamed_header(path)
    refuse(path, limits.format_problem(header.sample_rate, header.channels))
    refuse(path, limits.length_problem(header.sample_rate, header.channels, header.frames))
    refuse(path, None if header.frames else "holds no sound: its length is 0")
    return header


def clip_digest(path: Path) -> str:
    """Return the SHA-256 of a clip's file. Raises InputError if it exceeds the size limit of a clip, and OSError."""
    found, size = hashlib.sha256(), 0
    check_clip_size(path)
    with path.open("rb") as file:
        while data := file.read(_HASH_BYTES):
            size += len(data)
            refuse(path, CLIP.size_problem(size))  # the file may grow
            found.update(data)
    return found.hexdigest()


def sndfile_header(path: Path) -> AudioHeader | None:
    """Return what libsndfile reads from a file's header; None if it refuses the file, or if it is not part of the package soundfile."""
    library = _library()
    if library is None or not path.is_file():
        return None
    info = _Info()
    try:
        handle = library.sf_open(os.fsencode(path), _READ, ctypes.byref(info))
    except (ValueError, ctypes.ArgumentError):  # a NUL in the name
        return None
    if not handle:
        return None
    library.sf_close(handle)
    return AudioHeader(info.samplerate, info.channels, info.frames)


class _Info(ctypes.Structure):
    """SF_INFO (sndfile.h)."""

    _fields_ = (
        ("frames", ctypes.c_int64),
        ("samplerate", ctypes.c_int),
        ("channels", ctypes.c_int),
        ("format", ctypes.c_int),
        ("sections", ctypes.c_int),
        ("seekable", ctypes.c_int),
    )


@cache
def _library() -> ctypes.CDLL | None:
    """Load the libsndfile that the package soundfile brings, as soundfile does."""
    found = find_spec("_soundfile_data")
    for folder in (found.submodule_search_locations or ()) if found is not None else ():
        for file in sorted(Path(folder).glob("libsndfile*")):
            with suppress(OSError, AttributeError):  # built for another processor
                library = ctypes.CDLL(str(file))
                library.sf_open.argtypes = (ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(_Info))
                library.sf_open.restype = ctypes.c_void_p
                library.sf_close.argtypes = (ctypes.c_void_p,)
                return library
    return None


def _soundfile_header(path: Path) -> AudioHeader:
    """Read the header with soundfile, which also says what is wrong with a file."""
    from voiceover.audio.files import open_audio

    stream = open_audio(path)
    return AudioHeader(stream.sample_rate, stream.channels, stream.frames)


def _streamed_header(path: Path) -> AudioHeader:
    """Open the file as a mix would; one whose container states no length is decoded to count its frames."""
    from voiceover.audio.streaming import open_sound

    stream = open_sound(path)
    return AudioHeader(stream.sample_rate, stream.channels, stream.frames or sum(map(len, stream.blocks())))
