"""The recipe of an episode: a digest of everything that its files depend on, so that a render can tell if they are up to date."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict

from voiceover.pipeline.delivery import delivery_parts
from voiceover.settings.layers import PRESETS
from voiceover.types import DEFAULT_STYLE, Chapter, Gaps, Link, Metadata, Pause, Plan, PlanItem, Planned, Settings, Utterance

ASSEMBLY_REVISION = 4
"""Increase this when the same takes would give other files; existing episodes are then made again from their takes."""


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
    parts = {
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
    if settings.listen and not all(info.provisional for info in plan.speaking):
        parts["listen"] = True  # the manifest then has what was heard
    parts |= delivery_parts(settings)
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


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
        elif isinstance(item, Pause):
            parts.append(["pause", item.seconds])
        elif isinstance(item, Chapter):
            parts.append(["chapter", item.title])
        else:
            parts.append(["scene"])
    return parts
