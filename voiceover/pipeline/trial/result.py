"""What a trial found: the nouns of a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from voiceover import models
from voiceover.pipeline.trial.checks import Figures, Finding
from voiceover.pipeline.trial.lines import Line
from voiceover.pipeline.trial.rates import Rate


@dataclass(frozen=True, slots=True)
class Spoken:
    """One line of a run."""

    line: int
    """Index of the line."""
    findings: tuple[Finding, ...]
    figures: Figures | None = None
    """None where it could not be spoken."""
    audio: str | None = None
    """The file, relative to the report."""
    frames: int = 0
    """Mel frames of reference and speech."""
    took_seconds: float = 0.0
    gflops: float = 0.0


@dataclass(frozen=True, slots=True)
class Compared:
    """A sampled mel beside that of f5-tts from the same noise."""

    relative: float
    """Norm of the difference over the norm of theirs."""
    largest: float


@dataclass(frozen=True, slots=True)
class Run:
    """Every line in one precision and preset."""

    precision: str
    preset: str
    refused: str | None = None
    """Why there is nothing else; None where it ran."""
    fingerprint: str = ""
    first_seconds: float = 0.0
    """Until the first line was spoken, the model's loading included."""
    spoken: tuple[Spoken, ...] = ()
    rate: Rate | None = None
    compared: Compared | None = None
    not_compared: str = ""
    """Why there is no comparison."""
    findings: tuple[Finding, ...] = ()
    """Of the run as a whole."""

    @property
    def faults(self) -> int:
        return sum(finding.fault for finding in self.all_findings)

    @property
    def doubts(self) -> int:
        return sum(not finding.fault for finding in self.all_findings)

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        return (*self.findings, *(finding for one in self.spoken for finding in one.findings))

    @property
    def speech_seconds(self) -> float:
        """Of audio, in all."""
        return sum(one.figures.seconds for one in self.spoken if one.figures)

    @property
    def took_seconds(self) -> float:
        return sum(one.took_seconds for one in self.spoken if one.figures)

    @property
    def gflops(self) -> float | None:
        """Over all lines, everything else that speaking takes included in the time."""
        work = sum(one.gflops * one.took_seconds for one in self.spoken if one.figures)
        return work / self.took_seconds if self.took_seconds else None


@dataclass(frozen=True, slots=True)
class Result:
    """All that a report says."""

    machine: Mapping[str, object]
    model: Mapping[str, object]
    voice: Mapping[str, object]
    lines: tuple[Line, ...]
    remarks: tuple[str, ...]
    files: tuple[models.Finding, ...]
    """What ``verify`` found of the model's files."""
    runs: tuple[Run, ...]

    @property
    def passed(self) -> bool:
        """Whether something ran, and no fault was found in files and runs."""
        ran = [run for run in self.runs if run.refused is None]
        return bool(ran) and not any(run.faults for run in ran) and not any(found.fault for found in self.files)


def summary(run: Run) -> str:
    """A run in one line."""
    name = f"{run.precision}, {run.preset}"
    if run.refused is not None:
        return f"{name}: left out: {run.refused}"
    spoken = sum(one.figures is not None for one in run.spoken)
    line = f"{name}: {spoken} of {len(run.spoken)} lines, {_counted(run.faults, 'fault')}, {_counted(run.doubts, 'doubt')}"
    if not run.speech_seconds:
        return line
    share = f", {100 * run.gflops / run.rate.gflops:.0f} % of the machine's matrix rate" if run.rate and run.gflops else ""
    beside = f", {run.compared.relative:.2g} from f5-tts" if run.compared else ""
    return f"{line}, {run.took_seconds / run.speech_seconds:.2f} s a second{share}{beside}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
