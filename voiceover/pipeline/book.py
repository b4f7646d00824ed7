"""Finish an episode that is split into chapters: each is mixed, mastered and published by itself.

Nothing in the files of a chapter depends on another one: its voices are balanced by its own lines, and its tags count chapters without
their total. An edit therefore makes the files of its chapter alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from voiceover import mix, plan, publish
from voiceover.pipeline.chapters import ChapterPlan, chapter_plans
from voiceover.pipeline.delivery import encoding_for, make_programme
from voiceover.pipeline.job import EpisodePlan
from voiceover.pipeline.metadata import spoken_by
from voiceover.pipeline.output import DRAFT
from voiceover.pipeline.recipe import episode_recipe
from voiceover.text.file_names import file_name_of
from voiceover.types import Episode, Gaps, Link, Metadata, OnProgress, Stems, Take, TakeChecks, Timeline
from voiceover.types.lazy_dataclass import dataclass

LEAST_DIGITS = 2
"""Digits of a chapter's number in the names of its files: more with a hundred chapters, so that the order of names is theirs."""


def finish_book(
    episode: EpisodePlan,
    recorded: Mapping[str, Take],
    on_progress: OnProgress,
    verdicts: Mapping[str, TakeChecks],
    attempts: Mapping[str, tuple[str, ...]],
    links: tuple[Link, ...] | None = None,
) -> Episode:
    """Make the chapters of an episode that are new or changed from their takes, and publish all at once.

    ``verdicts`` on the takes and the ``attempts`` at their lines, by address, go into the manifests of the chapters that are made;
    ``links`` are for the notes.
    """
    settings, place = episode.checked.settings, episode.place
    opening = settings.intro_chapter or episode.metadata.title
    chapters = chapter_plans(episode.plan, recorded, settings.gaps or Gaps(), opening)
    digits = max(LEAST_DIGITS, len(str(len(chapters))))
    return publish.publish_book(
        [_chapter(episode, chapter, recorded, _Judged(verdicts, attempts), digits) for chapter in chapters],
        episode.metadata,
        place.formats,
        place.folder,
        place.stem,
        publish.ManifestInput(episode.recipe, episode.plan, plan.voice_digest, script=_script(episode), retakes=episode.retakes),
        on_progress,
        encoding=encoding_for(settings),
        links=links,
        state=place.state,
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    verdicts: Mapping[str, TakeChecks]
    attempts: Mapping[str, tuple[str, ...]]


def _chapter(episode: EpisodePlan, chapter: ChapterPlan, recorded: Mapping[str, Take], judged: _Judged, digits: int) -> publish.BookChapter:
    settings, place = replace(episode.checked.settings, intro_chapter=None), episode.place
    metadata = _metadata(episode, chapter)
    recipe = episode_recipe(chapter.plan, settings, metadata, place.formats)
    lines = episode.previous.lines if episode.previous else ()
    book = publish.ManifestBook(place.stem, episode.metadata.title, chapter.number)
    stem = f"{chapter.number:0{digits}}_{file_name_of(chapter.title, 'chapter')}{DRAFT if place.provisional else ''}"

    def mastered(on_progress: OnProgress | None) -> tuple[publish.Mastered, Timeline, Stems | None]:
        mixed = mix.mix_takes(chapter.plan, recorded, settings.gaps or Gaps())
        done = make_programme(mixed, chapter.plan, settings, place.formats, episode.pieces, on_progress)
        # A file that is a chapter has none.
        return done.master, replace(done.timeline, chapters=()), done.stems

    manifest = publish.ManifestInput(
        recipe,
        chapter.plan,
        plan.voice_digest,
        lines,
        _script(episode),
        judged.verdicts,
        book,
        attempts=judged.attempts,
        retakes=episode.retakes,
    )
    return publish.BookChapter(stem, metadata, manifest, mastered)


def _metadata(episode: EpisodePlan, chapter: ChapterPlan) -> Metadata:
    """Return the metadata of a chapter: a track of an album that is the book."""
    whole = episode.metadata
    return replace(
        spoken_by(whole, chapter.plan),
        title=chapter.title,
        show=whole.title,
        season=None,
        episode=chapter.number,
        disclosure=whole.disclosure if chapter.number == 1 else "",
    )


def _script(episode: EpisodePlan) -> str:
    return Path(episode.checked.usable.path).name
