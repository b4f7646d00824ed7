"""What may go wrong at night, done on purpose to the real command in real processes: kills, full disks, damaged files, clocks.

    python benchmarks/chaos.py [--quick] [--only ROW] [--json FILE]

The full run takes about an hour on two cores; --quick touches every row at small numbers. What each row does stands in its part of
``chaos_parts``. Where the machine allows it (Linux with ``unshare``), the disks that are full or read-only are real ones: small file
systems in memory, mounted in a namespace of this process alone. docs/reliability.md has the table. Fuzzing is ``benchmarks/fuzz.py``.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path

from chaos_parts.disks import in_own_namespace
from table import Row, finish

ROWS = ("kills", "full_disk", "cache", "at_once", "clocks", "changing", "many", "long")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=ROWS, metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    in_own_namespace()
    rows: list[Row] = []
    for name in (arguments.only,) if arguments.only else ROWS:
        started = time.perf_counter()
        rows += importlib.import_module(f"chaos_parts.{name}").rows(arguments.quick)
        if sys.stderr.isatty():
            print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr)
    finish(rows, arguments.json)


if __name__ == "__main__":
    main()
