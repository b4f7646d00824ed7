"""Start a show: a small folder with settings, a feed and a first episode, which renders at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from voiceover.engines import STAND_IN, EngineChooser, context_of, engine_names
from voiceover.errors import InputError, OutputError
from voiceover.pipeline.context import engine_context
from voiceover.system.extras import how_to_install
from voiceover.system.files import make_folder, open_new, os_errors_as

HUMAN_ENGINE = "kokoro"
"""The engine of a new show, if it is ready."""
_MOST_TITLE = 100

_PROJECT = """\
# Settings of all scripts in this folder. A script's front matter and flags override them.
# All keys: docs/script.md; `voiceover schema` prints them for your editor.
engine: {engine}{remark}
show: {title}
language: en
notes: true               # also write show notes, to paste at a host
# author: Your name
# cover: cover.jpg        # in the audio files, and artwork of the feed: square, 1400 to 3000 pixels
"""
_SHOW = """\
# The feed of this show: voiceover feed {file}
# Check it before you publish: voiceover feed {file} --check
feed:
  base_url: https://example.com/audio/    # public address of the folder public; change it before you publish
  title: {title}
  description: What the show is about.
  language: en
  episodes: public                        # finished episodes: voiceover batch {scripts} -o {public}
  scripts: episodes                       # their scripts
  category: Technology
  explicit: no
  # link: https://example.com/
  # author: Your name
  # owner: {{name: Your name, email: you@example.com}}
  # image: cover.jpg                      # square, 1400 to 3000 pixels
"""
_EPISODE = """\
---
title: Hello
date: 2026-01-01
description: The first episode.
cast:
  Ann: ada
  Ben: ben
---

## Welcome

Ann: Hello, and welcome to the show. The voices that you hear are synthetic.

Ben: This is the first episode. Its script is a text file; change a line, and only that line is recorded again.

## What comes next

Ann: Write the next one beside it, and run the same command once more.
"""
_VOICES = """\
Voices of your own go here, a folder each: voiceover voices add NAME RECORDING --consent self --licence "all rights reserved"
"""
_IGNORED = """\
# Made from the scripts. feed.lock is not in this list: commit it, since it keeps the identifiers of your episodes.
/public/
/.voiceover/
"""


@dataclass(frozen=True, slots=True)
class StartedShow:
    """What was written to start a show."""

    folder: Path
    engine: str
    """Name of the engine in the project file."""
    written: tuple[Path, ...]
    kept: tuple[Path, ...]
    """Files that were there before and are unchanged."""


def start_show(folder: Path) -> StartedShow:
    """Write the files of a new show into ``folder``, which is created; a file that is there already is never changed.

    Raises InputError if something else is in the place of a folder, OutputError if a file cannot be written.
    """
    engine, project = starting_project(folder)
    places = {"file": folder / "show.yaml", "scripts": folder / "episodes", "public": folder / "public"}
    shown = {name: " ".join(str(path).split()) for name, path in places.items()}
    texts = {
        Path("voiceover.yaml"): project,
        Path("show.yaml"): _SHOW.format(title=show_title(folder), **shown),
        Path("episodes", "01-hello.md"): _EPISODE,
        Path("voices", "README.txt"): _VOICES,
        Path(".gitignore"): _IGNORED,
    }
    return StartedShow(folder, engine, *start_files(folder, texts))


def starting_project(folder: Path) -> tuple[str, str]:
    """Return the engine of a new show and the text of its project file."""
    engine = _engine()
    remark = "" if engine != STAND_IN else f"    # a robot; for human voices, {how_to_install('kokoro')}, then engine: kokoro"
    return engine, _PROJECT.format(engine=engine, remark=remark, title=show_title(folder))


def start_files(folder: Path, texts: Mapping[Path, str]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Write ``texts`` into files below ``folder`` and return which were written and which were there already.

    Raises InputError if something else is in the place of a folder, OutputError if a file cannot be written.
    """
    for place in sorted({folder / parent for path in texts for parent in path.parents}):
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            raise InputError(f"{place}: this is {'a link' if place.is_symlink() else 'a file'}; a show needs a folder here")
        make_folder(place, "start a show here")
    written, kept = [], []
    for path, text in texts.items():
        with os_errors_as(OutputError, "write", folder / path):
            try:
                with open_new(folder / path) as file:
                    file.write(text.encode())
                written.append(folder / path)
            except FileExistsError:
                kept.append(folder / path)
    return tuple(written), tuple(kept)


def _engine() -> str:
    """Return the engine with human voices if it is ready, else the draft voice."""
    chooser = EngineChooser(partial(context_of, context=engine_context()))
    is_ready = HUMAN_ENGINE in engine_names() and chooser.why_not_ready(HUMAN_ENGINE) is None
    return HUMAN_ENGINE if is_ready else STAND_IN


def show_title(folder: Path) -> str:
    """Return the title of a show from its folder's name, as YAML."""
    name = " ".join(folder.absolute().name.replace("-", " ").replace("_", " ").split())
    plain = "".join(letter for letter in name if letter.isprintable())[:_MOST_TITLE].strip()
    words = plain[:1].upper() + plain[1:] if plain else "My show"
    return json.dumps(words, ensure_ascii=False)
