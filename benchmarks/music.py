"""Music under speech: levels against what the script asks for, and memory and time with a bed of two hours.

python benchmarks/music.py [--quick] [--json FILE]

Levels: noise as speech and noise as music, whose loudness hardly changes, in mono and stereo, at several levels and depths. The music of
each mix, apart from its speech, is measured with the loudness meter (BS.1770-4), alone and while someone speaks.

Memory is that of a process that finishes an episode from cached takes of the draft voice: ten minutes and two hours, with a stereo bed that
is as long as the longer one. Its largest resident set differs by up to 40 MB between equal runs, since it depends on which chunks two
threads hold at a time; so growth is that of the peak of what Python and numpy allocate. --quick takes 2 minutes in place of two hours.

The whole run takes some eight minutes of processor time: one for the bed, most of the others to finish two hours. Counting what is
allocated adds little to that. Each result is printed to stderr as soon as it is there, so a run that is stopped leaves some.
"""

from __future__ import annotations

import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from table import Row, finish, options

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.mix.parts import music, pause, plan, recorded, said, written  # noqa: E402
from voiceover.audio.loudness import Meter, integrated_power, speech_power, to_lufs  # noqa: E402
from voiceover.mix import Mix, mix_takes  # noqa: E402
from voiceover.types import Ducking, Gaps, Soundtrack  # noqa: E402

RATE = 44_100
LEVELS, DEPTHS = (-24.0, -18.0, -6.0, 0.0, 6.0), (6.0, 12.0, 20.0)
LEAST_LU = 12.0
SECONDS = 4
TWO_HOURS = 7200
Samples = NDArray[np.float32]


def noise(seconds: float, seed: int, amplitude: float, channels: int = 1) -> Samples:
    return (amplitude * np.random.default_rng(seed).standard_normal((round(seconds * RATE), channels))).astype(np.float32)


# ---------------------------------------------------------------- levels


@dataclass(frozen=True)
class Levels:
    """How far a mix is from what was asked for."""

    level_error: float
    """dB, while nobody speaks."""
    ratio_error: float
    """LU, while someone speaks: against the larger of what was asked for and 12."""
    ratio: float
    """LU of the speech above the music."""
    told_error: float
    """LU between that and what the report says."""


def loudness(samples: Samples, start: float, stop: float) -> float:
    meter = Meter(RATE, samples.shape[1])
    meter.add(samples[round(start * RATE) : round(stop * RATE)])
    meter.finish()
    return to_lufs(integrated_power(meter.tenths))


def whole(mix: Mix) -> Samples:
    return np.concatenate(list(mix.blocks()))


def levels(folder: Path, channels: int, level: float, depth: float) -> Levels:
    line, bed = noise(SECONDS, 1, 0.1)[:, 0], written(folder, f"bed{channels}", noise(7, 2, 0.3, channels), RATE)
    power, seconds = speech_power(line, RATE)
    take = recorded(folder, "line", line, (0, len(line)), RATE, speech_power=power, speech_seconds=seconds)
    track = Soundtrack(channels, {"bed": bed}, ducking=Ducking(depth_db=depth))
    items = (music("bed", level=level), pause(SECONDS), said("line"), pause(2.0))
    mix = mix_takes(plan(*items, rate=RATE, soundtrack=track), {"line": take}, Gaps())
    speech = whole(replace(mix, timeline=replace(mix.timeline, sounds=())))
    alone = whole(mix) - speech
    spoken = loudness(speech, SECONDS, 2 * SECONDS)
    ratio = spoken - loudness(alone, SECONDS, 2 * SECONDS)
    assert mix.music is not None
    return Levels(
        abs(loudness(alone, 0.0, SECONDS - 0.2) - spoken - level),
        abs(ratio - max(depth - level, LEAST_LU)),
        ratio,
        abs(mix.music.speech_to_bed_lu - ratio),
    )


# ---------------------------------------------------------------- memory and time


