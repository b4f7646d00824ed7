"""From cached takes to a finished MP3, and one edited line: against ffmpeg's chain, against the encoder alone, and in memory.

python benchmarks/assemble.py [--quick] [--json FILE]

One hour is 900 lines that the draft voice has recorded before the clock starts; what is timed is a process that plans, mixes, masters and
encodes them at -16 LUFS, 44.1 kHz mono, 96 kbps, with nothing kept of an earlier one. The rivals, in the same run on the same takes:

- ffmpeg's concat demuxer, then the two passes of loudnorm as ffmpeg-normalize runs them (measure; then apply with the measured figures),
  the second encoding with libmp3lame at the same settings. Handed an hour without its pauses, it has less to do than ours.
- lameenc alone at the same settings, fed the finished samples from memory, on one core.

An edit gives one line other words; its take is recorded before the clock starts, and what is timed is finishing: mix, master, encode and
publish. Edits of random lines show how often one moves the balance of the voices, the gain or the limiter, and thereby every piece.

Memory is the largest resident set of the whole process, for 10 minutes and for 3 hours. --quick takes half a minute, where
starting the processes weighs too much for the ratios to be required; it shows that everything works. Needs the extra ``dev``.
"""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
from assemble_parts.pieces import borders, lengths, mp3val, random_edits
from table import Row, finish, options, required

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
    finishing: float
    """Seconds of mixing, mastering, encoding and publishing."""
    finishing_cpu: float
    """The same in seconds of all cores."""
    cpu: float
    """CPU seconds of the whole process."""


