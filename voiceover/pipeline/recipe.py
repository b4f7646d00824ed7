"""The recipe of an episode: a digest of everything that its files depend on, so that a render can tell if they are up to date."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from voiceover.pipeline.delivery import delivery_parts
from voiceover.settings.layers import NO_STEMS, PRESETS
from voiceover.types import (
    DEFAULT_STYLE,
    Chapter,
    Cue,
    Gaps,
    Link,
    Metadata,
    Pause,
    Plan,
    PlanItem,
    Planned,
    PlannedRecording,
    Settings,
    SoundFile,
    Soundtrack,
    Utterance,
)

ASSEMBLY_REVISION = 5
"""Increase this when the same takes would give other files; existing episodes are then made again from their takes."""
SOUND_REVISION = 1
"""The same for episodes that play files."""
STEMS_REVISION = 1
"""The same for episodes with stems."""


def episode_recipe(
    plan: Plan,
    settings: Settings,
    metadata: Metadata,
    formats: Sequence[str],
    others: Sequence[Utterance] = (),
    links: Sequence[Link] | None = None,
) -> str:
    """Return the SHA-256, in hex, of takes, timeline, loudness target, metadata, formats and, for a preview, ``others`` that balance it.

    ``links`` are those of the notes; None without notes.

    Line numbers are not included: a comment at the top of the script changes nothing that is heard or read, so the episode stays up to
    date, and its manifest keeps the line numbers of the script that it was made from.
    """
    described = asdict(metadata)
    described["cover"] = described.pop("cover_sha256") or None
    for name in ("recorded", "mixed"):  # as before there were any
        if not described[name]:
            del described[name]
    parts: dict[str, object] = {
        "revision": ASSEMBLY_REVISION,
        "items": _items(plan.items),
        "gaps": asdict(settings.gaps or Gaps()),
        "loudness": asdict(settings.loudness or PRESETS["podcast"]),
        "metadata": described,
        "intro_chapter": settings.intro_chapter,
        "others": [[other.address, other.voice] for other in others],
        "formats": list(formats),
        "links": None if links is None else [[link.text, link.target] for link in links],
        # A voice with little speech is balanced by the level of its clip.
        "clips": sorted({clip.sha256 for voice in plan.cast.values() if (clip := voice.styles[DEFAULT_STYLE].clip)}),
        "licences": sorted({f"{voice.name}: {voice.licence} {voice.consent}" for voice in plan.cast.values()}),
    }
    if settings.split == "chapters":
        parts["split"] = True
    if settings.stems and settings.stems != NO_STEMS:
        parts["stems"] = [settings.stems, STEMS_REVISION]
    if settings.listen and not all(info.provisional for info in plan.speaking):
        parts["listen"] = True  # the manifest then has what was heard
    parts |= delivery_parts(settings)
    if plan.soundtrack is not None:
        parts["soundtrack"] = _soundtrack(plan.soundtrack)
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _soundtrack(track: Soundtrack) -> dict[str, object]:
    """Return what the files of an episode contribute: their bytes and what is said of them, not where they are."""
    return {
        "revision": SOUND_REVISION,
        "channels": track.channels,
        "sounds": {key: [file.name, file.sha256, file.licence, file.credit] for key, file in _named(track).items()},
        "intro": None if track.intro is None else [_key(track.intro.sound), track.intro.overlap_seconds, track.intro.fade_seconds],
        "outro": None if track.outro is None else [_key(track.outro.sound), track.outro.overlap_seconds, track.outro.fade_seconds],
        "ducking": asdict(track.ducking),
    }


def _named(track: Soundtrack) -> dict[str, SoundFile]:
    return {_key(key): file for key, file in track.sounds.items()}


def _key(name: str) -> str:
    """Return the name of a sound, without the folder if it is a path."""
    return Path(name).name


def _items(items: Sequence[PlanItem]) -> list[list[object]]:
    """Return what each item contributes. Only the start of a paragraph counts, not its number, which depends on what precedes a preview."""
    parts: list[list[object]] = []
    paragraph: int | None = None
    for item in items:
        if isinstance(item, Planned):
            said = item.utterance
            begins = said.paragraph != paragraph
            paragraph = said.paragraph
            accepted = [sorted(said.accepted)] if said.accepted else []
            parts.append(["say", said.address, said.speaker, said.voice, said.style, said.text, said.gain_db, begins, *accepted])
        elif isinstance(item, PlannedRecording):
            said = item.utterance
            begins = said.paragraph != paragraph
            paragraph = said.paragraph
            parts.append(["recording", said.address, said.speaker, said.voice, said.text, said.gain_db, begins])
        elif isinstance(item, Cue):
            parts.append([item.kind, item.name, item.under, item.level_db, item.fade_seconds])
        elif isinstance(item, Pause):
            parts.append(["pause", item.seconds])
        elif isinstance(item, Chapter):
            parts.append(["chapter", item.title])
        else:
            parts.append(["scene"])
    return parts
