"""The report of a batch as JSON; docs/batch.md describes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from voiceover.batch.types import BatchReport, Outcome, ScriptStatus
from voiceover.errors import PublishError
from voiceover.system.files import make_folder, whole_file
from voiceover.system.version import __version__

SCHEMA = 1


def write_report(report: BatchReport, path: Path) -> None:
    """Write the report to ``path`` atomically. Raises PublishError."""
    make_folder(path.parent, "write the report", PublishError)
    with whole_file(path, "write the report", PublishError) as file:
        for piece in report_pieces(report):
            file.write(piece.encode("utf-8", "replace"))


def report_pieces(report: BatchReport) -> Iterator[str]:
    """Yield the report in pieces, one line per episode, so that a long one is never in memory as a whole."""
    outcomes = report.outcomes
    made = [outcome for outcome in outcomes if outcome.status is ScriptStatus.MADE]
    content: dict[str, object] = {
        "schema": SCHEMA,
        "voiceover": __version__,
        "exit_code": report.exit_code,
        "interrupted": report.interrupted,
        "error": report.error or None,
        "dry_run": report.request.dry_run,
        "output": str(report.request.output),
        "state": str(report.state),
        "started": datetime.fromtimestamp(report.started, UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "wall_seconds": round(report.wall_seconds, 3),
        "counts": {ending.value.replace(" ", "_"): report.count(ending) for ending in ScriptStatus},
        "takes": {
            "recorded": sum(outcome.recorded for outcome in made),
            "reused": sum(outcome.reused for outcome in made),
            "suspect": report.suspect,
        },
        "backlog_seconds": None if report.backlog_seconds is None else round(report.backlog_seconds, 1),
        "backlog_rate": None if report.rate_is_measured is None else "measured" if report.rate_is_measured else "guessed",
        "left_out": dict(report.left_out),
        "orphans": [
            {"stem": orphan.stem, "reason": orphan.reason, "pruned": orphan.pruned, "files": [file.name for file in orphan.files]}
            for orphan in report.orphans
        ],
    }
    yield "{\n"
    for key, value in content.items():
        yield f" {_json(key)}: {_json(value)},\n"
    yield ' "episodes": ['
    for number, outcome in enumerate(outcomes):
        yield ("," if number else "") + f"\n  {_json(_episode(report.full(outcome)))}"
    yield "\n ]\n}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _episode(outcome: Outcome) -> dict[str, object]:
    facts = outcome.facts
    fields: dict[str, object] = {
        "script": str(outcome.found.script),
        "name": outcome.found.name,
        "status": outcome.status.value.replace(" ", "_"),
        "reason": outcome.reason,
        "recorded": outcome.recorded,
        "reused": outcome.reused,
        "suspect": outcome.suspect,
        "wall_seconds": round(outcome.wall_seconds, 3),
        "notes": list(outcome.notes),
    }
    if facts is not None:
        folder = PurePosixPath(outcome.stem).parent
        fields |= {
            "title": facts.title,
            "language": facts.language,
            "engine": facts.engine,
            "provisional": facts.provisional,
            "seconds": round(facts.seconds, 3),
            "speech_seconds": round(facts.speech_seconds, 3),
            "rtf": round(outcome.wall_seconds / facts.seconds, 4) if outcome.status is ScriptStatus.MADE and facts.seconds else None,
            "loudness": {"integrated_lufs": facts.integrated_lufs, "true_peak_dbtp": facts.true_peak_dbtp, "reached": facts.reached},
            "files": [
                {"path": (folder / file.name).as_posix(), "bytes": file.bytes, "sha256": file.sha256}
                for file in outcome.files
                if file.is_public
            ],
        }
    return fields
