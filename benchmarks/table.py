"""The one table that every benchmark prints: what was measured beside what must be reached."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    what: str
    measured: float
    required: str
    """In words; empty for a figure that is only told."""
    ok: bool


def finish(rows: Sequence[Row], file: Path | None = None) -> NoReturn:
    """Print the table, write it as JSON to ``file`` too, and end the program: with 1 where a row falls short."""
    wide = max(len(row.what) for row in rows)
    for row in rows:
        verdict = ("ok" if row.ok else "FALLS SHORT") if row.required or not row.ok else ""
        print(f"{row.what:{wide}}  {row.measured:>10.4g}  {row.required:<24}  {verdict}".rstrip())
    if file is not None:
        file.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", "utf-8")
    sys.exit(0 if all(row.ok for row in rows) else 1)
