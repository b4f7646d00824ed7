"""Publish an episode that is split into chapters: the files of each chapter, and one manifest for all of them.

A chapter whose files stand, made from the same recipe, is left as it is: only the others are mastered and encoded. All files appear
together (see ``commit``), those of chapters that are gone or have another name disappear, and the manifest of the whole comes last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from voiceover.errors import PublishError
from voiceover.publish.book_manifest import book_manifest
from voiceover.publish.commit import check_output, commit_stage, file_digest, manifest_path, new_stage
from voiceover.publish.credits import CREDITS_SUFFIX, credits_of, credits_text
from voiceover.publish.episode import NO_WISHES, check_request, committed, last_manifest, stage_episode, stage_manifest, write_text
from voiceover.publish.levelled import Mastered
from voiceover.publish.manifest import Manifest, ManifestInput
from voiceover.publish.manifest_read import intact_episode, read_manifest
from voiceover.publish.notes import notes_texts
from voiceover.publish.summed_report import summed_report
from voiceover.system.files import os_errors_as
from voiceover.types import ChapterMark, Encoding, Episode, EpisodeFile, EpisodePart, Link, Metadata, OnProgress, Progress, Stems, Timeline


@dataclass(frozen=True, slots=True)
class BookChapter:
    """A chapter to publish."""

    stem: str
    """Common start of its files' names; no two chapters have the same."""
    metadata: Metadata
    manifest: ManifestInput
    master: Callable[[OnProgress | None], tuple[Mastered, Timeline, Stems | None]]
    """Mixes and masters it, and returns what stems to write; called only if its files have to be made."""


def publish_book(
    chapters: Sequence[BookChapter],
    metadata: Metadata,
    formats: Sequence[str],
    folder: Path,
    stem: str,
    manifest: ManifestInput,
    on_progress: OnProgress | None = None,
    *,
    encoding: Encoding = NO_WISHES,
    links: Sequence[Link] | None = None,
    state: Path | None = None,
) -> Episode:
    """Write the files of each chapter, as ``publish_episode`` does for an episode, and credits, notes and manifest of the whole.

    - ``metadata``, ``stem``, ``manifest``: those of the whole; no file of a chapter may have the same name.
    - ``links``: those of the script, to write show notes too; None for no notes.
    - The other parameters are those of ``publish_episode``.

    The caller must hold the episode's lock. The report of the returned episode sums up those of its parts. Equal input gives equal bytes.

    Raises OutputError and InputError before any work, PublishError if a file cannot be written; the last episode is then untouched.
    """
    names = tuple(dict.fromkeys(formats))
    check_request(names, metadata, encoding)
    for each in (stem, *(chapter.stem for chapter in chapters)):
        check_output(folder, each)
    with new_stage(folder, stem, state) as stage:
        parts: list[_Part] = []
        for number, chapter in enumerate(chapters, 1):
            standing = _standing(folder, chapter, state)
            if standing is None:
                progress = _numbered(on_progress, f"chapter {number} of {len(chapters)}")
                master, timeline, stems = chapter.master(progress)
                about = chapter.metadata
                own = stage_episode(stage, chapter.stem, master, timeline, about, names, chapter.manifest, progress, encoding, stems=stems)
                standing = _Part(chapter.stem, *own, made=True)
            parts.append(standing)
        texts = {f"{stem}{CREDITS_SUFFIX}": credits_text(credits_of(manifest.plan), metadata)}
        if links is not None:
            notes = notes_texts(manifest.plan, _timeline(parts), metadata, links)
            texts |= {f"{stem}{suffix}": text for suffix, text in notes.items()}
        for name, text in texts.items():
            write_text(stage / name, [text])
        files = [file for part in parts for file in part.files]
        with os_errors_as(PublishError, "read the finished files", stage):
            files += [file_digest(stage / name) for name in texts]
        report = summed_report([(part.manifest.title, part.manifest.seconds, part.manifest.loudness) for part in parts])
        whole = book_manifest(manifest, metadata, [(part.stem, part.manifest) for part in parts], report, files)
        files.append(stage_manifest(stage, stem, whole))
        last = last_manifest(folder, stem, state)
        current = {file.name for file in files}
        gone = {file.name: file.sha256 for file in last.files if file.name not in current} if last else {}
        new = [file.name for part in parts if part.made for file in part.files]
        commit_stage(folder, stem, [*new, *texts, files[-1].name], gone, state)
    made = zip(whole.parts, parts, strict=True)
    listed = tuple(EpisodePart(own.stem, own.title, own.start, own.seconds, part.manifest.loudness, part.made) for own, part in made)
    return Episode(committed(files, folder, state), whole.seconds, report, whole.chapters, listed)


@dataclass(frozen=True, slots=True)
class _Part:
    """A chapter whose files stand or are staged."""

    stem: str
    manifest: Manifest
    files: Sequence[EpisodeFile]
    made: bool


def _standing(folder: Path, chapter: BookChapter, state: Path | None) -> _Part | None:
    """Return a chapter whose files stand as its recipe would make them; None if they have to be made."""
    manifest = read_manifest(manifest_path(folder, chapter.stem, state))
    if manifest is None or manifest.recipe != chapter.manifest.recipe or manifest.book != chapter.manifest.book:
        return None
    episode = intact_episode(manifest, folder, chapter.stem, state)
    return None if episode is None else _Part(chapter.stem, manifest, episode.files, made=False)


def _numbered(on_progress: OnProgress | None, words: str) -> OnProgress | None:
    """Return ``on_progress`` with ``words`` before the detail."""
    if on_progress is None:
        return None

    def report(progress: Progress) -> None:
        on_progress(replace(progress, detail=", ".join(filter(None, (words, progress.detail)))))

    return report


def _timeline(parts: Sequence[_Part]) -> Timeline:
    """Return the chapters played one after the other, to the millisecond, without takes."""
    marks, end = [], 0
    for part in parts:
        marks.append(ChapterMark(part.manifest.title, end))
        end += round(1000 * part.manifest.seconds)
    return Timeline(1000, end, (), tuple(marks))