def write_script(path: Path, lines: int, edited: int | None = None) -> None:
    """A dialogue whose lines are spoken in about three and a half seconds each, no two alike; that numbered ``edited`` has other words."""
    turns = []
    for number in range(lines):
        if number % 90 == 0:
            turns.append(f"## Chapter {number // 90 + 1}")
        nouns = [NAMES[(number // 16**k + 5 * k) % 16] for k in range(2)]
        text = f"On day {number} we {VERBS[number % 8]} the {nouns[0]} near the {nouns[1]}."
        if number == edited:
            text = f"On that day, it was {number}, nobody {VERBS[number % 8]} any {nouns[1]}."
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
    finishing, cpu = time.perf_counter(), time.process_time()
    finished = finish_episode(episode, takes)
    finishing, cpu = time.perf_counter() - finishing, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 10 if sys.platform == "linux" else 1 << 20)
    files = [str(file.path) for file in finished.files]
    takes_in_order = [str(takes[planned.utterance.address].path) for planned in episode.plan.planned]
    told = {
        "work": time.perf_counter() - started,
        "megabytes": peak,
        "seconds": finished.seconds,
        "files": files,
        "takes": takes_in_order,
        "finishing": finishing,
        "finishing_cpu": cpu,
        "cpu": time.process_time(),
        "gain": finished.report.gain_db,
    }
    print(json.dumps(told))


def record_alone(script: Path, cache: Path) -> None:
    """Record what is missing, so that it is not in what is timed."""
    from voiceover.pipeline.context import open_store
    from voiceover.pipeline.job import Job
    from voiceover.pipeline.render import plan_episode, record

    record([plan_episode(Job(script, cache_folder=cache))], open_store(cache))
    print("{}")


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
    started, cpu = time.perf_counter(), time.process_time()
    for start in range(0, len(raw), 1 << 17):
        encoder.encode(raw[start : start + (1 << 17)])
    encoder.flush()
    print(json.dumps({"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu}))


def child(*arguments: str | Path) -> dict[str, object]:
    """Run this file in a new process; what it printed, and its wall time."""
    started = time.perf_counter()
    done = subprocess.run([sys.executable, __file__, *map(str, arguments)], capture_output=True, text=True, check=False)
    wall = time.perf_counter() - started
    if done.returncode:
        sys.exit(done.stderr)
    return {**json.loads(done.stdout.splitlines()[-1]), "wall": wall}


def measured(told: dict[str, object]) -> Measured:
    return Measured(*(float(str(told[name])) for name in Measured.__dataclass_fields__))


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


class Runs:
    """Episodes of three lengths: fresh, with an edited line, and with nothing changed."""

    def __init__(self, folder: Path, full: bool) -> None:
        self.folder, self.cache = folder, folder / "cache"
        scale = 1 if full else 150
        self.lines = {"short": HOUR_LINES // 6 // scale, "hour": HOUR_LINES // scale, "long": 3 * HOUR_LINES // scale}
        self.fresh: dict[str, list[dict[str, object]]] = {}
        self.edits: dict[str, Measured] = {}
        for label, lines in self.lines.items():
            self.recorded(label)
            self.fresh[label] = []
            for run in range(2 if full and label == "hour" else 1):
                shutil.rmtree(self.cache / "pieces", ignore_errors=True)
                self.fresh[label].append(self.assembled(label, f"{label}{run}"))
            for edited in range(lines // 2, lines) if label != "short" else ():
                self.recorded(label, edited)
                told = self.assembled(label, f"{label} edited")
                self.edits[label] = measured(told)
                if told["gain"] == self.fresh[label][0]["gain"] or not full:
                    break
            self.recorded(label)
            if label == "hour":
                self.unchanged = measured(self.assembled(label, "unchanged"))

    def path(self, label: str) -> Path:
        return self.folder / f"{label}.md"

    def recorded(self, label: str, edited: int | None = None) -> None:
        """Write the script and record what is missing."""
        write_script(self.path(label), self.lines[label], edited)
        child("record", self.path(label), self.cache)

    def assembled(self, label: str, out: str) -> dict[str, object]:
        return child("assemble", self.path(label), self.cache, self.folder / out)

    def mp3(self, label: str) -> Path:
        return Path(next(file for file in self.fresh[label][0]["files"] if file.endswith(".mp3")))  # type: ignore[attr-defined]

    def best(self, label: str) -> Measured:
        return min(map(measured, self.fresh[label]), key=lambda one: one.wall)


def rows_of_rivals(runs: Runs, full: bool) -> list[Row]:
    best = runs.best("hour")
    alone = min((child("lame", runs.mp3("hour")) for _ in range(2 if full else 1)), key=lambda told: float(str(told["seconds"])))
    lame, lame_cpu = float(str(alone["seconds"])), float(str(alone["cpu"]))
    chain = ffmpeg_chain(runs.fresh["hour"][0]["takes"], runs.folder)  # type: ignore[arg-type]
    lufs, peak = ebur128(runs.mp3("hour"))
    return [
        Row(f"{best.seconds / 60:.1f} minutes from {runs.lines['hour']} cached takes to MP3, s", best.wall, "", True),
        Row("  ffmpeg: concat, loudnorm twice, libmp3lame, s", chain, "", True),
        required("  ours to ffmpeg's, ratio", best.wall / chain, "at most 0.27", best.wall <= 0.27 * chain, full),
        Row("  lameenc alone, finished samples in memory, s", lame, "", True),
        required("  ours to lameenc's, ratio", best.wall / lame, "at most 0.8", best.wall <= 0.8 * lame, full),
        Row("  the same in CPU seconds (two idle cores take half as long)", best.cpu / lame_cpu, "", True),
        Row("  loudness by ffmpeg's ebur128, LUFS", lufs, "-16 +- 0.1", abs(lufs - TARGET_LUFS) <= 0.1),
        Row("  true peak by ffmpeg's ebur128, dBTP", peak, "at most -1", peak <= CEILING_DB),
    ]


def rows_of_edits(runs: Runs, full: bool) -> list[Row]:
    rows = []
    for label, most in (("hour", 0.1), ("long", 0.05)):
        whole, edit = runs.best(label), runs.edits[label]
        ratio, cpu = edit.finishing / whole.finishing, edit.finishing_cpu / whole.finishing_cpu
        rows.append(Row(f"finishing {whole.seconds / 60:.1f} minutes, s", whole.finishing, "", True))
        rows.append(Row("  after one edited line, s", edit.finishing, "", True))
        rows.append(required("  ratio", ratio, f"at most {most:g}", ratio <= most, full))
        rows.append(required("  ratio of CPU seconds", cpu, f"at most {most:g}", cpu <= most, full))
    minutes = f"{runs.unchanged.seconds / 60:.1f} minutes"
    rows.append(Row(f"  all pieces of {minutes} kept, s", runs.unchanged.finishing, "", True))
    write_script(runs.path("other"), runs.lines["hour"])
    runs.path("other").write_text(runs.path("other").read_text("utf-8").replace("On day", "That was on day"), "utf-8")
    child("record", runs.path("other"), runs.cache)
    count = 200 if full else 5
    moves = child("edits", runs.path("hour"), runs.path("other"), runs.cache, str(count))
    rows.append(Row(f"{count} random edits of {minutes}: share that move a level", float(str(moves["moved"])) / count, "", True))
    rows.append(Row(f"  pieces that an edit makes new, of {moves['pieces']}", float(str(moves["new"])), "", True))
    return rows


def rows_of_files(runs: Runs, full: bool) -> list[Row]:
    short, long = runs.best("short"), runs.best("long")
    samples, problems = lengths(runs.mp3("long")), mp3val(runs.mp3("long"))
    expected = round(long.seconds * 44100)
    growth = long.megabytes / short.megabytes
    rows = [
        Row(f"peak memory for {short.seconds / 60:.1f} minutes, MB", short.megabytes, "under 250", short.megabytes < 250),
        Row(f"peak memory for {long.seconds / 60:.1f} minutes, MB", long.megabytes, "under 250", long.megabytes < 250),
        Row("  ratio", growth, "", True),
        Row(f"  decoders that agree on its length, of {len(samples)}", samples.count(expected), "all", set(samples) == {expected}),
        Row("  problems found by mp3val", problems, "0", not problems, "not installed"),
    ]
    bitrates = ("64", "96", "192") if full else ("96",)
    worse = child("borders", runs.path("short" if full else "long"), runs.cache, runs.folder, *bitrates)
    for kbps, (mean, most) in worse["worse"].items():  # type: ignore[attr-defined]
        what = f"first second after {worse['borders']} borders, {kbps} kbps: noise above that of a whole encoding, dB"
        rows.append(Row(what, mean, "at most 0.2", mean <= 0.2))
        rows.append(Row("  at the worst border", most, "", True))
    return rows


def main() -> None:
    arguments = options(__doc__, "half a minute in place of an hour").parse_args()
    full = not arguments.quick
    with tempfile.TemporaryDirectory() as name:
        runs = Runs(Path(name), full)
        rows = [*rows_of_rivals(runs, full), *rows_of_edits(runs, full), *rows_of_files(runs, full)]
    finish(rows, arguments.json)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["assemble", script, cache, out]:
            assemble(Path(script), Path(cache), Path(out))
        case ["record", script, cache]:
            record_alone(Path(script), Path(cache))
        case ["edits", script, other, cache, count]:
            random_edits(Path(script), Path(other), Path(cache), int(count))
        case ["borders", script, cache, folder, *bitrates]:
            borders(Path(script), Path(cache), Path(folder), [int(each) for each in bitrates])
        case ["lame", finished]:
            lame_alone(Path(finished))
        case _:
            main()
