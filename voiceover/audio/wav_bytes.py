"""Read a WAV file from memory, as servers send it: strictly, but with the sizes that a server writes before it knows them.

A server that streams writes 0 or the largest number for the size of the samples; all that came is then read. The layout is that of
"Multiple channel audio data and WAVE files" (Microsoft, 2001).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voiceover.errors import InputError
from voiceover.types import Audio, FloatArray

MOST_CHANNELS = 8
LOWEST_RATE, HIGHEST_RATE = 4_000, 384_000
_UNKNOWN_SIZE = 0x7FFF_0000
"""Sizes from here on are placeholders: nothing that is read here has 2 GiB."""
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_TYPES = {(_PCM, 8): "u1", (_PCM, 16): "<i2", (_PCM, 24): "u1", (_PCM, 32): "<i4", (_FLOAT, 32): "<f4", (_FLOAT, 64): "<f8"}
_LATER_CHUNKS = (b"LIST", b"id3 ", b"ID3 ", b"bext", b"cue ", b"PEAK", b"JUNK")


@dataclass(frozen=True, slots=True)
class _Format:
    code: int
    channels: int
    sample_rate: int
    bits: int


def is_wav(data: bytes) -> bool:
    """True if ``data`` begins like a WAV file."""
    return data[:4] == b"RIFF" and data[8:12] == b"WAVE"


def read_wav_bytes(data: bytes) -> Audio:
    """Return the samples of a WAV file with its channels averaged, float32 of shape (frames,), at its own sample rate.

    Integers of 8 to 32 bits and floats are read. Raises InputError, which says what is wrong as the end of a sentence, if the file is cut
    off, holds something else or has no samples.
    """
    if not is_wav(data):
        raise InputError("is not a WAV file")
    place, found = 12, None
    while place + 8 <= len(data):
        name, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        place += 8
        if name == b"data":
            if found is None:
                raise InputError("has no format before its samples")
            return Audio(_samples(_body(data, place, size), found), found.sample_rate)
        if place + size > len(data):
            break
        if name == b"fmt ":
            found = _format(data[place : place + size])
        place += size + size % 2
    raise InputError("is cut off before its samples")


def read_pcm(data: bytes, sample_rate: int) -> Audio:
    """Return samples of 16 bits, little-endian and mono, as float32 of shape (frames,). Raises InputError if there are none."""
    return Audio(_samples(data, _Format(_PCM, 1, sample_rate, 16)), sample_rate)


def _format(chunk: bytes) -> _Format:
    if len(chunk) < 16:
        raise InputError("has a format that is cut off")
    code, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", chunk)
    if code == _EXTENSIBLE and len(chunk) >= 26:
        code = int.from_bytes(chunk[24:26], "little")
    if (code, bits) not in _TYPES:
        raise InputError(f"holds samples of an unknown kind (format {code}, {bits} bits)")
    if not (1 <= channels <= MOST_CHANNELS and LOWEST_RATE <= rate <= HIGHEST_RATE and block == channels * bits // 8):
        raise InputError(f"states {channels} channels of {bits} bits at {rate} Hz in blocks of {block} bytes, which cannot be")
    return _Format(code, channels, rate, bits)


def _body(data: bytes, start: int, size: int) -> bytes:
    """Return the bytes of the samples, whatever size the header states."""
    there = len(data) - start
    if size >= _UNKNOWN_SIZE or (size == 0 and data[start : start + 4] not in _LATER_CHUNKS):
        return data[start:]
    if size > there:
        raise InputError(f"is cut off: it holds {there} of the {size} bytes of samples that its header states")
    after = start + size + size % 2
    if data[after : after + 4] == b"RIFF":
        raise InputError("is followed by another one")
    return data[start : start + size]


def _samples(data: bytes, form: _Format) -> FloatArray:
    frame = form.channels * form.bits // 8
    data = data[: len(data) - len(data) % frame]
    if not data:
        raise InputError("holds no samples")
    raw = np.frombuffer(data, _TYPES[form.code, form.bits])
    if form.code == _FLOAT:
        with np.errstate(over="ignore"):
            samples: FloatArray = raw.astype(np.float32)
        if not np.isfinite(samples).all():
            raise InputError("contains NaN or infinity")
    elif form.bits == 8:
        samples = (raw.astype(np.float32) - np.float32(128)) / np.float32(128)
    elif form.bits == 24:
        samples = _from_24_bits(raw)
    else:
        samples = raw.astype(np.float32) / np.float32(1 << (form.bits - 1))
    if form.channels == 1:
        return samples
    mixed: FloatArray = samples.reshape(-1, form.channels).mean(axis=1, dtype=np.float32)
    return mixed


def _from_24_bits(raw: NDArray[np.uint8]) -> FloatArray:
    wide = np.zeros((len(raw) // 3, 4), np.uint8)
    wide[:, 1:] = raw.reshape(-1, 3)
    samples: FloatArray = wide.view("<i4")[:, 0].astype(np.float32) / np.float32(1 << 31)
    return samples
