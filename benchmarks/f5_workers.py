"""Several workers with one model on the CPU at hand: what each holds for itself, and what all of them share.

python benchmarks/f5_workers.py [--quick] [--json FILE]

Two processes load the same cached graphs and take a guided step of 200 frames each. What a process holds for itself is its anonymous
memory: the rest is files, which it maps and all workers share. Beside it stands the whole of a process, its largest resident set.
An interpreter with numpy and onnxruntime has some 35 MB for itself before it loads anything. Weights are those of f5_step.py.

--quick takes int8 and the tiny network, of which nothing is required. Only Linux tells what a process holds for itself.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from functools import partial

from f5_contenders.children import Files, files, start_ours, started
from f5_weights import FULL, TINY
from table import Row, finish, options, required

WORKERS = 2
FRAMES, QUICK_FRAMES = 200, 32
PRECISIONS = {"fp32": (False, 150), "int8": (False, 150), "int8w": (False, 150), "int4": (True, 150)}
"""Whether the weights are rowwise int4, and the most MB that a worker may hold for itself."""


def measured(given: Files, full: bool) -> list[Row]:
    rows = []
    for precision, (rowwise, most) in PRECISIONS.items() if full else (("int8", PRECISIONS["int8"]),):
        start = partial(start_ours, given, precision, rowwise=rowwise)
        with ExitStack() as stack:
            first, missing = started({"first": start}, stack)  # makes the graph, where it is not there
            if missing:
                return [Row("a worker's own memory, MB", None, "", True, missing["first"])]
            first["first"].ask("step", frames=1)
        with ExitStack() as stack:
            workers, _ = started({str(number): start for number in range(WORKERS)}, stack)
            for worker in workers.values():
                worker.ask("step", frames=FRAMES if full else QUICK_FRAMES)
            own = max(worker.ask("own")["mb"] for worker in workers.values())
            whole = max(worker.ask("peak")["mb"] for worker in workers.values())
        rows.append(required(f"{precision}: a worker's own memory, MB", own, f"under {most}", own < most, full))
        rows.append(Row("  largest resident set, MB", whole, "", True))
    return rows


def main() -> None:
    arguments = options(__doc__, "the tiny network").parse_args()
    if sys.platform != "linux":
        finish([Row("a worker's own memory, MB", None, "", True, "only Linux tells")], arguments.json)
    finish(measured(files(TINY if arguments.quick else FULL), not arguments.quick), arguments.json)


if __name__ == "__main__":
    main()
