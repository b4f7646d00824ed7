"""A 900-line script: planning, one edited line, nothing changed, and how fast the command itself starts.

python benchmarks/rerender.py [--quick] [--json FILE]

--quick takes 12 lines; what is made is judged there, too, and how long it takes is only told.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from table import Row, finish, options, required

WORDS = """the mouse house garden winter cheese table window quiet evening little road basket river morning lantern""".split()  # noqa: SIM905


def write_script(path: Path, lines: int, edited: int | None = None) -> None:
    """A script of ``lines`` turns of two speakers, no two alike."""
    turns = []
    for number in range(lines):
        words = [WORDS[(number * 7 + k * (1 + number % 5)) % len(WORDS)] for k in range(9)]
        text = f"In turn {number} we saw {' '.join(words)}."
        turns.append(f"{'Ann' if number % 2 else 'Bob'}: {'An edited line.' if number == edited else text}")
    path.write_text("---\ntitle: A long one\ncast: {Ann: ada, Bob: ben}\nengine: draft\n---\n\n" + "\n\n".join(turns) + "\n", "utf-8")


def run(folder: Path, *arguments: str) -> tuple[float, str]:
    """Wall seconds and standard output of the command."""
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "voiceover", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return time.perf_counter() - started, done.stdout


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def main() -> None:
    arguments = options(__doc__).parse_args()
    full = not arguments.quick
    lines = 900 if full else 12
    repeats = 1 if arguments.quick else 7
    rows = []
    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        os.environ["VOICEOVER_CACHE"] = str(room / "cache")
        help_seconds = statistics.median(run(room, "--help")[0] for _ in range(repeats))
        python_seconds = statistics.median(_python() for _ in range(repeats))
        rows.append(required("voiceover --help, s", help_seconds, "under 0.25", help_seconds < 0.25, full))
        rows.append(Row("  of which an empty Python, s", python_seconds, "", True))
        script = room / "long.md"
        write_script(script, lines)
        first, output = run(room, "render", "long.md", "-o", "out", "--json")
        recorded = json.loads(output.splitlines()[-1])["recorded"]
        rows.append(Row(f"first render of {lines} lines, s", first, "", recorded == lines))
        again = statistics.median(run(room, "render", "long.md", "-o", "out", "--json")[0] for _ in range(repeats))
        made = json.loads(run(room, "render", "long.md", "-o", "out", "--json")[1].splitlines()[-1])
        rows.append(required("a render with nothing changed, s", again, "under 1", again < 1, full))
        rows.append(Row("  takes recorded by it, nothing made", made["recorded"], "0", not made["made"] and not made["recorded"]))
        write_script(script, lines, edited=lines // 2)
        planning = statistics.median(run(room, "plan", "long.md", "-o", "out", "--json")[0] for _ in range(repeats))
        rows.append(required("planning after one edited line, s, start-up included", planning, "under 1", planning < 1, full))
        edit, output = run(room, "render", "long.md", "-o", "out", "--json")
        takes = json.loads(output.splitlines()[-1])["recorded"]
        rows.append(Row("takes recorded after one edited line", takes, "1", takes == 1))
        rows.append(Row("that render, s", edit, "", True))
        kept, _ = run(room, "render", "long.md", "-o", "kept", "--json")
        shutil.rmtree(room / "cache" / "pieces")
        fresh, _ = run(room, "render", "long.md", "-o", "fresh", "--json")
        rows.append(Row("finishing alone, by the command, s", fresh, "", True))
        rows.append(Row("  with all pieces kept, s", kept, "", True))
        rows.append(required("  the render after one edited line, ratio", edit / fresh, "at most 0.2", edit <= 0.2 * fresh, full))
        same = digests(room / "kept") == digests(room / "fresh") == digests(room / "out")
        rows.append(Row("pieces kept or not, or of an edited episode: the same bytes", int(same), "1", same))
        os.environ["VOICEOVER_CACHE"] = str(room / "cache of three")
        run(room, "render", "long.md", "-o", "three", "--jobs", "3")
        same = digests(room / "out") == digests(room / "three")
        rows.append(Row("three workers, another cache: the same bytes", int(same), "1", same))
    finish(rows, arguments.json)


def _python() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
