"""Cases of the rules: files with lines ``displayed -> spoken``; # starts a comment, if a space follows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

CASES = Path(__file__).parent / "cases"


def cases_of(folder: str) -> Iterator[tuple[str, str, str]]:
    """Where each case of a language stands, what is displayed and what is spoken."""
    for path in sorted((CASES / folder).glob("*.txt")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if line.strip() and not line.startswith("# "):
                displayed, arrow, spoken = line.partition(" -> ") if " => " not in line else line.partition(" => ")
                assert arrow, f"{path.name}:{number}"
                yield f"{path.stem}:{number}", displayed, spoken
