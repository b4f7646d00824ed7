"""Checks of takes: what may be wrong with a recording, and what a recognizer hears in it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from voiceover.types.lazy_dataclass import dataclass
from voiceover.types.sound import Audio


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a take that may be wrong."""

    check: str
    """Stable name of the check, such as ``start-cut``."""
    message: str
    """What is wrong, for people to read."""
    begin_seconds: float | None = None
    """Where it begins in the take; None if it concerns the whole of it."""
    end_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class TakeChecks:
    """The verdict on a take: its findings, and a score by which attempts at one line are compared."""

    findings: tuple[Finding, ...] = ()
    score: float = 0.0
    """Sum of the weights of the findings (``takes/checks/score.py``), plus ten times the character error if the take was listened to.

    Lower is better; 0 is a take without findings.
    """

    edges_db: tuple[float, float] | None = None
    """Levels of the first and the last millisecond relative to the loud parts; takes of one voice are compared by them."""

    @property
    def suspect(self) -> bool:
        """True if there is a finding."""
        return bool(self.findings)

    def is_suspect_for(self, accepted: Collection[str]) -> bool:
        """Return True if there is a finding of a check that is not in ``accepted``, the names of those that a person accepts."""
        return any(finding.check not in accepted for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a recognizer hears in a take."""

    model: str
    """Name of the recognizer and its model."""
    words: tuple[str, ...]
    """As the recognizer writes them: word for word, and as well as it can if that was not clear enough."""


class Listener(Protocol):
    """A recognizer of speech, which judges takes by ear."""

    @property
    def model(self) -> str:
        """Name of the recognizer and its model; what it hears is stored under this name."""
        ...

    def understands(self, language: str) -> bool:
        """Return True if it can be asked to listen to ``language``, a BCP 47 tag."""
        ...

    def hear(self, audio: Audio, language: str, *, verbatim: bool) -> str:
        """Return the words in ``audio``; with ``verbatim`` also those that a writer would leave out, such as a word said twice.

        Raises ModelError if the model fails.
        """
        ...
