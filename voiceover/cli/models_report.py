"""``voiceover models verify NAME --report DIR``: an installed model speaks fixed lines, and a report says how well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceover.cli.terminal import display, echo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voiceover.types import CheckedFile, PreparedReport

STOPPED = "stopped; no report was written"
INTERRUPTED = 130


def prepared(
    name: str, folder: Path, voice: str | None, backend: str | None, precisions: tuple[str, ...], presets: tuple[str, ...]
) -> PreparedReport:
    """Check the model, the voice, the folder and the options before anything takes time."""
    from voiceover.pipeline.benchmarks import prepare_report

    variants = {"precision": tuple(dict.fromkeys(precisions)), "preset": tuple(dict.fromkeys(presets))}
    return prepare_report(name, folder, voice=voice, options={"backend": backend} if backend else {}, variants=variants)


def reported(name: str, folder: Path, report: PreparedReport, files: Sequence[CheckedFile], as_json: bool) -> bool:
    """Write the report into ``folder``; return True if the model ``name`` passed."""
    try:
        with display(as_json, False) as shown:
            passed = report.write(files, shown.progress, shown.say)
    except KeyboardInterrupt:
        echo(STOPPED, err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None
    if as_json:
        echo(json.dumps({"event": "report", "folder": str(folder), "passed": passed}, ensure_ascii=False))
    else:
        verdict = "passed" if passed else "did not pass"
        echo(f"{name} {verdict}; listen: {folder / 'report.html'}, send: {folder / 'report.json'}", err=True)
    return passed
