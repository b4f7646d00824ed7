"""Hand-built inputs of the publish tests: a small master, a timeline with two speakers, and what reads the files back."""

from __future__ import annotations

import math
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from voiceover.audio.loudness import measure
from voiceover.publish import ManifestInput
from voiceover.types import (
    DEFAULT_STYLE,
    ChapterMark,
    EngineInfo,
    FloatArray,
    Loudness,
    LoudnessReport,
    LoudnessTarget,
    Metadata,
    Options,
    Pieces,
    Placed,
    Plan,
    Planned,
    Source,
    SpokenSpan,
    Status,
    Style,
    Take,
    Timeline,
    Utterance,
    Voice,
)

RATE = 24000
TARGET = LoudnessTarget("podcast", -16.0, -1.0)
ENGINE = EngineInfo("f5", 3, "f5-3-abc", 24000, 30.0, True, model="f5-base", licence="CC-BY-NC-4.0")


def report(level: float = -16.0) -> LoudnessReport:
    heard = Loudness(level, -1.2, 4.0, level + 3, level + 1, -1.5, -19.0, -math.inf)
    return LoudnessReport(TARGET, heard, heard, 2.5, 0.7, True, "")


@dataclass(frozen=True)
class Master:
    """Samples as a mastered stream."""

    samples: FloatArray
    sample_rate: int = RATE
    block: int = 4800
    report: LoudnessReport = field(default_factory=report)
    pieces: Pieces | None = None

    @property
    def channels(self) -> int:
        return int(self.samples.shape[1])

    @property
    def frames(self) -> int:
        return len(self.samples)

    def blocks(self) -> Iterator[FloatArray]:
        for start in range(0, self.frames, self.block):
            yield self.samples[start : start + self.block]


def tone(seconds: float, channels: int = 1, hertz: float = 440.0, rate: int = RATE, level: float = 0.25) -> FloatArray:
    time = np.arange(round(seconds * rate)) / rate
    return np.repeat((level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)[:, None], channels, axis=1)


def true_master(samples: FloatArray) -> Master:
    """A master whose report says what is in it; AAC and Opus are held against that."""
    said = report()
    return Master(samples, report=replace(said, after=measure(Master(samples))))


def utterance(text: str, speaker: str = "Town", paragraph: int = 0, line: int = 1) -> Utterance:
    return Utterance(
        address=f"{abs(hash(text)) % 16**8:064x}" if not text else text.encode().hex().ljust(64, "0")[:64],
        line_key=f"line {text}",
        segment_key=f"segment {text}",
        speaker=speaker,
        voice="ben",
        style=DEFAULT_STYLE,
        spans=(SpokenSpan(text, "en"),),
        text=text,
        options=Options(speed=1.1),
        seed=7,
        attempt=0,
        gain_db=0.0,
        paragraph=paragraph,
        estimate_seconds=1.0,
        source=Source("a/script.md", line, 1),
        engine="f5",
    )


def placed(said: Utterance, start: float, seconds: float, rate: int = RATE, edge: float = 0.06) -> Placed:
    """A take whose speech lasts ``seconds`` from ``start``, with edges of silence around it."""
    frames, margin = round(seconds * rate), round(edge * rate)
    take = Take(said.address, Path("take.wav"), rate, frames + 2 * margin, margin, margin + frames, 0.01, seconds, 0.5, "0" * 64)
    return Placed(said, take, round(start * rate) - margin, 0, take.frames, 0.0)


def timeline(seconds: float, entries: list[Placed], chapters: list[tuple[str, float]], rate: int = RATE, opening: str = "") -> Timeline:
    marks = tuple(ChapterMark(title, round(start * rate)) for title, start in chapters)
    return Timeline(rate, round(seconds * rate), tuple(entries), marks, opening)


def small_timeline(words: str = "Good cheese") -> Timeline:
    entries = [
        placed(utterance("Come with me, and I will show you how to live.", "Town", 0, 10), 0.1, 0.8),
        placed(utterance(f"{words} is worth a walk.", "Country", 1, 12), 1.0, 0.9),
    ]
    return timeline(2.0, entries, [("The country", 0.0), ("The town", 1.0)])


def metadata(title: str = "The Town Mouse", **more: object) -> Metadata:
    return Metadata(**{"title": title, "language": "en", "engine": "f5", "model": "f5-base", **more})  # type: ignore[arg-type]


def voice(name: str = "ben") -> Voice:
    return Voice(name, Path(name), "en", {DEFAULT_STYLE: Style(None)}, licence="CC0-1.0")


def manifest_input(line: Timeline, recipe: str = "r1", status: Status = Status.CACHED) -> ManifestInput:
    plan = Plan(
        tuple(Planned(entry.utterance, status, "") for entry in line.placed),
        {"f5": ENGINE},
        {entry.utterance.speaker: voice() for entry in line.placed},
    )
    return ManifestInput(recipe, plan, lambda voice, style, engine: f"{voice.name}-{style}-{engine.name}")


def ffmpeg(*arguments: str | Path) -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=True).stdout


def decode(path: Path, channels: int) -> FloatArray:
    """All samples of a file by ffmpeg, shape (frames, channels)."""
    raw = ffmpeg("-v", "error", "-i", path, "-f", "f32le", "-")
    return np.frombuffer(raw, "<f4").reshape(-1, channels)


def ffmpeg_chapters(path: Path) -> list[tuple[int, int, str]]:
    """Start, end (in milliseconds) and title of the chapters that ffmpeg lists, in its order."""
    text = ffmpeg("-v", "error", "-copyts", "-i", path, "-f", "ffmetadata", "-").decode()
    found = []
    for part in text.split("[CHAPTER]")[1:]:
        fields = dict(re.findall(r"^(\w+)=(.*(?:\\\n.*)*)$", part, re.MULTILINE))
        numerator, denominator = map(int, fields["TIMEBASE"].split("/"))
        times = [int(fields[key]) * 1000 * numerator // denominator for key in ("START", "END")]
        found.append((times[0], times[1], re.sub(r"\\(.)", r"\1", fields.get("title", ""), flags=re.DOTALL)))
    return found
