"""From cached takes to a finished MP3: against a chain of ffmpeg commands, against the encoder alone, and in memory.

python benchmarks/assemble.py [--quick] [--json FILE]

One hour is 900 lines that the draft voice has recorded before the clock starts; what is timed is a process that plans, mixes, masters and
encodes them at -16 LUFS, 44.1 kHz mono, 96 kbps. The rivals, in the same run on the same takes:

- ffmpeg's concat demuxer, then the two passes of loudnorm as ffmpeg-normalize runs them (measure; then apply with the measured figures),
  the second encoding with libmp3lame at the same settings. Handed an hour without its pauses, it has less to do than ours.
- lameenc alone at the same settings, fed the finished samples from memory.

Memory is the largest resident set of the whole process, for 10 minutes and for 2 hours. --quick takes 2 minutes in place of an hour, where
starting the processes weighs too much for the ratios to be required; it shows that everything works. Needs the extra ``dev``.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
from table import Row, finish, options

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
HOUR_LINES = 900
TARGET_LUFS, CEILING_DB = -16.0, -1.0
_WORDS = """
    mouse house garden winter cheese table window evening road basket river morning lantern kitchen cellar barley
    found left saw carried wanted painted followed remembered
"""
NAMES, VERBS = _WORDS.split()[:16], _WORDS.split()[16:]


@dataclass(frozen=True)
class Measured:
    """What a process of ours took."""

    wall: float
    """Seconds, start of Python included."""
    work: float
    """Seconds in the process itself, imports left out."""
    megabytes: float
    """Largest resident set."""
    seconds: float
    """Length of the episode."""


def write_script(path: Path, first: int, lines: int) -> None:
    """A dialogue whose lines are spoken in about three and a half seconds each, no two of the first 900 alike."""
    turns = []
    for number in range(first, first + lines):
        if number % 90 == 0:
            turns.append(f"## Chapter {number // 90 + 1}")
        n = number % HOUR_LINES
        nouns = [NAMES[(n // 16**k + 5 * k) % 16] for k in range(2)]
        text = f"On day {n} we {VERBS[n % 8]} the {nouns[0]} near the {nouns[1]}."
        turns.append(f"{'Ann' if number % 2 else 'Bob'}: {text}")
    path.write_text("---\ntitle: An hour\ncast: {Ann: ada, Bob: ben}\nengine: draft\n---\n\n" + "\n\n".join(turns) + "\n", "utf-8")


# ---------------------------------------------------------------- in processes of their own


def assemble(script: Path, cache: Path, out: Path) -> None:
    """Plan and finish an episode whose takes are all there; prints what it took."""
    started = time.perf_counter()
    from voiceover.pipeline.context import open_store
    from voiceover.pipeline.job import Job
    from voiceover.pipeline.render import finish_episode, plan_episode, record

    job = Job(script, output=out, cache_folder=cache)
    episode = plan_episode(job)
    takes = record([episode], open_store(cache))
    finished = finish_episode(episode, takes)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 10 if sys.platform == "linux" else 1 << 20)
    files = [str(file.path) for file in finished.files]
    takes_in_order = [str(takes[planned.utterance.address].path) for planned in episode.plan.planned]
    told = {"work": time.perf_counter() - started, "megabytes": peak, "seconds": finished.seconds, "files": files, "takes": takes_in_order}
    print(json.dumps(told))


def lame_alone(finished: Path) -> None:
    """Encode the samples of a finished file from memory, in blocks; prints the seconds."""
    import lameenc
    import soundfile

    samples, rate = soundfile.read(finished, dtype="int16")
    raw = samples.tobytes()
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_channels(1)
    encoder.set_in_sample_rate(rate)
    encoder.set_out_sample_rate(rate)
    encoder.set_bit_rate(96)
    encoder.set_quality(2)
    started = time.perf_counter()
    for start in range(0, len(raw), 1 << 17):
        encoder.encode(raw[start : start + (1 << 17)])
    encoder.flush()
    print(json.dumps({"seconds": time.perf_counter() - started}))


def child(*arguments: str | Path) -> dict[str, object]:
    """Run this file in a new process; what it printed, and its wall time."""
    started = time.perf_counter()
    done = subprocess.run([sys.executable, __file__, *map(str, arguments)], capture_output=True, text=True, check=False)
    wall = time.perf_counter() - started
    if done.returncode:
        sys.exit(done.stderr)
    return {**json.loads(done.stdout.splitlines()[-1]), "wall": wall}


def measured(told: dict[str, object]) -> Measured:
    return Measured(*(float(str(told[name])) for name in ("wall", "work", "megabytes", "seconds")))


# ---------------------------------------------------------------- the rival


def ffmpeg(*arguments: str | Path) -> str:
    """Run ffmpeg; what it said."""
    done = subprocess.run([FFMPEG, "-hide_banner", "-nostdin", "-y", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stderr


def ffmpeg_chain(takes: list[str], folder: Path) -> float:
    """Wall seconds from the takes to an MP3 by ffmpeg alone."""
    listing = folder / "takes.txt"
    listing.write_text("".join(f"file '{take}'\n" for take in takes))
    whole, made = folder / "whole.wav", folder / "ffmpeg.mp3"
    started = time.perf_counter()
    ffmpeg("-f", "concat", "-safe", "0", "-i", listing, "-c", "copy", whole)
    aim = f"loudnorm=I={TARGET_LUFS}:TP={CEILING_DB}:LRA=7"
    said = ffmpeg("-i", whole, "-af", f"{aim}:print_format=json", "-f", "null", "-")
    found = json.loads(said[said.rindex("{") : said.rindex("}") + 1])
    again = ":".join(
        f"measured_{key}={found[f'input_{name}']}" for key, name in (("I", "i"), ("TP", "tp"), ("LRA", "lra"), ("thresh", "thresh"))
    )
    apply = f"{aim}:{again}:offset={found['target_offset']}:linear=true"
    ffmpeg("-i", whole, "-af", apply, "-ar", "44100", "-ac", "1", "-c:a", "libmp3lame", "-b:a", "96k", made)
    return time.perf_counter() - started


def ebur128(path: Path) -> tuple[float, float]:
    """Integrated loudness and true peak of a file as ffmpeg's ebur128 filter reads them."""
    said = ffmpeg("-i", path, "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-")
    summary = said[said.rindex("Summary:") :]
    return tuple(float(re.search(rf"{name}:\s+(\S+)", summary)[1]) for name in ("I", "Peak"))  # type: ignore[index, return-value]


