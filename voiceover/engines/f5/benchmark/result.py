"""What a report found, and ``report.json``: without audio, paths, or anything that identifies the owner of the machine."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from voiceover.engines.f5.benchmark.checks import LineFigures, LineFinding
from voiceover.engines.f5.benchmark.lines import REVISION, ReportLine
from voiceover.engines.f5.benchmark.rates import MatrixRate

SCHEMA = 1
"""Increased when a reader of older reports would misread the new ones."""
KIND = "voiceover models verify --report"


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """One line of a run."""

    line: int
    """Index of the line."""
    findings: tuple[LineFinding, ...]
    figures: LineFigures | None = None
    """None if it could not be spoken."""
    audio: str | None = None
    """File, relative to the report."""
    frames: int = 0
    """Mel frames of reference and speech."""
    took_seconds: float = 0.0
    gflops: float = 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A sampled mel compared with that of f5-tts from the same noise."""

    relative: float
    """Norm of the difference divided by the norm of theirs."""
    largest: float
    """Largest absolute difference."""


@dataclass(frozen=True, slots=True)
class ReportRun:
    """All lines in one precision and preset."""

    precision: str
    preset: str
    refused: str | None = None
    """Reason why it did not run, None if it ran."""
    fingerprint: str = ""
    first_seconds: float = 0.0
    """Time until the first line was spoken, including loading."""
    spoken: tuple[SpokenLine, ...] = ()
    rate: MatrixRate | None = None
    compared: Comparison | None = None
    not_compared: str = ""
    """Reason why there is no comparison."""
    findings: tuple[LineFinding, ...] = ()
    """Findings on the run as a whole."""

    @property
    def faults(self) -> int:
        return sum(finding.fault for finding in self.all_findings)

    @property
    def doubts(self) -> int:
        return sum(not finding.fault for finding in self.all_findings)

    @property
    def all_findings(self) -> tuple[LineFinding, ...]:
        return (*self.findings, *(finding for one in self.spoken for finding in one.findings))

    @property
    def speech_seconds(self) -> float:
        """Seconds of audio in all."""
        return sum(one.figures.seconds for one in self.spoken if one.figures)

    @property
    def took_seconds(self) -> float:
        return sum(one.took_seconds for one in self.spoken if one.figures)

    @property
    def gflops(self) -> float | None:
        """Rate over all lines; the time includes everything that speaking takes."""
        work = sum(one.gflops * one.took_seconds for one in self.spoken if one.figures)
        return work / self.took_seconds if self.took_seconds else None


@dataclass(frozen=True, slots=True)
class FileResult:
    """One check of the model's files."""

    what: str
    fault: str | None
    """What is wrong, None if the check passed."""


@dataclass(frozen=True, slots=True)
class ReportResult:
    """Everything in a report."""

    machine: Mapping[str, object]
    model: Mapping[str, object]
    voice: Mapping[str, object]
    lines: tuple[ReportLine, ...]
    remarks: tuple[str, ...]
    files: tuple[FileResult, ...]
    """Checks of the model's files."""
    runs: tuple[ReportRun, ...]

    @property
    def passed(self) -> bool:
        """True if something ran, and no fault was found in files and runs."""
        ran = [run for run in self.runs if run.refused is None]
        return bool(ran) and not any(run.faults for run in ran) and not any(found.fault for found in self.files)


def summary(run: ReportRun) -> str:
    """Return a run in one line."""
    name = f"{run.precision}, {run.preset}"
    if run.refused is not None:
        return f"{name}: left out: {run.refused}"
    spoken = sum(one.figures is not None for one in run.spoken)
    line = f"{name}: {spoken} of {len(run.spoken)} lines, {_counted(run.faults, 'fault')}, {_counted(run.doubts, 'doubt')}"
    if not run.speech_seconds:
        return line
    share = f", {100 * run.gflops / run.rate.gflops:.0f} % of the machine's matrix rate" if run.rate and run.gflops else ""
    beside = f", {run.compared.relative:.2g} from f5-tts" if run.compared else ""
    return f"{line}, {run.took_seconds / run.speech_seconds:.2f} s per second of speech{share}{beside}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


# ---------------------------------------------------------------- report.json


def as_json(result: ReportResult) -> bytes:
    """Return the content of ``report.json``."""
    return (json.dumps(_plain(_fields(result)), ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def _fields(result: ReportResult) -> dict[str, Any]:
    return {
        "kind": KIND,
        "schema": SCHEMA,
        "passed": result.passed,
        "machine": dict(result.machine),
        "model": dict(result.model),
        "voice": dict(result.voice),
        "remarks": list(result.remarks),
        "files": [{"what": found.what, "fault": found.fault} for found in result.files],
        "lines_revision": REVISION,
        "lines": [{"number": number, **asdict(line)} for number, line in enumerate(result.lines, 1)],
        "runs": [_run_fields(run) for run in result.runs],
    }


def _run_fields(run: ReportRun) -> dict[str, Any]:
    head: dict[str, Any] = {"precision": run.precision, "preset": run.preset, "refused": run.refused}
    if run.refused is not None:
        return head
    rate = run.rate
    return head | {
        "passed": not run.faults,
        "engine": run.fingerprint,
        "faults": run.faults,
        "doubts": run.doubts,
        "findings": [_finding(found) for found in run.findings],
        "first_seconds": run.first_seconds,
        "audio_seconds": run.speech_seconds,
        "took_seconds": run.took_seconds,
        "realtime_factor": run.took_seconds / run.speech_seconds if run.speech_seconds else None,
        "gflops": run.gflops,
        "machine_rate": asdict(rate) if rate else None,
        "share_of_machine_rate": run.gflops / rate.gflops if rate and run.gflops else None,
        "f5_tts": asdict(run.compared) if run.compared else {"not_compared": run.not_compared},
        "lines": [
            {
                "number": one.line + 1,
                "findings": [_finding(found) for found in one.findings],
                **(asdict(one.figures) if one.figures else {}),
                "frames": one.frames,
                "took_seconds": one.took_seconds,
                "gflops": one.gflops,
            }
            for one in run.spoken
        ],
    }


def _finding(found: LineFinding) -> dict[str, Any]:
    return {"code": found.code, "message": found.message, "fault": found.fault}


def _plain(value: Any) -> Any:
    """Return ``value`` with short floats, and None for the ones that JSON lacks."""
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