def write_bed(path: Path, seconds: int) -> None:
    """A soft chord over soft noise, in stereo; no minute is like another."""
    rng = np.random.default_rng(3)
    with soundfile.SoundFile(path, "w", RATE, 2, "PCM_16") as file:
        for second in range(seconds):
            times = (second + np.arange(RATE) / RATE)[:, None]
            chord = sum(np.sin(2 * np.pi * frequency * times) for frequency in (220.0, 277.2, 329.6))
            file.write((0.05 * chord + 0.002 * rng.standard_normal((RATE, 2))).astype(np.float32))


def write_script(path: Path, seconds: int, bed: str) -> None:
    """A line every minute, over a bed."""
    head = f"---\ntitle: Music\ncast: {{Ann: ada}}\nengine: draft\nsounds: {{bed: {bed}}}\n---\n\n[music: bed, under, fade 2s]\n\n"
    turns = (f"Ann: This is what is said in minute {minute}.\n\n[pause 55s]\n" for minute in range(seconds // 60))
    path.write_text(head + "\n".join(turns), "utf-8")


def assemble(script: Path, cache: Path, out: Path) -> None:
    """Record an episode and finish it; prints what finishing took."""
    from voiceover.pipeline.context import open_store
    from voiceover.pipeline.job import Job
    from voiceover.pipeline.render import finish_episode, plan_episode, record
    from voiceover.types import Settings

    job = Job(script, Settings(formats=("mp3",)), output=out, cache_folder=cache)
    episode = plan_episode(job)
    takes = record([episode], open_store(cache))
    started = time.perf_counter()
    tracemalloc.start()
    finished = finish_episode(episode, takes)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 10 if sys.platform == "linux" else 1 << 20)
    allocated = tracemalloc.get_traced_memory()[1] / 1e6
    print(json.dumps({"wall": time.perf_counter() - started, "megabytes": peak, "allocated": allocated, "seconds": finished.seconds}))


def child(*arguments: str | Path) -> dict[str, float]:
    done = subprocess.run([sys.executable, __file__, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


# ---------------------------------------------------------------- the table


def rows_of(quick: bool) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wanted = itertools.product((1, 2), LEVELS[2:3] if quick else LEVELS, DEPTHS[1:2] if quick else DEPTHS)
        found = [levels(folder, *each) for each in wanted]
        seconds = 120 if quick else TWO_HOURS
        write_bed(folder / "bed.flac", seconds)
        made = {}
        for label, length in (("short", max(seconds // 12, 60)), ("long", seconds)):
            write_script(folder / f"{label}.md", length, "bed.flac")
            made[label] = child("assemble", folder / f"{label}.md", folder / "cache", folder / "out")
            print(f"{label}: {json.dumps(made[label])}", file=sys.stderr, flush=True)
    worst = max(each.level_error for each in found)
    yield Row(f"level of music against speech, largest error of {len(found)}, dB", worst, "at most 0.5", worst <= 0.5)
    worst = max(each.ratio_error for each in found)
    yield Row("while someone speaks, largest error, LU", worst, "at most 0.5", worst <= 0.5)
    least = min(each.ratio for each in found)
    yield Row("least speech above music, LU", least, "at least 11.9", least >= LEAST_LU - 0.1)
    worst = max(each.told_error for each in found)
    yield Row("what the report says, largest error, LU", worst, "at most 0.5", worst <= 0.5)
    short, long = made["short"], made["long"]
    for each in (short, long):
        length = f"{each['seconds'] / 60:.0f} minutes"
        yield Row(f"peak memory for {length}, MB", each["megabytes"], "under 250", each["megabytes"] < 250)
        yield Row("  of which allocated by Python and numpy, MB", each["allocated"], "", True)
    growth = long["allocated"] - short["allocated"]
    yield Row("  growth of that, MB", growth, "at most 20", growth <= 20)
    yield Row(f"to mix, master and encode {long['seconds'] / 60:.0f} minutes, s", long["wall"], "", True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["assemble", script, cache, out]:
            assemble(Path(script), Path(cache), Path(out))
        case _:
            arguments = options(__doc__, "2 minutes in place of two hours, fewer levels").parse_args()
            finish(list(rows_of(arguments.quick)), arguments.json)
