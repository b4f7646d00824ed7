"""The metadata of an episode, from its script, settings and plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from voiceover import publish
from voiceover.settings.layers import DEFAULT_LANGUAGE
from voiceover.types import Metadata, Plan, Script, Settings


def episode_metadata(read: Script, settings: Settings, planned: Plan) -> Metadata:
    """Return the metadata of the files. Raises InputError if the cover cannot be read."""
    cover, digest = Path(settings.cover) if settings.cover else None, ""
    if cover is not None:
        digest = publish.cover_digest(cover)
    metadata = Metadata(
        title=settings.title or read.title,
        language=settings.language or DEFAULT_LANGUAGE,
        show=settings.show or "",
        season=settings.season,
        episode=settings.episode,
        date=settings.date or "",
        author=settings.author or "",
        description=settings.description or "",
        cover=cover,
        cover_sha256=digest,
    )
    return spoken_by(metadata, planned)


def spoken_by(metadata: Metadata, planned: Plan) -> Metadata:
    """Return the metadata with what speaks the lines of a plan."""
    speaking = planned.speaking
    # Of several engines, those without a model are named in its place, so that everything that speaks is named.
    models = [info.model or "" for info in speaking] if len(speaking) == 1 else [info.model or info.name for info in speaking]
    return replace(
        metadata,
        provisional=planned.provisional,
        by_rules=bool(speaking) and all(info.provisional for info in speaking),
        engine=", ".join(info.name for info in speaking),
        model=", ".join(models),
        recorded=tuple(sorted({recording.utterance.speaker for recording in planned.recordings})),
        mixed=planned.soundtrack is not None and bool(planned.soundtrack.sounds or planned.recordings),
    )
