"""Names of takes: an address that changes with anything the engine hears, and keys that find a take made by older rules."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import fields

from voiceover.text.pieces import SpelledSpan, chosen_words
from voiceover.types import EngineInfo, Options, SpokenSpan, Voice

SCHEMA = 1
"""Raised when the way an address is made changes."""

_CANONICAL = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"), check_circular=False)


def voice_digest(voice: Voice, style: str, engine: EngineInfo) -> str:
    """64 hex digits of what ``engine`` hears of ``voice`` in ``style``: the clip and its words, and the settings for that engine.

    Not its name, gain, speed or licence. Raises KeyError where the voice has no such style.
    """
    chosen = voice.styles[style]
    heard: dict[str, object] = {"settings": {key: _number(value) for key, value in chosen.settings.get(engine.name, {}).items()}}
    if engine.reference_in_window and chosen.clip is not None:
        heard |= {"clip": chosen.clip.sha256, "words": chosen.clip.text}
    return _digest(heard)


def seed_of(spans: Iterable[SpokenSpan], options: Options, attempt: int) -> int:
    """0 <= seed < 2**63, by what is said and the writer's ``seed``, wherever it stands in an episode."""
    text = "".join(span.text for span in spans)
    return int(_digest([text, options.seed or 0, attempt])[:16], 16) >> 1


def address_of(engine: EngineInfo, voice: str, spans: Iterable[SpokenSpan], options: Options, seed: int) -> str:
    """The content address of a take; ``voice`` is its digest."""
    return _digest(
        {
            "schema": SCHEMA,
            "engine": engine.fingerprint,
            "voice": voice,
            "spoken": [[span.text, span.language] for span in spans],
            "options": _said(options),
            "seed": seed,
        }
    )


def line_key_of(engine: EngineInfo, voice: str, pieces: Sequence[SpelledSpan], options: Options, attempt: int) -> str:
    """What the writer chose for ``pieces``, blind to the engine's revision and to our spelling; over a whole segment its segment key."""
    return _digest(
        {
            "engine": engine.name,
            "model": engine.model,
            "voice": voice,
            "chosen": chosen_words(pieces),
            "options": _said(options),
            "attempt": attempt,
        }
    )


def _said(options: Options) -> dict[str, object]:
    return {field.name: _number(value) for field in fields(options) if (value := getattr(options, field.name)) is not None}


def _number(value: object) -> object:
    """``value`` with 1.0 as 1, so that a number has one spelling however it was typed."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _digest(value: object) -> str:
    return hashlib.sha256(_CANONICAL.encode(value).encode("ascii")).hexdigest()
