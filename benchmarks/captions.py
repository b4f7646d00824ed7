"""Captions beside the audio: how far a cue's border is from where the words after it are heard in the finished WAV.

python benchmarks/captions.py [--quick] [--json FILE]

Each line has one pause, at a sign that stands far from the middle of its letters: numbers, addresses and respelled words are on one side.
Each engine that is installed and says when its words begin renders them; the end of the longest silence in a line, measured in the
finished WAV without any help of the engine, is the truth for the border of the cues there. The same takes are then timed again with their
marks withheld: by their silences, as those of F5 are, and by their letters alone.

--quick takes 3 of 24 lines. An engine whose weights are not installed is not measured.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from table import Row, finish, options

from voiceover.audio.files import read_audio
from voiceover.audio.speech_detection import find_silences
from voiceover.engines import context_of, engine_names, offer
from voiceover.engines.contract import make_utterance
from voiceover.errors import VoiceoverError
from voiceover.mix.edges import kept_range
from voiceover.pipeline.context import engine_context, open_store
from voiceover.publish.caption_files import SRT_LAYOUT
from voiceover.publish.captions import captions
from voiceover.types import Placed, SpokenSpan, Take, Timeline

MOST_SECONDS = 0.06
LEAST_PAUSE_SECONDS = 0.1
"""Shorter silences do not count as pauses."""
LEAST_RATIO = 2.0
"""Length of the longest pause to the next: less, and it is not certain that it is the one at the sign."""
VOICES = {"draft": "ada", "kokoro": "ada"}
"""Voices of other engines: the first that they bring."""

LINES = """
In 1987 it cost $4,500, £3,200 or €4,900; nobody in the village had so much money to spare.
You find all of it at https://www.example.com/a/very/long/path.html; write to us if you do not.
[Nguyen](<say:the old gentleman from the end of the road>) left early; nobody saw him go down the hill.
The lamps were lit along the whole of the street; 25,000 people came to see them in 2019.
He waited at the door until it was quite dark; then he went home and wrote to www.example.com.
Nobody had told the children anything about it; they laughed, and ran down the hill to the river.
The cat sat under the table and looked at us; her name is [Mo](<say:Moses the second of that name>).
My grandmother kept a mouse in a box of matches; she fed it on cheese and never told my father.
It was the 3rd of May, 1999, at 10:45; we had been on the road since the early morning.
The bread was hard and the cheese was old; still we ate all of it and were glad of it.
Rain fell on the roof for the whole of the night; in the morning the garden was a lake.
There were 1,250,000 of them in 2005; today there are hardly any left in the whole country.
She opened the letter, read it twice and put it away; what it said she never told a soul.
Take the second street on the left behind the school; the house with the green door is ours.
We sold 17,345 copies in 2021 and 19,871 in 2022; this year we are glad if we sell a few hundred.
The wind had turned to the north in the evening; by midnight 350 ships were back in the harbour.
See http://example.org/12345/67890 for the list; the rest of it is in the office on the first floor.
All of the rivers run down to the sea at last; what the sun lifts from it again is water alone.
Nobody knows who built the tower on the island; it was there when the first settlers came in 1623.
The shops were shut and the last tram had gone; he turned up his collar and walked to the station.
If you want to go fast, you go alone, my friend; if you want to go far, you go with all of us.
They asked for 10% of $250,000, paid by the 1st; we gave them tea and showed them the garden.
A glass of river water holds so little of the salt; nobody could ever taste it in the water.
The old man put down his cup and looked at the sea; it was a long while before he spoke again.
""".strip().split("\n")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was rendered."""

    placed: Placed
    """By itself: its speech begins where its take does."""
    heard: float
    """End of its pause in the finished WAV, in seconds from the start of its take."""
    border: float | None
    """Where the SRT changes the cue for the words after the pause; None if it does not."""


