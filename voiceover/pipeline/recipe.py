"""The recipe of an episode: one digest of all that its files depend on, so that a render knows that nothing changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict

from voiceover.settings.layers import PRESETS
from voiceover.types import DEFAULT_STYLE, Chapter, Gaps, Metadata, Pause, Plan, PlanItem, Planned, Settings, Utterance

ASSEMBLY_REVISION = 3
"""Raised by hand when the same takes would give other files: a standing episode is then made again from its takes."""


def episode_recipe(plan: Plan, settings: Settings, metadata: Metadata, formats: Sequence[str], others: Sequence[Utterance] = ()) -> str:
    """SHA-256, in hex, over takes, timeline, loudness target, metadata and formats; for a preview, also ``others`` that it is balanced by.

    Where a line stands in the script is not in it: a comment on top changes nothing that is heard or read, so the episode stands, and
    its manifest goes on naming the lines of the script that it was made from.
    """
    told = asdict(metadata)
    told["cover"] = told.pop("cover_sha256") or None
    parts = {
        "revision": ASSEMBLY_REVISION,
        "items": _items(plan.items),
        "gaps": asdict(settings.gaps or Gaps()),
        "loudness": asdict(settings.loudness or PRESETS["podcast"]),
        "metadata": told,
        "intro_chapter": settings.intro_chapter,
        "others": [[other.address, other.voice] for other in others],
        "formats": list(formats),
        # The level of a voice's clip balances a voice that says little.
        "clips": sorted({clip.sha256 for voice in plan.cast.values() if (clip := voice.styles[DEFAULT_STYLE].clip)}),
        "licences": sorted({f"{voice.name}: {voice.licence} {voice.consent}" for voice in plan.cast.values()}),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _items(items: Sequence[PlanItem]) -> list[list[object]]:
    """What each item adds. Of a paragraph only its beginning counts, not its number, which moves with what stands before a preview."""
    parts: list[list[object]] = []
    paragraph: int | None = None
    for item in items:
        if isinstance(item, Planned):
            said = item.utterance
            begins = said.paragraph != paragraph
            paragraph = said.paragraph
            parts.append(["say", said.address, said.speaker, said.voice, said.style, said.text, said.gain_db, begins])
        elif isinstance(item, Pause):
            parts.append(["pause", item.seconds])
        elif isinstance(item, Chapter):
            parts.append(["chapter", item.title])
        else:
            parts.append(["scene"])
    return parts
