"""A long book: memory does not grow with its length. ``benchmarks/long_books.py`` does it with ten hours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import av
import pytest

from voiceover.publish.decoded import open_decoded

ROOT = Path(__file__).parents[2]
MOST_GROWTH = 2_000_000
"""Bytes that half an hour may take more than two minutes; its 78,000 packets alone would take 4 MB if they were kept."""

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

for name, seconds in (("warm", 120), ("short", 120), ("long", 1800)):
    path = Path(sys.argv[1]) / f"{name}.m4b"
    stream = Silence(seconds)
    marks = tuple(ChapterMark(f"Chapter {number}", number * stream.frames // 100) for number in range(100))
    tags = episode_tags(Metadata("Book", "en"), Timeline(44100, stream.frames, (), marks), None)
    encode_files(stream, tags, {"m4b": path}, Encoding({"m4b": 32}), lambda _: None)
    if sys.platform == "linux":  # what is allocated: how much of it is resident depends on what else the machine does
        print(1024 * int(Path("/proc/self/status").read_text().split("VmPeak:")[1].split()[0]))
    else:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_length_of_a_book(tmp_path: Path) -> None:
    """Books with 100 chapters, in one process, whose threads share one heap."""
    environment = {**os.environ, "MALLOC_ARENA_MAX": "1"}
    done = subprocess.run([sys.executable, "-c", PROGRAM, tmp_path], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    _, short, long = map(int, done.stdout.split())
    assert long - short < MOST_GROWTH
    with av.open(tmp_path / "long.m4b") as container:
        chapters = container.chapters()
        assert [round(mark["start"] * mark["time_base"]) for mark in chapters] == list(range(0, 1800, 18))
        assert container.duration == pytest.approx(1800 * av.time_base, abs=0.03 * av.time_base)
    assert open_decoded(tmp_path / "long.m4b").frames == 1800 * 44100
