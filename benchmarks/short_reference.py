"""What a short reference clip saves: seconds per line of the shipped examples, with a clip of 7.5 s alone and with one of 3.5 s beside it.

python benchmarks/short_reference.py [--quick] [--json FILE]

The lines are those of the English examples as ``plan`` cuts them, at 32 steps in int8 on ONNX Runtime, with the full-size random weights
of f5_weights.py. A guided step is timed at some lengths; between them the time of a line is interpolated. ``plan`` decides which lines
have the short clip. --quick takes the tiny network, whose times are not judged.
"""

from __future__ import annotations

import statistics
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from f5_contenders.children import files, rounds, start_ours, started, told
from f5_weights import FULL, TINY
from table import Row, finish, options, required

from voiceover.engines.f5.duration import total_frames
from voiceover.engines.f5.mel import FRAME_RATE
from voiceover.engines.f5.reference import TAIL_SECONDS
from voiceover.pipeline.check import check_job
from voiceover.pipeline.job import Job
from voiceover.plan import build_plan
from voiceover.settings.problems import Problems
from voiceover.types import Clip, EngineInfo, Plan, Settings, Style

REPOSITORY = Path(__file__).parents[1]
EXAMPLES = ("town_mouse.md", "lighthouse.md", "article.md")
LONG, SHORT = 7.5, 3.5
STEPS = 32
LENGTHS = (400, 600, 800, 1000, 1300, 1700)
QUICK_LENGTHS = (400, 1700)
LEAST_SAVED = 0.25
"""Share of the work that ``plan`` promises for each line that has the short clip."""
CLONER = EngineInfo("cloner", 1, "cloner", 24_000, 22.0, True)


def plan_of(script: Path) -> Plan:
    """Return the plan of a script by an engine that clones, for voices with both clips and a pace of 15 characters per second."""
    checked = check_job(Job(script))
    short = Clip(Path("short"), "y" * round(15 * SHORT), "short", SHORT)
    clip = Clip(Path("clip"), "x" * round(15 * LONG), "clip", LONG, short=short)
    cast = {name: replace(voice, styles=dict.fromkeys(voice.styles, Style(clip))) for name, voice in checked.cast.items()}
    engines = dict.fromkeys(cast, CLONER)
    settings = replace(checked.settings, options=Settings().options)
    return build_plan(checked.usable, cast, settings, engines, Problems(), has=lambda _: False)


def main() -> None:
    chosen = options(__doc__, "the tiny network").parse_args()
    full = not chosen.quick
    lines = [each.utterance for name in EXAMPLES for each in plan_of(REPOSITORY / "scripts_examples" / name).planned]
    lengths = LENGTHS if full else QUICK_LENGTHS
    with ExitStack() as stack:
        here, missing = started({"ours": partial(start_ours, files(FULL if full else TINY), "int8")}, stack)
        if not here:
            finish([Row("seconds per line", None, "", True, "; ".join(missing.values()))], chosen.json)
        print(told(), flush=True)
        step = [rounds(here, 1, "step", frames=frames)["ours"] for frames in lengths]

    def seconds(spoken: float, clip: float) -> float:
        reference = round((clip + TAIL_SECONDS) * FRAME_RATE)
        return STEPS * float(np.interp(total_frames(round(spoken * FRAME_RATE), reference, 1), lengths, step))

    before = [seconds(line.estimate_seconds, LONG) for line in lines]
    after = [seconds(line.estimate_seconds, SHORT if line.short_reference else LONG) for line in lines]
    pairs = [(old, new) for old, new, line in zip(before, after, lines, strict=True) if line.short_reference]
    saved = 1 - sum(new for _, new in pairs) / sum(old for old, _ in pairs)
    rows = [
        *(Row(f"a guided step of {frames} frames, s", spent, "", True) for frames, spent in zip(lengths, step, strict=True)),
        Row("lines of the examples", len(lines), "", True),
        Row("  those with the short clip", len(pairs), "", True),
        Row("seconds per line before, all lines", statistics.mean(before), "", True),
        Row("seconds per line after, all lines", statistics.mean(after), "", True),
        Row("seconds per short line before", statistics.mean(old for old, _ in pairs), "", True),
        Row("seconds per short line after", statistics.mean(new for _, new in pairs), "", True),
        required("share of the time saved on short lines", saved, f"at least {LEAST_SAVED}", saved >= LEAST_SAVED, full),
    ]
    finish(rows, chosen.json)


if __name__ == "__main__":
    main()
