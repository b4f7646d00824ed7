"""How long commands take to start, in CPU seconds, beside ``python -c "import click"``.

    python benchmarks/start.py [--quick] [--json FILE]

All commands take turns, each in a process of its own, and the figures are medians; one run before them writes the bytecode. The script is
a shipped dialogue of 25 lines; the render finds the finished episode up to date. A command that imports numpy falls short at any speed.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from table import Row, finish, options, required

REPOSITORY = Path(__file__).parents[1]
SCRIPT = REPOSITORY / "scripts_examples" / "town_mouse.md"
MOST_SECONDS, MOST_TIMES_CLICK = 0.3, 1.5
RUNS, QUICK_RUNS = 15, 1
CLICK, HELP = "import click", "--help"


def cpu_seconds(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    """Return the CPU seconds, user and system, of a command that must succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def imports_numpy(command: list[str], folder: Path, environment: dict[str, str]) -> bool:
    program = [sys.executable, "-X", "importtime", *command[1:]]
    done = subprocess.run(program, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return any(line.endswith("| numpy") for line in (part.replace("|  ", "| ").rstrip() for part in done.stderr.splitlines()))


def main() -> None:
    chosen = options(__doc__, "fewer runs, whose times are not judged").parse_args()
    program = [sys.executable, "-m", "voiceover"]
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        # Bytecode is kept in the folder, whatever the caller's settings are, and no model or voice of the user changes the work.
        own = {"PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "VOICEOVER_CACHE": str(folder / "cache"), "VOICEOVER_DATA": str(folder)}
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | own
        render = [*program, "render", str(SCRIPT), "--engine", "draft", "-o", "out"]
        commands = {
            CLICK: [sys.executable, "-c", "import click"],
            HELP: [*program, HELP],
            "check": [*program, "check", str(SCRIPT)],
            "plan": [*program, "plan", str(SCRIPT)],
            "render, up to date": render,
        }
        cpu_seconds(render, folder, environment)
        for command in commands.values():
            cpu_seconds(command, folder, environment)
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(QUICK_RUNS if chosen.quick else RUNS):
            for name, command in commands.items():
                taken[name].append(cpu_seconds(command, folder, environment))
        heavy = [name for name, command in commands.items() if imports_numpy(command, folder, environment)]
    seconds = {name: statistics.median(runs) for name, runs in taken.items()}
    times = {name: seconds[name] / seconds[CLICK] for name in seconds}
    rows = [Row('python -c "import click": CPU seconds', seconds[CLICK], "", True)]
    for name in commands:
        if name not in (CLICK, HELP):
            reached = seconds[name] <= MOST_SECONDS
            rows.append(required(f"{name}: CPU seconds", seconds[name], f"at most {MOST_SECONDS}", reached, not chosen.quick))
            rows.append(Row(f"{name}: times import click", times[name], "", True))
    reached = times[HELP] <= MOST_TIMES_CLICK
    rows.append(required("--help: times import click", times[HELP], f"at most {MOST_TIMES_CLICK}", reached, not chosen.quick))
    rows.append(Row("of these commands, those that import numpy", len(heavy), "0", not heavy))
    finish(rows, chosen.json)


if __name__ == "__main__":
    main()
