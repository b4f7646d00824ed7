"""The instructions for a language model: the built-in ones, those of a project's folder ``prompts``, or a file."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from voiceover.errors import InputError
from voiceover.settings.reader import find_project
from voiceover.system.files import os_errors_as

FOLDER = "prompts"
"""Folder beside voiceover.yaml in which a project keeps its own."""
_MOST_BYTES = 100_000


def read_prompt(style: str, article: Path, given: Path | None) -> str:
    """Return the instructions for a style: those of the file ``given``, else of the article's project, else the built-in ones.

    Raises InputError if a file cannot be read.
    """
    project = find_project(article)
    own = project.parent / FOLDER / f"adapt-{style}.md" if project is not None else None
    path = given or (own if own is not None and own.is_file() else None)
    if path is None:
        return resources.files("voiceover.authoring.adapting.prompts").joinpath(f"{style}.md").read_text("utf-8")
    with os_errors_as(InputError, "read the prompt", path), path.open("rb") as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise InputError(f"{path}: a prompt has at most {_MOST_BYTES // 1000} kB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: the prompt is not UTF-8 text; save it as UTF-8") from error
    if not text.strip():
        raise InputError(f"{path}: the prompt is empty")
    return text


def filled(prompt: str, title: str, language: str, speakers: Sequence[str], words: int | None) -> str:
    """Return instructions with their fields ``{title}``, ``{language}``, ``{speakers}``, ``{first}`` and ``{length}`` filled in."""
    length = f"Length: about {words} words." if words is not None else "Length: about that of the section."
    fields = {"language": language, "speakers": ", ".join(speakers), "first": speakers[0], "length": length, "title": title}
    # The title comes last: it is the article's own, and must not be taken for a field.
    for name, value in fields.items():
        prompt = prompt.replace(f"{{{name}}}", value)
    return prompt
