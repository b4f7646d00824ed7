"""An audiobook as one M4B: memory, time, and what players read of it.

python benchmarks/long_books.py [--quick] [--json FILE]

The speech of docs/lighthouse.mp3, over and over, becomes an M4B with 100 chapters and a cover, once of one hour and once of ten, each in a
process of its own. The peak of the memory must not grow with the length; PyAV must read every chapter and decode the whole.

--quick makes 1 and 10 minutes instead, whose memory is not judged.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from table import Row, finish, options, required

from voiceover.audio.files import read_audio
from voiceover.publish.encode import encode_files
from voiceover.publish.tags import episode_tags
from voiceover.types import ChapterMark, Encoding, FloatArray, Metadata, Timeline

SPEECH = Path(__file__).parents[1] / "docs" / "lighthouse.mp3"
CHAPTERS = 100
MOST_GROWTH_MB = 8.0
"""Ten hours may take this much more memory than one: the sizes of 1.5 million packets, 2 bytes each, and what the allocator adds."""
MOST_CPU_SECONDS = 40.0
"""CPU time per hour of audio; the fast coder takes about 15 s on the machine that docs/speed.md describes."""
BLOCK_FRAMES = 1 << 16


@dataclass(frozen=True)
class Speech:
    """The same speech over and over, as an AudioStream."""

    samples: FloatArray
    sample_rate: int
    frames: int
    channels: int = 1

    def blocks(self) -> Iterator[FloatArray]:
        """Yield blocks of shape (frames, 1)."""
        left, at = self.frames, 0
        while left:
            block = self.samples[at : at + min(BLOCK_FRAMES, left), None]
            yield block
            left -= len(block)
            at = (at + len(block)) % len(self.samples)


def make(path: Path, seconds: float) -> None:
    """Encode a book, and print what it took as JSON."""
    audio = read_audio(SPEECH)
    stream = Speech(audio.samples, audio.sample_rate, round(seconds * audio.sample_rate))
    marks = tuple(ChapterMark(f"Chapter {number}", number * stream.frames // CHAPTERS) for number in range(CHAPTERS))
    tags = episode_tags(Metadata("The lighthouse", "en", show="Books"), Timeline(stream.sample_rate, stream.frames, (), marks), None)
    begun, wall = time.process_time(), time.monotonic()
    encode_files(stream, tags, {"m4b": path}, Encoding(), lambda _: None)
    print(json.dumps({"cpu": time.process_time() - begun, "wall": time.monotonic() - wall, "mb": peak_bytes() / 1e6}))


def peak_bytes() -> int:
    """Return the peak of this process's memory; on Linux ``ru_maxrss`` would count the process that started it."""
    if sys.platform == "linux":
        return 1024 * int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def made(path: Path, seconds: float) -> dict[str, float]:
    """Encode a book in a process of its own."""
    done = subprocess.run([sys.executable, __file__, "--make", str(path), str(seconds)], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def heard(path: Path) -> tuple[int, float]:
    """Return the number of chapters and of seconds that PyAV finds."""
    with av.open(path) as container:
        chapters = len(container.chapters())
        stream = container.streams.audio[0]
        frames = sum(frame.samples for frame in container.decode(stream))
        return chapters, frames / stream.rate


def main() -> None:
    if sys.argv[1:2] == ["--make"]:
        make(Path(sys.argv[2]), float(sys.argv[3]))
        return
    chosen = options(__doc__, "1 and 10 minutes").parse_args()
    short, long = (60.0, 600.0) if chosen.quick else (3600.0, 36_000.0)
    with tempfile.TemporaryDirectory() as folder:
        first, book = (Path(folder) / name for name in ("short.m4b", "long.m4b"))
        one, ten = made(first, short), made(book, long)
        chapters, seconds = heard(book)
        megabytes = book.stat().st_size / 1e6
    full, growth, cpu = not chosen.quick, ten["mb"] - one["mb"], ten["cpu"] * 3600 / long
    what = "growth of the peak with ten times the length, MB"
    finish(
        [
            Row(f"peak memory of {short / 60:.0f} minutes, MB", one["mb"], "", True),
            Row(f"peak memory of {long / 60:.0f} minutes, MB", ten["mb"], "", True),
            required(what, growth, f"at most {MOST_GROWTH_MB:g}", growth <= MOST_GROWTH_MB, full),
            required("CPU time per hour of audio, s", cpu, f"at most {MOST_CPU_SECONDS:g}", cpu <= MOST_CPU_SECONDS, full),
            Row("wall time of the long one, s", ten["wall"], "", True),
            Row("size of the long one, MB", megabytes, "", True),
            Row("chapters that PyAV reads", chapters, str(CHAPTERS), chapters == CHAPTERS),
            Row("seconds that PyAV decodes", seconds, f"{long:g} and at most 0.03", long <= seconds <= long + 0.03),
        ],
        chosen.json,
    )


if __name__ == "__main__":
    main()
