"""A long book: memory does not grow with its length. ``benchmarks/long_books.py`` does it with ten hours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import av
import pytest

from voiceover.publish.decoded import open_decoded

ROOT = Path(__file__).parents[2]
MOST_GROWTH = 5_000_000
"""Bytes that an hour may take more than two minutes; its 155,000 packets alone would take 8 MB if they were kept."""

PROGRAM = """
import resource, sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
import numpy as np
from voiceover.publish.encode import encode_files
from voiceover.publish.tags import episode_tags
from voiceover.types import ChapterMark, Encoding, Metadata, Timeline

class Silence:
    sample_rate, channels = 44100, 1
    def __init__(self, seconds):
        self.frames = round(seconds * self.sample_rate)
    def blocks(self):
        block = np.zeros((44100, 1), np.float32)
        for start in range(0, self.frames, len(block)):
            yield block[: self.frames - start]

path, seconds = Path(sys.argv[1]), float(sys.argv[2])
stream = Silence(seconds)
marks = tuple(ChapterMark(f"Chapter {number}", number * stream.frames // 100) for number in range(100))
tags = episode_tags(Metadata("Book", "en"), Timeline(44100, stream.frames, (), marks), None)
encode_files(stream, tags, {path.suffix[1:]: path}, Encoding({path.suffix[1:]: 32}), lambda _: None)
if sys.platform == "linux":  # ru_maxrss would count the process that started this one
    print(1024 * int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]))
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(path: Path, seconds: float) -> int:
    """The largest resident memory, in bytes, of a process that writes a book with 100 chapters."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, path, str(seconds)], cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_length_of_a_book(tmp_path: Path) -> None:
    short, long = peak(tmp_path / "a.m4b", 120), peak(tmp_path / "b.m4b", 3600)
    assert long - short < MOST_GROWTH
    with av.open(tmp_path / "b.m4b") as container:
        chapters = container.chapters()
        assert [round(mark["start"] * mark["time_base"]) for mark in chapters] == list(range(0, 3600, 36))
        assert container.duration == pytest.approx(3600 * av.time_base, abs=0.03 * av.time_base)
    assert open_decoded(tmp_path / "b.m4b").frames == 3600 * 44100
