"""The finished episodes of a folder that are to be bound: which there are, in which order, and why they cannot be bound."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from voiceover import publish
from voiceover.audio.formats import AUDIO_SUFFIXES, FORMATS
from voiceover.batch import states_for_output
from voiceover.errors import InputError
from voiceover.pipeline.output import CHAPTERS, DRAFT
from voiceover.publish import MANIFEST_SUFFIX
from voiceover.show.finished import FinishedEpisode, finished_episodes
from voiceover.system.lazy import lazy_pattern
from voiceover.types import STEMS_SUFFIX

_NUMBER = lazy_pattern(r"(\d+)", re.ASCII)
_PREFERRED = tuple(sorted(FORMATS.values(), key=lambda kind: not kind.lossless))
"""Formats, lossless ones first: what they hold is encoded only once."""
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Bindable:
    """An episode and its audio file."""

    episode: FinishedEpisode
    audio: Path
    remark: str = ""
    """What is to be told of the file; empty if nothing."""


def bindable_episodes(
    folder: Path, output: Path, *, states: Sequence[Path] | None, allow_draft: bool, allow_suspect: bool
) -> tuple[Bindable, ...]:
    """Return the episodes in ``folder`` and below in the order of their names, numbers in them by value: part 2 is before part 10.

    ``states`` are the state folders of batches that may hold manifests; by default the one that a batch into ``folder`` would use.
    No episode is left out in silence. Raises InputError if there are none, if one is unfinished, its manifest is damaged or its audio is
    gone, if it is a draft or suspect and that is not allowed, if an audio file belongs to none, and if ``output`` belongs to one.
    """
    if not folder.is_dir():
        raise InputError(
            f"{folder}: {'not a folder' if folder.exists() else 'there is no such folder'}; give the folder of finished episodes"
        )
    own = {output.with_name(name).absolute() for name in own_names(output)}
    damaged: list[Path] = []
    found = sorted(
        finished_episodes(folder, (), (folder,), states_for_output(folder) if states is None else states, damaged),
        key=lambda episode: _natural(episode.name),
    )
    if damaged:
        raise InputError(*(f"{path}: the manifest cannot be read; render its episode again" for path in damaged[:_MOST_NAMED]))
    if unfinished := sorted(path for path in _unfinished(folder) if path.with_name(f"{path.name}{output.suffix}").absolute() not in own):
        raise InputError(*(f"{path}: an unfinished episode; render it again, which completes it" for path in unfinished[:_MOST_NAMED]))
    owned = {(episode.folder / file.name).absolute() for episode in found for file in episode.manifest.files}
    if output.absolute() in owned or os.path.realpath(output) in set(map(os.path.realpath, owned)):
        raise InputError(f"{output}: belongs to an episode that is to be bound; choose another name (-o)")
    if strays := [path for path in _audio_below(folder) if path.absolute() not in owned | own and _is_stray(path, found)]:
        why = "no manifest is beside it, so it is no finished episode; render it, or move it to another folder"
        raise InputError(*(f"{path}: {why}" for path in strays[:_MOST_NAMED]))
    if not found:
        raise InputError(f"{folder}: no finished episodes; make them first: voiceover render SCRIPT -o {folder}")
    if (whole := _twice(found)) is not None:
        chapters = whole.folder / f"{whole.name.rpartition('/')[2]}{CHAPTERS}"
        raise InputError(f"{folder}: has {whole.name} as a whole and its chapters; bind {chapters}")
    if not allow_draft and (drafts := [episode for episode in found if episode.is_draft]):
        raise InputError(f"{folder}: the draft voice speaks in {_named(drafts)}; --allow-draft takes {_them(drafts)}")
    if not allow_suspect and (suspects := [episode for episode in found if episode.manifest.suspect]):
        raise InputError(f"{folder}: a check found a take that may be wrong in {_named(suspects)}; --allow-suspect takes {_them(suspects)}")
    return tuple(map(_with_audio, found))


def own_names(output: Path) -> tuple[str, str]:
    """Return the names that a book for ``output`` may have: without a draft, and with one."""
    name = output.stem.removesuffix(DRAFT)
    return f"{name}{output.suffix}", f"{name}{DRAFT}{output.suffix}"


def _twice(found: Sequence[FinishedEpisode]) -> FinishedEpisode | None:
    """Return an episode whose chapters are there, too."""
    split = {episode.name.rpartition("/")[0].removesuffix(CHAPTERS) for episode in found if episode.manifest.book is not None}
    return next((episode for episode in found if episode.manifest.book is None and episode.name in split), None)


def _natural(name: str) -> list[tuple[bool, int, str]]:
    """Return a sort key in which numbers count by their value."""
    parts = _NUMBER.split(name)
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part.casefold()) for part in parts if part]


def _unfinished(folder: Path) -> Iterator[Path]:
    """Yield the folder and stem of each episode that a run has not finished."""
    for here, folders, _ in os.walk(folder):
        yield from (Path(here) / stem for name in folders if (stem := publish.stem_of_stage(name)))
        folders[:] = [name for name in folders if not name.startswith(".")]


def _audio_below(folder: Path) -> Iterator[Path]:
    """Yield the audio files below a folder, apart from stems."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not name.endswith(STEMS_SUFFIX))
        yield from (Path(here) / name for name in sorted(names) if name.lower().endswith(AUDIO_SUFFIXES) and not name.startswith("."))


def _is_stray(path: Path, found: Sequence[FinishedEpisode]) -> bool:
    """True for audio that may be a part of the book and that no manifest tells of; previews and drafts that were replaced have theirs."""
    if (path.parent / f"{path.stem}{MANIFEST_SUFFIX}").is_file():
        return False
    return not any(path.parent == episode.folder and path.stem == episode.stem.removesuffix(DRAFT) + DRAFT for episode in found)


def _named(episodes: Sequence[FinishedEpisode]) -> str:
    more = len(episodes) - _MOST_NAMED
    return ", ".join(episode.name for episode in episodes[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _them(episodes: Sequence[FinishedEpisode]) -> str:
    return "it" if len(episodes) == 1 else "them"


def _with_audio(episode: FinishedEpisode) -> Bindable:
    """Return the episode with the file that is as its manifest says; else with one that was changed, and a remark."""
    own = [file for file in episode.manifest.files if not file.is_stem]
    listed = [file for kind in _PREFERRED for file in own if file.name.lower().endswith(kind.suffix)]
    there = [file for file in listed if (episode.folder / file.name).is_file()]
    if not there:
        names = ", ".join(file.name for file in listed) or "its audio"
        raise InputError(f"{episode.folder / episode.stem}: {names}: the file is gone; render the episode again")
    for file in there:
        path = episode.folder / file.name
        try:
            if publish.file_digest(path).sha256 == file.sha256:
                return Bindable(episode, path)
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    path = episode.folder / there[0].name
    return Bindable(episode, path, f"{path}: changed since it was rendered (its SHA-256 is not that of the manifest); it is bound as it is")