# ---------------------------------------------------------------- the table


def main() -> None:
    arguments = options(__doc__, "2 minutes in place of an hour").parse_args()
    scale = 30 if arguments.quick else 1
    runs = 1 if arguments.quick else 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cache = folder / "cache"
        scripts = {label: folder / f"{label}.md" for label in ("hour", "short", "long")}
        for label, lines in (("hour", HOUR_LINES), ("short", HOUR_LINES // 6), ("long", 2 * HOUR_LINES)):
            write_script(scripts[label], 0, lines // scale)
        for script in scripts.values():
            child("assemble", script, cache, folder / "warm")
        tries = [child("assemble", scripts["hour"], cache, folder / f"out{run}") for run in range(runs)]
        best = min(map(measured, tries), key=lambda one: one.wall)
        made = Path(next(file for file in tries[0]["files"] if file.endswith(".mp3")))  # type: ignore[attr-defined]
        alone = min(float(str(child("lame", made)["seconds"])) for _ in range(runs))
        chain = min(ffmpeg_chain(tries[0]["takes"], folder) for _ in range(1))  # type: ignore[arg-type]
        short, long = (measured(child("assemble", scripts[label], cache, folder / "memory")) for label in ("short", "long"))
        lufs, peak = ebur128(made)
    growth = long.megabytes / short.megabytes

    def required(words: str, reached: bool) -> tuple[str, bool]:
        """Starting the processes weighs too much in the quick run for a ratio to be required there."""
        return (f"(of an hour: {words})", True) if arguments.quick else (words, reached)

    rows = [
        Row(f"{best.seconds / 60:.1f} minutes from {HOUR_LINES // scale} cached takes to MP3, s", best.wall, "", True),
        Row("  ffmpeg: concat, loudnorm twice, libmp3lame, s", chain, "", True),
        Row("  ours to ffmpeg's, ratio", best.wall / chain, *required("at most 0.333", best.wall <= chain / 3)),
        Row("  lameenc alone, finished samples in memory, s", alone, "", True),
        Row("  ours to lameenc's, ratio", best.wall / alone, *required("at most 1.4", best.wall <= 1.4 * alone)),
        Row("  loudness by ffmpeg's ebur128, LUFS", lufs, "-16 +- 0.1", abs(lufs - TARGET_LUFS) <= 0.1),
        Row("  true peak by ffmpeg's ebur128, dBTP", peak, "at most -1", peak <= CEILING_DB),
        Row(f"peak memory for {short.seconds / 60:.1f} minutes, MB", short.megabytes, "under 250", short.megabytes < 250),
        Row(f"peak memory for {long.seconds / 60:.1f} minutes, MB", long.megabytes, "under 250", long.megabytes < 250),
        Row("  ratio", growth, *required("0.9 to 1.1", 0.9 <= growth <= 1.1)),
    ]
    finish(rows, arguments.json)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["assemble", script, cache, out]:
            assemble(Path(script), Path(cache), Path(out))
        case ["lame", finished]:
            lame_alone(Path(finished))
        case _:
            main()
