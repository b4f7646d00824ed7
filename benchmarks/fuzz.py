"""Hostile scripts, settings, voices, models and recordings, read by the functions that read them for a user.

    python benchmarks/fuzz.py [--inputs N] [--minutes M] [--seed S] [--only KIND]... [--save FOLDER] [--quick] [--json FILE]
    python benchmarks/fuzz.py --repeat FILE

1,000,000 inputs or an hour, whichever comes first, shared out among the kinds. An input must give a result or one error of ours: no other
exception, at most 2 s of the processor, 500 MB of memory, and nothing read or written outside its folder, no program and no address called.
What fails is kept in FOLDER (fuzz-findings), a file an input, which --repeat reads again. The inputs hang on the seed alone.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from table import Row, finish, required  # noqa: E402

from tests.fuzz.case import load, prepare, put, save  # noqa: E402
from tests.fuzz.child import LIMIT_BYTES, LIMIT_SECONDS, PROGRESS, Fence, made, peak_bytes, read_one  # noqa: E402
from tests.fuzz.kinds import KINDS  # noqa: E402

HANGS_SECONDS = 30.0
"""After which an input is ended from outside; on a busy machine 2 s of the processor may take long."""
KEPT = 5
"""Inputs of one kind and one fault that are kept."""
QUICK_SECONDS = 0.2


@dataclass
class Tally:
    """What is known of one kind."""

    inputs: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    peak: int = 0
    findings: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """By their first word: the numbers of the inputs, and what was wrong."""

    def count(self, word: str) -> int:
        return len({number for number, _ in self.findings.get(word, ())})


class Watch:
    """Runs children, ends those that hang, keeps what fails."""

    def __init__(self, seed: str, keep: Path, scratch: Path) -> None:
        self.seed = seed
        self.keep = keep
        self.scratch = scratch
        self.progress = scratch / "progress"
        self.tallies = {name: Tally() for name in KINDS}

    def run(self, names: Sequence[str], seconds: float, inputs: int) -> None:
        """Read ``inputs`` of each kind, or for ``seconds`` each, whichever comes first."""
        first = 0
        deadline = time.monotonic() + seconds
        while first < inputs and (left := deadline - time.monotonic()) > 0:
            done = self._child(names, first, max(left, 0.1), inputs - first)
            if len(names) > 1 or done is None:
                return
            first = done

    def _child(self, names: Sequence[str], first: int, seconds: float, inputs: int) -> int | None:
        """The number of the next input where the child ended before its time, else None."""
        self.progress.write_bytes(PROGRESS.pack(0, first, time.monotonic()))
        told = (self.scratch / "room", self.progress, self.seed, first, seconds, inputs, *names)
        command = [sys.executable, "-m", "tests.fuzz.child", *map(str, told)]
        with (self.scratch / "said").open("w+", encoding="utf-8") as said:
            child = subprocess.Popen(
                command,
                stdout=said,
                stderr=subprocess.PIPE,
                cwd=ROOT,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"},
            )
            hung = self._wait(child)
            complaint = child.stderr.read().decode("utf-8", "replace") if child.stderr else ""
            said.seek(0)
            reports = [json.loads(line) for line in said]
        ended = {report["kind"] for report in reports if "next" in report}
        after = None
        for report in reports:
            if "finding" in report:
                self._found(report["kind"], report["number"], report["finding"])
            else:
                tally = self.tallies[report["kind"]]
                tally.inputs += report["next"] - first
                tally.seconds += report["seconds"]
                tally.slowest = max(tally.slowest, report["slowest"][0])
                tally.peak = max(tally.peak, report["peak"])
                after = None if report["done"] else report["next"]
        if len(ended) < len(names):
            place, number, began = PROGRESS.unpack(self.progress.read_bytes())
            if complaint:  # of the child itself: what it reads cannot write there
                raise RuntimeError(complaint)
            name = names[place]
            self.tallies[name].inputs += number + 1 - first
            self.tallies[name].slowest = max(self.tallies[name].slowest, time.monotonic() - began if hung else 0.0)
            self._found(
                name,
                number,
                f"slow: over {HANGS_SECONDS:.0f} s, ended" if hung else f"traceback: the process ended with {child.returncode}",
            )
            after = number + 1
        return after

    def _wait(self, child: subprocess.Popen[bytes]) -> bool:
        while True:
            try:
                child.wait(0.2)
                return False
            except subprocess.TimeoutExpired:
                began = PROGRESS.unpack(self.progress.read_bytes())[2]
                if time.monotonic() - began > HANGS_SECONDS:
                    child.kill()
                    child.wait()
                    return True

    def _found(self, name: str, number: int, what: str) -> None:
        known = self.tallies[name].findings.setdefault(what.split(":", maxsplit=1)[0], [])
        known.append((number, what))
        alike = sum(other.split(": ")[:2] == what.split(": ")[:2] for _, other in known)
        if alike > KEPT:
            return
        path = self.keep / f"{name}-{self.seed}-{number}.json"
        save(path, KINDS[name], made(KINDS[name], self.seed, number), {"seed": self.seed, "number": number, "finding": what})
        print(f"{path}: {what}", file=sys.stderr)


def repeat(path: Path) -> None:
    """Read one input again, with its traceback."""
    name, files = load(path)
    kind = KINDS[name]
    with tempfile.TemporaryDirectory() as folder:
        home = prepare(Path(folder), kind)
        put(home, files)
        os.chdir(home)
        fence = Fence(home)
        found, taken = read_one(kind, home, fence)
        print(f"{taken:.2f} s, {peak_bytes() / 1e6:.0f} MB", *found, sep="\n")
        os.chdir(ROOT)
    sys.exit(1 if found else 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", default=secrets.token_hex(4))
    parser.add_argument("--only", action="append", choices=sorted(KINDS))
    parser.add_argument("--save", type=Path, default=Path("fuzz-findings"))
    parser.add_argument("--repeat", type=Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if arguments.repeat:
        repeat(arguments.repeat)
    names = arguments.only or list(KINDS)
    seed = "quick" if arguments.quick else arguments.seed
    print(f"seed {seed}")
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None, prefix="fuzz-") as scratch:
        watch = Watch(seed, arguments.save.absolute(), Path(scratch))
        if arguments.quick:
            watch.run(names, QUICK_SECONDS, 1_000)
        else:
            deadline, left = time.monotonic() + arguments.minutes * 60, arguments.inputs
            for place, name in enumerate(names):  # what a fast kind leaves of its share is for those after it
                others = len(names) - place
                watch.run([name], (deadline - time.monotonic()) / others, left // others)
                left -= watch.tallies[name].inputs
    finish(rows_of({name: watch.tallies[name] for name in names}, arguments), arguments.json)


def rows_of(tallies: dict[str, Tally], arguments: argparse.Namespace) -> list[Row]:
    """A few rows a kind, and the sums that are required."""
    rows = []
    for name, tally in tallies.items():
        rows.append(Row(f"{name}: inputs", tally.inputs, "", True))
        rows.append(Row("  inputs a second", tally.inputs / tally.seconds if tally.seconds else None, "", True, "its process was ended"))
        rows.append(
            Row(
                "  slowest, s of the processor",
                tally.slowest,
                f"at most {LIMIT_SECONDS:g}",
                tally.slowest <= LIMIT_SECONDS and not tally.count("slow"),
            )
        )
        rows.append(
            Row("  peak, MB", tally.peak / 1e6, f"at most {LIMIT_BYTES / 1e6:.0f}", tally.peak <= LIMIT_BYTES and not tally.count("memory"))
        )
        for word, words in (("traceback", "exceptions that are not ours"), ("outside", "outside the folder")):
            rows.append(Row(f"  {words}", tally.count(word), "0", not tally.count(word)))
    total = sum(tally.inputs for tally in tallies.values())
    seconds = sum(tally.seconds for tally in tallies.values())
    enough = total >= arguments.inputs or seconds >= arguments.minutes * 60 * 0.9
    full = not arguments.quick and not arguments.only
    rows.append(required("inputs in all", total, "1,000,000 or an hour", enough, full))
    rows.append(Row("seconds in all", seconds, "", True))
    return rows


if __name__ == "__main__":
    main()
