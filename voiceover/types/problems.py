"""Locations in files, and the problems that checks find there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A location in a file."""

    path: str
    """Path as the user typed it."""
    line: int = 1
    """Line number, from 1; 0 for what is in no file, such as a flag."""
    column: int = 1
    """Column number in characters, from 1."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


class Severity(StrEnum):
    """How serious a problem is."""

    ERROR = "error"
    """Prevents rendering."""
    WARNING = "warning"
    """Rendered, but perhaps not as intended."""
    UNSPOKEN = "unspoken"
    """Content of the script that will not be spoken."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A single finding of a check."""

    source: Source
    severity: Severity
    code: str
    """A stable identifier for programs, such as ``unknown-speaker``."""
    message: str
    """What is wrong and what would be right, without the location."""

    def __str__(self) -> str:
        kind = {Severity.ERROR: "", Severity.WARNING: "warning: ", Severity.UNSPOKEN: "not spoken: "}[self.severity]
        return f"{self.source}: {kind}{self.message}"
