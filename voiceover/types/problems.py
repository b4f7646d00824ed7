"""Places in files, and what checks find there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A place in a file."""

    path: str
    """As the user named it."""
    line: int = 1
    """From 1."""
    column: int = 1
    """From 1, in characters."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Severity(StrEnum):
    """How much a problem matters."""

    ERROR = "error"
    """Nothing is rendered."""
    WARNING = "warning"
    """Rendered, though perhaps not as meant."""
    UNSPOKEN = "unspoken"
    """Content of the script that will not be heard."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a check found."""

    source: Source
    severity: Severity
    code: str
    """A stable name for machines, such as ``unknown-speaker``."""
    message: str
    """What is wrong and what would be right, without the place."""

    def __str__(self) -> str:
        kind = "" if self.severity is Severity.ERROR else f"{self.severity.value}: "
        return f"{self.source}: {kind}{self.message}"
