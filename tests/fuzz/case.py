"""What is fuzzed: a kind of input is a folder that stands ready, a maker of hostile files for it, and the real function that reads them."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from voiceover.errors import ProblemsError, VoiceoverError
from voiceover.settings.problems import Problems

LONGEST = 60_000
"""Bytes of the largest text that is made, an hour of speech; as paragraphs of a letter each it is read in a second."""
SECRET = "../outside/secret"
"""What no input may read, seen from the folder that inputs live in; with any ending."""


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link."""

    target: str


Files = Mapping[str, bytes | Link]
"""By path below the folder of the inputs."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of input."""

    name: str
    make: Callable[[random.Random, int], Files]
    """The files of one input, no text in them much longer than the given number of bytes."""
    run: Callable[[Path], None]
    """Reads them in this folder, as a user's command would. May raise VoiceoverError and nothing else."""
    standing: Callable[[], Files] = field(default=dict)
    """What is in the folder besides, whole and harmless."""


class BadMessageError(Exception):
    """An error of ours that does not tell a person what to do about it."""


def check_problems(problems: Problems) -> None:
    """Every problem is one line, with a place that is one."""
    for problem in problems.all:
        if not problem.message.strip() or len(problem.message.splitlines()) != 1 or len(problem.message) > 5000:
            raise BadMessageError(repr(problem.message[:500]))
        if problem.source.line < 1 or problem.source.column < 1:
            raise BadMessageError(str(problem)[:500])


def check_error(error: VoiceoverError, folder: Path) -> None:
    """One line that names a file of the input."""
    said = str(error)
    lines = 1 if not isinstance(error, ProblemsError) else len(error.problems)
    if len(said.splitlines()) != lines or (str(folder) not in said and not any(path.name in said for path in folder.iterdir())):
        raise BadMessageError(repr(said[:500]))


# ---------------------------------------------------------------- on the disk


def prepare(folder: Path, kind: Kind) -> Path:
    """The folder of the inputs, new, with what they must not reach beside it."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "outside").mkdir(parents=True)
    for suffix in ("", ".yaml", ".png", ".wav", ".bin", ".md"):
        (folder / "outside" / f"secret{suffix}").write_bytes(b"word: secret\n")
    home = folder / kind.name
    home.mkdir()
    put(home, kind.standing())
    return home


def put(home: Path, files: Files) -> None:
    for name, content in files.items():
        path = home / name
        if isinstance(content, Link):
            path.unlink(missing_ok=True)
            path.symlink_to(content.target)
            continue
        try:
            path.write_bytes(content)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def restore(home: Path, files: Files, standing: Files) -> None:
    """Take an input away again, with what was made of it in ``out``."""
    for name in files:
        if name not in standing or isinstance(standing[name], Link) or isinstance(files[name], Link):
            (home / name).unlink(missing_ok=True)
    put(home, {name: standing[name] for name in files if name in standing})
    if os.path.lexists(home / "out"):
        shutil.rmtree(home / "out")


# ---------------------------------------------------------------- in a file of its own


def save(path: Path, kind: Kind, files: Files, about: Mapping[str, object]) -> None:
    """Keep an input that failed."""
    content = {
        name: {"link": data.target} if isinstance(data, Link) else {"base64": base64.b64encode(data).decode()}
        for name, data in files.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"kind": kind.name, **about, "files": content}, indent=1) + "\n", "utf-8")


def load(path: Path) -> tuple[str, Files]:
    """The kind and the files of an input that was kept."""
    found = json.loads(path.read_text("utf-8"))
    files = {name: Link(data["link"]) if "link" in data else base64.b64decode(data["base64"]) for name, data in found["files"].items()}
    return found["kind"], files