def render(engine: str, voice: str, lines: Sequence[str], folder: Path) -> str | None:
    """Render the lines by the command; return why that failed, or None."""
    script = folder / "lines.md"
    script.write_text(f"---\ntitle: Lines\nlanguage: en\ncast: {{Reader: {voice}}}\n---\n\n" + "\n\n".join(lines) + "\n", "utf-8")
    command = [sys.executable, "-m", "voiceover", "render", str(script), "--engine", engine, "--format", "wav", "-o", str(folder / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stderr.strip().splitlines() or ["it failed"])[-1] if done.returncode not in (0, 3) else None


def rendered(folder: Path) -> Iterator[Line]:
    """Yield the lines of a finished episode that have a pause."""
    (wav,), (srt,), (manifest,) = (list((folder / "out").glob(f"*{suffix}")) for suffix in (".wav", ".srt", ".manifest.json"))
    audio = read_audio(wav)
    cues = [
        (_seconds(times), " ".join(words)) for _, times, *words in (cue.split("\n") for cue in srt.read_text("utf-8").strip().split("\n\n"))
    ]
    takes = json.loads(manifest.read_text("utf-8"))["takes"]
    stored = open_store().get_many({take["address"] for take in takes})
    for entry in takes:
        start, end = entry["start"], entry["end"]
        heard = pause_end(audio.samples[round(start * audio.sample_rate) : round(end * audio.sample_rate)], audio.sample_rate)
        if heard is None:
            continue
        borders = [
            begin - start for (begin, words), (_, before) in zip(cues[1:], cues, strict=False) if start < begin < end and before[-1] == ";"
        ]
        spans = tuple(SpokenSpan(span["text"], span["language"]) for span in entry["spoken"])
        take = stored[entry["address"]]
        placed = Placed(replace(make_utterance(entry["text"]), spans=spans), take, 0, *kept_range(take), 0.0)
        yield Line(placed, heard, borders[0] if borders else None)


def pause_end(samples: np.ndarray, rate: int) -> float | None:
    """Return where the longest silence within the samples ends, in seconds; None unless it is twice as long as any other.

    A level of its own, so that it shares no error with what is measured: RMS of 5 ms, 35 dB below the loud parts. A line with two pauses
    of like length is left out, since the longest may be that of a comma.
    """
    hop = rate // 200
    rows = samples[: len(samples) // hop * hop].reshape(-1, hop)
    levels = 10 * np.log10(np.mean(np.square(rows, dtype=np.float64), axis=1) + 1e-12)
    loud = np.flatnonzero(levels > np.percentile(levels, 95) - 35)
    (second, _), (longest, after) = sorted([(0, 0), (0, 0), *((after - before, after) for before, after in pairwise(loud))])[-2:]
    if longest < LEAST_RATIO * second:
        return None
    return float(after * hop / rate) if longest * hop / rate > LEAST_PAUSE_SECONDS else None


def border_of(line: Line, take: Take) -> float | None:
    """Return where the cue changes after the pause, with another take than that of the line."""
    placed = replace(line.placed, take=take)
    found = captions(Timeline(take.sample_rate, take.frames, (placed,), ()), SRT_LAYOUT)
    return next((after.start_ms / 1000 for before, after in pairwise(found) if before.lines[-1][-1] == ";"), None)


def rows(engine: str, lines: Sequence[Line], asked: int) -> Iterator[Row]:
    """Yield what was measured of an engine."""
    yield Row(
        f"{engine}: lines with a pause and a cue after it", len([line for line in lines if line.border is not None]), f"of {asked}", True
    )
    by_marks = [abs(line.border - line.heard) for line in lines if line.border is not None]
    yield from _row(f"{engine}, marks, in the finished files", by_marks, required=True)
    silences, letters = [], []
    for line in lines:
        take = line.placed.take
        samples = read_audio(take.path).samples
        inside = tuple(
            each for each in find_silences(samples, take.sample_rate) if take.speech_start < each[0] and each[1] < take.speech_end
        )
        for into, other in ((silences, replace(take, marks=(), silences=inside)), (letters, replace(take, marks=(), silences=()))):
            border = border_of(line, other)
            if border is not None:
                into.append(abs(border - line.heard))
    yield from _row(f"{engine}, marks withheld, by silences", silences)
    yield from _row(f"{engine}, marks withheld, by letters", letters)


def _row(what: str, distances: Sequence[float], *, required: bool = False) -> Iterator[Row]:
    if not distances:
        yield Row(f"{what}: border from the words, s", None, "", True, "no line has a pause and a cue after it")
        return
    middle, high = np.percentile(distances, [50, 95])
    yield Row(f"{what}: border from the words, median, s", float(middle), "", True)
    good = bool(high <= MOST_SECONDS)
    yield Row("  95th percentile, s", float(high), f"at most {MOST_SECONDS}" if required else "", good or not required)
    yield Row("  largest, s", max(distances), "", True)


def _seconds(times: str) -> float:
    hours, minutes, seconds, milliseconds = map(int, re.findall(r"\d+", times)[:4])
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000


def measured(engine: str, lines: Sequence[str], folder: Path) -> Iterator[Row]:
    """Yield the rows of an engine, or why it has none."""
    context = context_of(engine, engine_context(folder / "engine"))
    outline, brought = offer(engine, "outline"), offer(engine, "voices")
    try:
        info = outline(context) if outline else None
        voices = [VOICES[engine]] if engine in VOICES else [voice.name for voice in brought(context)] if brought else []
    except VoiceoverError as error:
        yield Row(f"{engine}: captions", None, "", True, str(error).splitlines()[0])
        return
    if info is not None and not info.returns_marks:
        yield Row(f"{engine}: captions", None, "", True, "it does not say when its words begin")
        return
    reason = render(engine, voices[0], lines, folder) if voices else "it brings no voice"
    if reason:
        yield Row(f"{engine}: captions", None, "", True, reason)
        return
    yield from rows(engine, list(rendered(folder)), len(lines))


def main() -> None:
    arguments = options(__doc__, "3 of 24 lines").parse_args()
    lines = LINES[::8] if arguments.quick else LINES
    table = []
    with tempfile.TemporaryDirectory() as name:
        os.environ["VOICEOVER_CACHE"] = str(Path(name, "cache"))
        for engine in engine_names():
            folder = Path(name, engine)
            folder.mkdir()
            table += measured(engine, lines, folder)
    finish(table, arguments.json)


if __name__ == "__main__":
    main()
