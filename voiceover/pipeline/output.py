"""Folder and names of the files of an episode."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from voiceover import publish
from voiceover.audio.formats import AUDIO_SUFFIXES, OTHER_SUFFIXES
from voiceover.errors import OutputError
from voiceover.types.lazy_dataclass import dataclass

DRAFT = ".draft"
CHAPTERS = ".chapters"
"""Ends the name of the folder with the chapters of an episode."""


@dataclass(frozen=True, slots=True)
class OutputPaths:
    """Folder and names of the files of one render."""

    folder: Path
    name: str
    """Name of the episode: the script's stem, or as given by ``-o``."""
    formats: tuple[str, ...]
    part: str = ""
    """Label of a preview; empty for the whole episode."""
    provisional: bool = False
    split: bool = False
    """True if each chapter of the whole episode has files of its own, in a folder of the episode."""
    state: Path | None = None
    """Folder of the manifest, the lock and unfinished files; None to keep them in ``folder``, too."""

    @property
    def stem(self) -> str:
        """The common start of all file names: NAME, NAME.draft, NAME.chapter-2.draft."""
        return self.name + (f".{self.part}" if self.part else "") + (DRAFT if self.provisional else "")

    @property
    def manifest(self) -> Path:
        """Where the manifest is written."""
        return publish.manifest_path(self.folder, self.stem, self.state)

    @property
    def last_manifest(self) -> Path:
        """Where the manifest of the last render is, or would be: one that an older version wrote beside the files may still be there."""
        return publish.find_manifest(self.folder, self.stem, self.state)

    @property
    def work(self) -> Path:
        """Folder of the lock and unfinished files."""
        return self.state or self.folder

    @property
    def draft(self) -> OutputPaths:
        """The same paths for an episode spoken by a stand-in voice."""
        return replace(self, provisional=True)

    @property
    def whole(self) -> OutputPaths:
        """The paths of the whole episode that a preview is part of."""
        return _of_chapters(replace(self, part="")) if self.part and self.split else replace(self, part="")


def names_a_file(output: Path) -> bool:
    """True if ``-o`` names a file rather than a folder."""
    return output.suffix.lower() in AUDIO_SUFFIXES and not output.is_dir()


def _of_chapters(place: OutputPaths) -> OutputPaths:
    """Return the paths in the folder for the files of the chapters."""
    below = f"{place.name}{CHAPTERS}"
    return replace(place, folder=place.folder / below, state=place.state / below if place.state is not None else None)


def output_paths(
    output: Path | None, script: Path, formats: Sequence[str], part: str = "", *, split: bool = False, state: Path | None = None
) -> OutputPaths:
    """Return the paths for ``-o``: a folder, or a file with an extension that we write; None for the current folder.

    With ``split``, the files of an episode go into the folder NAME.chapters there; a preview (``part``) is one file all the same.
    """
    if output is not None and not output.is_dir():
        ending = output.suffix.lower() or output.name.lower()
        if ending in OTHER_SUFFIXES:
            raise OutputError(f"{output}: files of type {ending} are not supported; use {', '.join(AUDIO_SUFFIXES)}")
        if output.name.lower() in AUDIO_SUFFIXES:
            raise OutputError(f"{output}: the file needs a name before its extension")
    if output is not None and names_a_file(output):
        name = output.stem.removesuffix(DRAFT)
        if not name:
            raise OutputError(f"{output}: the file needs a name before its extension")
        if split and not part:
            raise OutputError(
                f"{output}: with `split: chapters` there is a file for each chapter, so -o must be a folder (or --split none)"
            )
        return OutputPaths(output.parent, name, (output.suffix.lower().removeprefix("."),), part, state=state)
    place = OutputPaths(output or Path(), script.stem, tuple(formats), part, split=split, state=state)
    return _of_chapters(place) if split and not part else place


def name_key(name: str) -> str:
    """Return a key that is equal for names which some systems treat as one file: they differ only in case or Unicode normalization."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def how_alike(first: str, second: str) -> str:
    """In parentheses, how two names with the same key differ; empty if they are equal."""
    if first == second:
        return ""
    is_case = unicodedata.normalize("NFC", first) != unicodedata.normalize("NFC", second)
    return f" (the names differ only by {'case' if is_case else 'Unicode normalization'})"


def check_distinct_outputs(places: Sequence[tuple[Path, OutputPaths]]) -> None:
    """Raise OutputError if two scripts of one call would write the same files."""
    seen: dict[tuple[Path, str], tuple[Path, str]] = {}
    for script, place in places:
        other, stem = seen.setdefault((place.folder.resolve(), name_key(place.stem)), (script, place.stem))
        if other is not script:
            where = f"{place.folder / place.stem}{how_alike(stem, place.stem)}"
            raise OutputError(f"{other} and {script} would both be written to {where}; render them into different folders")
