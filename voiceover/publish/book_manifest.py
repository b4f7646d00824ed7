"""The manifest of an episode that is split into chapters: one for all of them, beside that of each chapter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from voiceover.publish.credits import credits_of
from voiceover.publish.disclosure import source_type, statement
from voiceover.publish.manifest import (
    Manifest,
    ManifestDisclosure,
    ManifestFile,
    ManifestInput,
    ManifestTake,
    engines_of,
    versions_of,
    voices_of,
)
from voiceover.publish.manifest_parts import ManifestPart
from voiceover.publish.tags import one_line
from voiceover.types import EpisodeChapter, EpisodeFile, LoudnessReport, Metadata


def book_manifest(
    given: ManifestInput,
    metadata: Metadata,
    parts: Sequence[tuple[str, Manifest]],
    report: LoudnessReport,
    files: Sequence[EpisodeFile],
) -> Manifest:
    """Return the manifest of an episode that is split into ``parts``: the stem and manifest of each chapter, in order.

    ``report`` sums up their loudness; ``files`` are all other files, those of the chapters too. Its times are those of the chapters played
    one after the other.
    """
    listed: list[ManifestPart] = []
    takes: list[ManifestTake] = []
    end = 0.0
    for stem, part in parts:
        listed.append(ManifestPart(stem, part.title, round(end, 3), part.seconds))
        for take in part.takes:
            start, stop = (round(end + seconds, 3) for seconds in (take.start_seconds, take.end_seconds))
            takes.append(replace(take, start_seconds=start, end_seconds=stop, words=()))
        end += part.seconds
    suspect = any(part.suspect for _, part in parts)
    return Manifest(
        recipe=given.recipe,
        title=one_line(metadata.title),
        seconds=end,
        engines=engines_of(given.plan),
        voices=voices_of(given, takes),
        takes=tuple(takes),
        loudness=report,
        files=tuple(ManifestFile(file.name, file.bytes, file.sha256) for file in files),
        versions=versions_of([file.path.suffix for file in files]),
        chapters=tuple(EpisodeChapter(part.title, part.start) for part in listed),
        script=given.script,
        suspect=suspect,
        retakes=given.retakes if suspect else 0,
        disclosure=ManifestDisclosure(one_line(statement(metadata)), source_type(metadata), metadata.disclosure),
        credits=credits_of(given.plan),
        author=one_line(metadata.author),
        language=metadata.language,
        show=one_line(metadata.show),
        parts=tuple(listed),
    )
