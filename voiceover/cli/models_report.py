"""``voiceover models verify NAME --report DIR``: the model speaks, and what comes of it is written down."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceover.cli.terminal import display, echo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voiceover.models import Finding
    from voiceover.pipeline.trial import Ready

STOPPED = "stopped; no report was written"
INTERRUPTED = 130


def prepared(
    name: str, folder: Path, voice: str | None, backend: str | None, precisions: tuple[str, ...], presets: tuple[str, ...]
) -> Ready:
    """What was asked for, looked at before anything takes time."""
    from voiceover.pipeline.trial import Trial, prepare

    trial = Trial(name, folder)
    return prepare(
        replace(
            trial,
            voice=voice or trial.voice,
            precisions=tuple(dict.fromkeys(precisions)),
            options={"backend": backend} if backend else {},
            presets=tuple(dict.fromkeys(presets)) or trial.presets,
        )
    )


def reported(ready: Ready, files: Sequence[Finding], as_json: bool) -> bool:
    """Make the report; whether the model passed."""
    from voiceover.pipeline.trial import run_trial

    folder = ready.trial.folder
    try:
        with display(as_json, False) as shown:
            result = run_trial(ready, files, shown.progress, shown.say)
    except KeyboardInterrupt:
        echo(STOPPED, err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None
    if as_json:
        echo(json.dumps({"event": "report", "folder": str(folder), "passed": result.passed}, ensure_ascii=False))
    else:
        verdict = "passed" if result.passed else "did not pass"
        echo(f"{ready.record.name} {verdict}; listen: {folder / 'report.html'}, send: {folder / 'report.json'}", err=True)
    return result.passed
