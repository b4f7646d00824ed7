"""Voices from somebody who means harm: small or sparse files that decode to gigabytes, pipes, and what a command takes for them."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

HOSTILE_BYTES = 6_000_000_000
_VOICE = "licence: CC0-1.0\nreference: {{audio: {clip}, text: The river is low this morning.}}\n"


def hostile_voice(shelf: Path, name: str, clip: str) -> Path:
    """A voice called ``name`` with the hostile clip ``clip`` of ``CLIPS``; the path of the clip."""
    folder = shelf / name
    folder.mkdir(parents=True)
    path = folder / clip
    CLIPS[clip](path)
    (folder / "voice.yaml").write_text(_VOICE.format(clip=clip), "utf-8")
    return path


def wav_header(path: Path, rate: int, channels: int, size: int, bits: int = 16, data: bytes = b"") -> None:
    """A WAV file whose header promises ``size`` bytes of samples, with ``data`` in place of them."""
    frame = channels * bits // 8
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, min(rate * frame, 0xFFFFFFFF), frame, bits)
    promised = min(size, 0xFFFFFFFF)
    path.write_bytes(
        b"RIFF" + struct.pack("<I", min(36 + size, 0xFFFFFFFF)) + b"WAVE" + fmt + struct.pack("<4sI", b"data", promised) + data
    )


def _sparse(path: Path, size: int = HOSTILE_BYTES) -> None:
    with path.open("r+b" if path.exists() else "wb") as file:
        file.truncate(size)


def _sparse_wav(path: Path) -> None:
    wav_header(path, 48_000, 2, HOSTILE_BYTES)
    _sparse(path)


def _sparse_w64(path: Path) -> None:
    soundfile.write(path, np.zeros((100, 2), np.float32), 48_000, format="W64", subtype="PCM_16")
    with path.open("r+b") as file:
        head = file.read(200)
        data = head.index(b"data\xf3\xac\xd3\x11")
        file.seek(data + 16)
        file.write(struct.pack("<Q", HOSTILE_BYTES))
    _sparse(path)


def silent(path: Path, rate: int, channels: int, seconds: float, kind: str, subtype: str) -> None:
    """A file of silence."""
    block = np.zeros((16_384, channels), np.float32)
    with soundfile.SoundFile(path, "w", rate, channels, subtype, format=kind) as file:
        left = round(rate * seconds)
        while left > 0:
            file.write(block[:left])
            left -= len(block)


def _noise(path: Path, rate: int, channels: int, seconds: float, kind: str, subtype: str) -> None:
    block = (0.1 * np.random.default_rng(1).standard_normal((16_384, channels))).astype(np.float32)
    with soundfile.SoundFile(path, "w", rate, channels, subtype, format=kind) as file:
        left = round(rate * seconds)
        while left > 0:
            file.write(block[:left])
            left -= len(block)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _claims_little(path: Path) -> None:
    """90 s of silence whose header says one second."""
    silent(path, 48_000, 1, 90, "FLAC", "PCM_16")
    with path.open("r+b") as file:
        head = bytearray(file.read(26))
        head[21:26] = bytes([head[21] & 0xF0]) + struct.pack(">I", 48_000)
        file.seek(0)
        file.write(head)


def _claims_nothing(path: Path) -> None:
    """The same whose header says that the length is unknown."""
    silent(path, 48_000, 1, 90, "FLAC", "PCM_16")
    with path.open("r+b") as file:
        head = bytearray(file.read(26))
        head[21:26] = bytes([head[21] & 0xF0]) + bytes(4)
        file.seek(0)
        file.write(head)


CLIPS: dict[str, Callable[[Path], None]] = {
    "sparse.wav": _sparse_wav,
    "sparse.w64": _sparse_w64,
    "sparse.flac": _sparse,
    "hours.flac": lambda path: silent(path, 8_000, 1, 3600, "FLAC", "PCM_16"),
    "minutes.ogg": lambda path: silent(path, 8_000, 1, 150, "OGG", "VORBIS"),
    "minutes.mp3": lambda path: silent(path, 8_000, 1, 150, "MP3", "MPEG_LAYER_III"),
    "high.flac": lambda path: silent(path, 655_350, 8, 2, "FLAC", "PCM_16"),
    "many.wav": lambda path: silent(path, 8_000, 1_000, 1.0, "WAV", "PCM_16"),
    "slow.wav": lambda path: silent(path, 1, 1, 1000, "WAV", "PCM_16"),
    "fast.wav": lambda path: wav_header(path, 2**31 - 1, 1, 20_000_000, data=bytes(100_000)),
    "slow.aiff": lambda path: silent(path, 1, 2, 1000, "AIFF", "PCM_16"),
    "wide.flac": lambda path: silent(path, 192_000, 8, 5, "FLAC", "PCM_24"),
    "unknown.flac": _claims_nothing,
    "pipe.wav": _pipe,
}
"""Each is refused."""

LARGEST: dict[str, Callable[[Path], None]] = {
    "long.flac": lambda path: silent(path, 96_000, 1, 60, "FLAC", "PCM_16"),
    "noise.ogg": lambda path: _noise(path, 96_000, 1, 60, "OGG", "VORBIS"),
    "noise.wav": lambda path: _noise(path, 384_000, 1, 15, "WAV", "FLOAT"),
    "stereo.wav": lambda path: _noise(path, 48_000, 2, 60, "WAV", "FLOAT"),
    "many.flac": lambda path: silent(path, 48_000, 8, 15, "FLAC", "PCM_16"),
    "liar.flac": _claims_little,
    "promise.wav": lambda path: wav_header(path, 24_000, 1, 4_000_000_000, data=bytes(96_000)),
}
"""Each is as much as a clip may be, or says less than it is."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A finished command."""

    code: int
    said: str
    """Standard output and error."""
    peak_bytes: int
    """The largest resident memory of it or of a process that it started."""
    seconds: float


# A process counts the memory of the one that it was forked from until it runs a program of its own: a small one in between keeps the
# figure free of this process, which may be large.
_IN_BETWEEN = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)
print(f"\\npeak {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}")
sys.exit(done.returncode)
"""


_COMMANDS = """
import io, json, os, resource, sys
from contextlib import redirect_stderr, redirect_stdout
from voiceover.cli import main
done = []
for folder, *words in json.loads(sys.argv[1]):
    os.chdir(folder)
    sys.argv = ["voiceover", *words]
    code, said = 0, io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        try:
            main()
        except SystemExit as end:
            code = end.code
    done.append([code, said.getvalue(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss])
print(json.dumps(done))
"""


def measured_in_turn(folder: Path, commands: Sequence[Sequence[str | Path]]) -> list[Measured]:
    """Run ``voiceover`` commands, each in the folder that comes first, in one process: the peak of each is the largest until its end."""
    told = json.dumps([[str(part) for part in command] for command in commands])
    done = measured(folder, "-c", _COMMANDS, told)
    assert done.code == 0, done.said
    unit = 1 if sys.platform == "darwin" else 1024
    return [Measured(code, said, peak * unit, 0.0) for code, said, peak in json.loads(done.said.splitlines()[-1])]


def measured(folder: Path, *arguments: str | Path) -> Measured:
    """Run ``python ARGUMENTS`` in ``folder``, and kill it after two minutes."""
    started = time.perf_counter()
    command = [sys.executable, "-S", "-c", _IN_BETWEEN, "timeout", "120", sys.executable, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - started
    said, _, peak = done.stdout.rpartition("\npeak ")
    return Measured(done.returncode, said, int(peak) * (1 if sys.platform == "darwin" else 1024), seconds)
