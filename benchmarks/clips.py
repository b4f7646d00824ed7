"""Voices that were made to harm: what one hostile clip costs in time and memory, beside the same command on a plain clip.

python benchmarks/clips.py [--quick] [--json FILE]

--quick takes two clips and runs each command once; times are not judged.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT)]

from table import Row, finish, options  # noqa: E402

from tests.voices.hostile_clips import CLIPS, LARGEST, Measured, measured  # noqa: E402

MOST_BYTES = 300_000_000
MOST_TIMES = 10.0
"""As long as the same command on a plain clip, half a second on an idle machine."""
QUICK = ("hours.flac", "stereo.wav")
WORDS = "The river is low this morning."


def plain(path: Path) -> None:
    """Six seconds of bursts of noise at 24 kHz."""
    seconds, rate = 6, 24_000
    t = np.arange(seconds * rate) / rate
    noise = np.random.default_rng(1).standard_normal(len(t))
    soundfile.write(path, 0.1 * noise * np.maximum(np.sin(2 * np.pi * 2 * t), 0), rate, subtype="PCM_16")


def prepare(room: Path, clip: str, make: Callable[[Path], None]) -> Path:
    """A folder with a script, and a voice with this clip."""
    folder = room / clip.replace(".", "-")
    voice = folder / "voices/zoe"
    voice.mkdir(parents=True)
    make(voice / clip)
    (voice / "voice.yaml").write_text(f"licence: CC0-1.0\nreference: {{audio: {clip}, text: {WORDS}}}\n", "utf-8")
    (folder / "s.md").write_text("---\ntitle: T\ncast: {Zoe: zoe}\n---\n\nZoe: Hello there.\n", "utf-8")
    return folder


def commands(clip: str) -> dict[str, list[str]]:
    add = [
        "voices",
        "add",
        "Other",
        "--audio",
        f"voices/zoe/{clip}",
        "--text",
        WORDS,
        "--consent",
        "self",
        "--to-folder",
        "made",
        "--replace",
    ]
    return {"check": ["check", "s.md"], "voices check": ["voices", "check", "zoe"], "voices add": add}


def side_by_side(pairs: list[tuple[Path, list[str]]], repeats: int) -> list[Measured]:
    """Run several commands in turn, and each of them ``repeats`` times; the run of the median time of each."""
    done = [[measured(folder, "-m", "voiceover", *typed) for folder, typed in pairs] for _ in range(repeats)]
    return [sorted(runs, key=lambda each: each.seconds)[(repeats - 1) // 2] for runs in zip(*done, strict=True)]


def main() -> None:
    arguments = options(__doc__, "two clips, each command once").parse_args()
    repeats = 1 if arguments.quick else 3
    hostile = {**CLIPS, **LARGEST}
    names = QUICK if arguments.quick else tuple(hostile)
    rows = []
    os.environ["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        os.environ["VOICEOVER_CACHE"], os.environ["VOICEOVER_DATA"] = str(room / "cache"), str(room / "data")
        beside = prepare(room, "plain.wav", plain)
        usual = commands("plain.wav")
        for clip in names:
            folder = prepare(room, clip, hostile[clip])
            for command, typed in commands(clip).items():
                plainly, done = side_by_side([(beside, usual[command]), (folder, typed)], repeats)
                times, peak = done.seconds / plainly.seconds, done.peak_bytes / 1e6
                ended = done.code in (0, 2) and "Traceback" not in done.said
                within = times < MOST_TIMES or arguments.quick  # one run by the clock says little
                rows.append(Row(f"{command} on {clip}, times the plain clip's", times, f"under {MOST_TIMES:g}", within and ended))
                rows.append(Row("  its memory, MB", peak, f"under {MOST_BYTES / 1e6:g}", done.peak_bytes < MOST_BYTES))
    finish(rows, arguments.json)


if __name__ == "__main__":
    main()
