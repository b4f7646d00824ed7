"""The manifest of an episode that is split into chapters: one for all of them, beside that of each chapter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from voiceover.publish.manifest import Manifest, ManifestInput, ManifestTake, manifest_of
from voiceover.publish.manifest_parts import ManifestPart
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
    chapters = tuple(EpisodeChapter(part.title, part.start) for part in listed)
    return replace(manifest_of(given, metadata, report, files, tuple(takes), end, chapters), parts=tuple(listed))
