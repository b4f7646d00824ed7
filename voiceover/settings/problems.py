"""Collects problems, so that one check reports all of them."""

from __future__ import annotations

from voiceover.errors import one_line
from voiceover.types import Problem, Severity, Source


class Problems:
    """Problems in the order found."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def error(self, source: Source, code: str, message: str) -> None:
        """Add something that must be fixed before anything is rendered."""
        self.add(source, Severity.ERROR, code, message)

    def warning(self, source: Source, code: str, message: str) -> None:
        """Add something that is probably not what the writer means."""
        self.add(source, Severity.WARNING, code, message)

    def unspoken(self, source: Source, code: str, message: str) -> None:
        """Add content that will not be spoken."""
        self.add(source, Severity.UNSPOKEN, code, message)

    def add(self, source: Source, severity: Severity, code: str, message: str) -> None:
        """Add a problem of any severity."""
        self.found.append(Problem(source, severity, code, one_line(message)))

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Errors only, in the order of the file."""
        return tuple(sorted((p for p in self.found if p.severity is Severity.ERROR), key=lambda p: p.source))

    @property
    def all(self) -> tuple[Problem, ...]:
        """All problems, in the order of the file."""
        return tuple(sorted(self.found, key=lambda p: p.source))
