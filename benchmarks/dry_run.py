"""A dry run of 150 scripts, beside the same scripts planned one by one.

    python benchmarks/dry_run.py [--quick] [--json FILE]

Both run in turn, each in a process of its own: the command ``voiceover batch --dry-run``, and a program that calls ``plan_episode`` for
each script. The dry run takes files to be unchanged, so it reads each voice and opens the engine only once. --quick takes 15 scripts; the
result is checked there too, times are only shown.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from table import Row, finish, options, required

WORDS = """the mouse house garden winter cheese table window quiet evening little road basket river morning lantern""".split()  # noqa: SIM905
ONE_BY_ONE = """
import json, sys
from pathlib import Path
from voiceover import Job, Settings, plan_episode
plans = (plan_episode(Job(path, Settings(engine="draft"), "out")) for path in sorted(Path("scripts").iterdir()))
print(json.dumps([len(plan.plan.to_record) for plan in plans]))
"""


def write_script(path: Path, number: int) -> None:
    """Write a script of twelve lines for two speakers."""
    lines = []
    for turn in range(12):
        words = [WORDS[(number * 7 + turn * 3 + k * (1 + turn % 5)) % len(WORDS)] for k in range(9)]
        lines.append(f"{'Ann' if turn % 2 else 'Bob'}: In turn {turn} of {number} we saw {' '.join(words)}.")
    head = f"---\ntitle: Page {number}\ncast: {{Ann: ada, Bob: ben}}\n---\n\n# One\n\n"
    path.write_text(head + "\n\n".join(lines) + "\n", "utf-8")


def run(folder: Path, *arguments: str) -> tuple[float, str]:
    """Return the CPU seconds and the standard output of a Python process."""
    before = os.times()
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system, done.stdout


def main() -> None:
    arguments = options(__doc__, "15 scripts").parse_args()
    full = not arguments.quick
    scripts, pairs = (150, 5) if full else (15, 2)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["VOICEOVER_CACHE"] = str(folder / "cache")
        (folder / "scripts").mkdir()
        for number in range(scripts):
            write_script(folder / "scripts" / f"page-{number:03}.md", number)
        dry = ("-m", "voiceover", "batch", "scripts", "-o", "out", "--engine", "draft", "--allow-draft", "--dry-run", "-q", "--report", "-")
        started = time.perf_counter()
        report = json.loads(run(folder, *dry)[1])
        wall = time.perf_counter() - started
        counts = json.loads(run(folder, "-c", ONE_BY_ONE)[1])
        measured = [(run(folder, *dry)[0], run(folder, "-c", ONE_BY_ONE)[0]) for _ in range(pairs)]
    same = [episode["recorded"] for episode in report["episodes"]] == counts == [12] * scripts
    ratio = statistics.median(alone / together for together, alone in measured)
    seconds = statistics.median(together for together, _ in measured)
    rows = [
        Row(f"a dry run of {scripts} scripts, s (first run, wall)", wall, "", True),
        Row("  CPU, s", seconds, "", True),
        Row("  CPU per script, ms", 1000 * seconds / scripts, "", True),
        Row("the same scripts planned one by one, CPU, s", statistics.median(alone for _, alone in measured), "", True),
        required("  times the dry run, median of pairs", ratio, "over 1.3", ratio > 1.3, full),
        Row("  both find the same lines to record", int(same), "1", same),
    ]
    finish(rows, arguments.json)


if __name__ == "__main__":
    main()
