"""Results of checking a recording: verdicts, each with a figure, and where a long one could be cut."""

from __future__ import annotations

from enum import StrEnum

from voiceover.types.lazy_dataclass import dataclass


class Level(StrEnum):
    """How much a verdict matters."""

    OK = "ok"
    REMARK = "remark"
    """It works, but could sound better."""
    REFUSAL = "refusal"
    """It cannot be used as a reference clip."""


@dataclass(frozen=True, slots=True)
class ClipVerdict:
    """The result of one check."""

    check: str
    """A stable name for machines: speech, length, pauses, channels, offset, rate, band, clipping, noise, music, reverb, edges, level or
    words."""
    level: Level
    figure: float
    """The measured value, in the unit that ``message`` names."""
    message: str
    """The finding; for a remark or refusal also what would be better."""

    def __str__(self) -> str:
        return f"{self.check}: {self.message}" if self.level is Level.OK else f"{self.check}: {self.level.value}: {self.message}"


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of a long recording that could be used as a clip, in seconds of the recording."""

    start: float
    stop: float
    snr_db: float

    @property
    def seconds(self) -> float:
        return self.stop - self.start

    def __str__(self) -> str:
        return f"--from {self.start:.2f}s --to {self.stop:.2f}s ({self.seconds:.1f} s)"


@dataclass(frozen=True, slots=True)
class ClipReport:
    """All checks of one recording."""

    verdicts: tuple[ClipVerdict, ...]
    seconds: float
    """Length of the trimmed clip."""
    silences: tuple[tuple[float, float], ...] = ()
    """(start, stop) in seconds of the recording, where a long one could be cut."""
    cuts: tuple[Cut, ...] = ()
    """The cleanest parts of a recording that is too long, best first."""

    @property
    def refused(self) -> bool:
        return any(verdict.level is Level.REFUSAL for verdict in self.verdicts)

    @property
    def worst(self) -> Level:
        found = {verdict.level for verdict in self.verdicts}
        return next((level for level in (Level.REFUSAL, Level.REMARK) if level in found), Level.OK)

    @property
    def cost(self) -> str:
        """The cost of the clip's length with an engine that processes it with every line, in words."""
        return f"{self.seconds:.1f} s of reference: a 10 s line takes {relative_cost(self.seconds):.1f} times as long as with 5 s"

    def as_json(self) -> dict[str, object]:
        """Return the report for ``report.json`` and ``--json``."""
        found: dict[str, object] = {
            "verdict": self.worst.value,
            "seconds": round(self.seconds, 3),
            "cost": round(relative_cost(self.seconds), 3),
            "checks": [
                {"check": v.check, "verdict": v.level.value, "figure": round(v.figure, 5), "message": v.message} for v in self.verdicts
            ],
        }
        if self.silences:
            found["silences"] = [[round(start, 2), round(stop, 2)] for start, stop in self.silences]
        if self.cuts:
            found["cuts"] = [{"from": round(c.start, 2), "to": round(c.stop, 2), "snr_db": round(c.snr_db, 1)} for c in self.cuts]
        return found


def relative_cost(reference_seconds: float, line_seconds: float = 10.0, other_seconds: float = 5.0) -> float:
    """Return the work for a line with this reference relative to one of ``other_seconds``: the model processes reference and line."""
    return (reference_seconds + line_seconds) / (other_seconds + line_seconds)
