"""Names that resemble speakers but are not in the cast, reported once per name with a count."""

from __future__ import annotations

from voiceover.script.labels import COUNT, fold
from voiceover.settings.problems import Problems
from voiceover.types import Severity, Source
from voiceover.types.lazy_dataclass import dataclass


@dataclass(slots=True)
class _UnknownName:
    """The first use of a name, and how often it is used."""

    source: Source
    severity: Severity
    code: str
    message: str
    uses: int = 1


class UnknownSpeakers:
    """Collects uses of unknown names while a script is read."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Severity], _UnknownName] = {}

    def add(self, name: str, source: Source, severity: Severity, code: str, message: str) -> None:
        """Count a use of ``name``; the first one determines location and message."""
        key = fold(name), severity
        if key in self._found:
            self._found[key].uses += 1
        else:
            self._found[key] = _UnknownName(source, severity, code, message)

    def report(self, problems: Problems) -> None:
        """Add one problem per name."""
        for found in self._found.values():
            count = f" ({found.uses} times, first here)" if found.uses > 1 else ""
            problems.add(found.source, found.severity, found.code, found.message.replace(COUNT, count))
