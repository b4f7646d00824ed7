"""The report for machines: ``report.json``, without audio, paths, or anything that says whose machine it was."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

from voiceover.pipeline.trial.checks import Finding
from voiceover.pipeline.trial.lines import REVISION
from voiceover.pipeline.trial.result import Result, Run

SCHEMA = 1
"""Raised when a reader of older reports would misread the new ones."""
KIND = "voiceover models verify --report"


def as_json(result: Result) -> bytes:
    """The file's content."""
    return (json.dumps(_plain(fields(result)), ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def fields(result: Result) -> dict[str, Any]:
    """What the report says."""
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
        "runs": [_run(run) for run in result.runs],
    }


def _run(run: Run) -> dict[str, Any]:
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


def _finding(found: Finding) -> dict[str, Any]:
    return {"code": found.code, "message": found.message, "fault": found.fault}


def _plain(value: Any) -> Any:
    """``value`` with its floats short, and without the ones that JSON does not have."""
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
