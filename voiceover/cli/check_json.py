"""``voiceover check --json``: all that a program, or a language model, needs to mend a draft."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from voiceover.cli.terminal import problem_fields

if TYPE_CHECKING:
    from pathlib import Path

    from voiceover.pipeline.job import Checked, Job
    from voiceover.types import Problem, Voice


def check_fields(path: Path, job: Job, checked: Checked) -> dict[str, object]:
    """Return what was found in one script: problems with the line and what would be right, the cast with its styles, the words."""
    read = checked.script
    segments = read.segments if read else ()
    lines = read.lines if read else _lines(job)
    return {
        "script": str(path),
        "title": read.title if read else None,
        "ok": not checked.errors,
        "errors": len(checked.errors),
        "warnings": sum(problem.severity.value == "warning" for problem in checked.problems),
        "problems": [_to_mend(problem, str(job.script), lines) for problem in checked.problems],
        "cast": [
            {
                **_voice_fields(checked.cast.get(entry.name)),
                "speaker": entry.name,
                "lines": sum(segment.speaker == entry.name for segment in segments),
            }
            for entry in (read.cast if read else ())
        ],
        "words": sum(len(segment.text.split()) for segment in segments),
    }


def voice_fields(voices: Iterable[Voice]) -> list[dict[str, object]]:
    """Return the voices that a cast may name, with their styles."""
    return [_voice_fields(voice) for voice in voices]


def _voice_fields(voice: Voice | None) -> dict[str, object]:
    return {"voice": voice.name if voice else None, "styles": sorted(filter(None, voice.styles)) if voice else []}


def _to_mend(problem: Problem, path: str, lines: Sequence[str]) -> dict[str, object]:
    """Return a problem with its line as it is, the word that was probably meant, and the heading of the guide with the rule."""
    from voiceover.authoring.guide import section_of
    from voiceover.settings.values import suggested_in

    row = problem.source.line - 1
    return {
        **problem_fields(problem),
        "text": lines[row] if problem.source.path == path and row < len(lines) else None,
        "suggestion": suggested_in(problem.message),
        "guide": section_of(problem.code) or None,
    }


def _lines(job: Job) -> Sequence[str]:
    """Return the lines of a script that could not be read as one."""
    from voiceover.script import MAX_BYTES

    data = job.data
    if data is None:
        with suppress(OSError), job.script.open("rb") as file:
            data = file.read(MAX_BYTES)
    return (data or b"").decode("utf-8-sig", "replace").splitlines()
