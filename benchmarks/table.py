"""The one table that every benchmark prints: what was measured beside what must be reached."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

SHORT = "FALLS SHORT"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    what: str
    measured: float | None
    """None for what could not be measured: neither reached nor missed."""
    required: str
    """In words; empty for a figure that is only told."""
    ok: bool
    unjudged: str = ""
    """Why a requirement that is not reached is not one here, in words."""


def options(description: str | None, quick: str | None = None) -> argparse.ArgumentParser:
    """What every benchmark takes: ``--quick``, which may say what it leaves out, and ``--json``."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table there too")
    return parser


def required(what: str, measured: float, words: str, reached: bool, full: bool, unjudged: str = "") -> Row:
    """A figure that is required of the full sizes only."""
    return Row(what, measured, words, reached, unjudged) if full else Row(what, measured, f"(in full: {words})", True)


def finish(rows: Sequence[Row], file: Path | None = None) -> NoReturn:
    """Print the table, write it as JSON to ``file`` too, and end the program: with 1 where a row falls short."""
    wide = max(len(row.what) for row in rows)
    for row in rows:
        measured = "-" if row.measured is None else f"{row.measured:.4g}"
        print(f"{row.what:{wide}}  {measured:>10}  {row.required:<24}  {verdict(row)}".rstrip())
    if file is not None:
        file.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", "utf-8")
    sys.exit(1 if any(verdict(row) == SHORT for row in rows) else 0)


def verdict(row: Row) -> str:
    if row.measured is None:
        return f"not measured: {row.unjudged}"
    if not row.ok:
        return row.unjudged or SHORT
    return "ok" if row.required else ""
