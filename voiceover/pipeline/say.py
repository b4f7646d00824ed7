"""Speak one line into one audio file."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from voiceover.errors import InputError, ProblemsError, VoiceoverError
from voiceover.pipeline.job import Job
from voiceover.pipeline.output import output_paths
from voiceover.pipeline.render import render
from voiceover.settings.layers import DEFAULT_VOICE
from voiceover.system.files import make_folder, write_whole
from voiceover.types import Settings


def say(text: str, style: str | None, output: Path, flags: Settings, cache_folder: Path | None) -> tuple[Path, float, str]:
    """Speak ``text`` into one audio file; return the file, its length in seconds, and why this engine was used.

    ``text`` is read like a line of a script in the current folder, with its voices and project file.
    """
    place = output_paths(output, Path("say.yaml"), flags.formats or ("wav",))
    line = {"text": text, "speaker": "Voice", **({"style": style} if style else {})}
    with tempfile.TemporaryDirectory(prefix="voiceover-") as folder:
        script = Path(folder) / "say.yaml"
        # JSON is YAML, and quotes the text, so nothing in it is read as YAML syntax.
        content = {"title": "say", "cast": {"Voice": flags.voice or DEFAULT_VOICE}, "segments": [line]}
        script.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        job = Job(script, replace(flags, split="none"), Path(folder) / f"say.{place.formats[0]}", cache_folder, beside=Path("say.yaml"))
        with _without_places_in(script):
            rendered = render(job)
        spoken = rendered.episode.files[0].path.read_bytes()
    final = place.draft if rendered.plan.place.provisional else place
    make_folder(final.folder, "write here")
    path = final.folder / f"{final.stem}.{place.formats[0]}"
    write_whole(path, spoken, "write the audio")
    return path, rendered.episode.seconds, "\n".join((*rendered.plan.why, *rendered.plan.remarks))


@contextmanager
def _without_places_in(script: Path) -> Iterator[None]:
    """Remove places in ``script``, which the user never sees, from errors; places in a voice or the project file stay."""
    try:
        yield
    except ProblemsError as error:
        lines = (problem.message if problem.source.path == str(script) else str(problem) for problem in error.problems)
        raise InputError(*dict.fromkeys(lines)) from error
    except VoiceoverError as error:
        error.args = tuple(re.sub(rf"{re.escape(str(script))}(:\d+)*: ", "", line) for line in str(error).splitlines())
        raise
