"""Renders killed at random moments: 50 of them (1 with --quick), each followed by the same command.

python benchmarks/kills.py [--quick] [--json FILE]
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from table import Row, finish, options

ROOT = Path(__file__).parents[1]
TEST = ROOT / "tests" / "pipeline" / "test_killed.py"


def main() -> None:
    arguments = options(__doc__).parse_args()
    kills = 1 if arguments.quick else 50
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"{TEST}::test_killed_at_random_moments"],
        cwd=ROOT,
        env={**os.environ, "VOICEOVER_KILLS": str(kills)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.stderr.write(done.stdout)
    rows = [Row(f"{kills} kills: files neither old nor new, sets not completed", int(done.returncode != 0), "0", done.returncode == 0)]
    rows.append(Row("  seconds", time.perf_counter() - started, "", True))
    finish(rows, arguments.json)


if __name__ == "__main__":
    main()
