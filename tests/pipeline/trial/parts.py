"""A report's parts, made by hand."""

from __future__ import annotations

from voiceover.pipeline.trial.checks import Figures, Finding
from voiceover.pipeline.trial.lines import lines_for
from voiceover.pipeline.trial.rates import Rate
from voiceover.pipeline.trial.result import Compared, Result, Run, Spoken

LINES = lines_for({"en"})[0]


def figures(seconds: float = 2.0, loudness: float = -20.0) -> Figures:
    return Figures(seconds, seconds - 0.2, seconds, 0.1, 0.1, loudness, -1.0, -3.0, -3.1, -60.0)


def spoken(line: int, *findings: Finding, **more: object) -> Spoken:
    return Spoken(line, findings, figures(**more), f"audio/fp32-base/{line + 1:02}.flac", 400, 4.0, 30.0)  # type: ignore[arg-type]


def run(*lines: Spoken, findings: tuple[Finding, ...] = ()) -> Run:
    rate = Rate("numpy's BLAS, float32", 512, 120.0)
    return Run("fp32", "base", None, "f5 r1 mine v1 0 mlx fp32", 5.0, lines, rate, Compared(4e-6, 3e-5), "", findings)


def result(*runs: Run, faults: tuple[object, ...] = ()) -> Result:
    model = {"name": "<mine>", "digest": "0" * 64, "architecture": "v1", "licence": "MIT", "languages": ["en"], "bits": None}
    return Result({"processor": "A & B", "cores": 2}, model, {"name": "ada", "synthetic": True}, LINES, ("a remark",), faults, runs)  # type: ignore[arg-type]
