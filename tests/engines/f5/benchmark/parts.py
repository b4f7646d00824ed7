"""A report's parts, made by hand."""

from __future__ import annotations

from voiceover.engines.f5.benchmark.checks import LineFigures, LineFinding
from voiceover.engines.f5.benchmark.lines import lines_for
from voiceover.engines.f5.benchmark.rates import MatrixRate
from voiceover.engines.f5.benchmark.result import Comparison, ReportResult, ReportRun, SpokenLine

LINES = lines_for({"en"})[0]


def figures(seconds: float = 2.0, loudness: float = -20.0) -> LineFigures:
    return LineFigures(seconds, seconds - 0.2, seconds, 0.1, 0.1, loudness, -1.0, -3.0, -3.1, -60.0)


def spoken(line: int, *findings: LineFinding, **more: object) -> SpokenLine:
    return SpokenLine(line, findings, figures(**more), f"audio/fp32-base/{line + 1:02}.flac", 400, 4.0, 30.0)  # type: ignore[arg-type]


def run(*lines: SpokenLine, findings: tuple[LineFinding, ...] = ()) -> ReportRun:
    rate = MatrixRate("numpy's BLAS, float32", 512, 120.0)
    return ReportRun("fp32", "base", None, "f5 r1 mine v1 0 mlx fp32", 5.0, lines, rate, Comparison(4e-6, 3e-5), "", findings)


def result(*runs: ReportRun, faults: tuple[object, ...] = ()) -> ReportResult:
    model = {"name": "<mine>", "digest": "0" * 64, "architecture": "v1", "licence": "MIT", "languages": ["en"], "bits": None}
    return ReportResult({"processor": "A & B", "cores": 2}, model, {"name": "ada", "synthetic": True}, LINES, ("a remark",), faults, runs)  # type: ignore[arg-type]
