"""Content addresses of takes, and keys that find takes made by older versions.

An address changes with everything that the engine uses; a key changes only with what the writer chose.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import fields

from voiceover.text.pieces import SpelledSpan, chosen_words
from voiceover.types import EngineInfo, Options, SpokenSpan, Voice

SCHEMA = 1
"""Schema of addresses. Increase it when the computation of an address changes."""

_CANONICAL = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"), check_circular=False)


def voice_digest(voice: Voice, style: str, engine: EngineInfo, *, formerly: bool = False) -> str:
    """Return a hash (64 hex digits) of what ``engine`` uses of ``voice`` in ``style``: clip, its words, and settings for the engine.

    Name, gain, speed and licence are not part of it. With ``formerly``, the older clip counts that the clip replaces, if there is one: keys
    are made of that hash, and find the takes of that clip. Raises KeyError if the voice has no such style.
    """
    chosen = voice.styles[style]
    used: dict[str, object] = {"settings": {key: _number(value) for key, value in chosen.settings.get(engine.name, {}).items()}}
    if engine.reference_in_window and chosen.clip is not None:
        clip, words = (formerly and chosen.clip.formerly) or (chosen.clip.sha256, chosen.clip.text)
        used |= {"clip": clip, "words": words}
    return _digest(used)


def seed_of(spans: Iterable[SpokenSpan], options: Options, attempt: int) -> int:
    """Return the seed, 0 <= seed < 2**63, from the words and the setting ``seed``, independent of the position in the episode."""
    text = "".join(span.text for span in spans)
    return int(_digest([text, options.seed or 0, attempt])[:16], 16) >> 1


def address_of(engine: EngineInfo, voice: str, spans: Iterable[SpokenSpan], options: Options, seed: int) -> str:
    """Return the content address of a take; ``voice`` is the voice digest."""
    return _digest(
        {
            "schema": SCHEMA,
            "engine": engine.fingerprint,
            "voice": voice,
            "spoken": [_spoken(span) for span in spans],
            "options": _said(options),
            "seed": seed,
        }
    )


def line_key_of(engine: EngineInfo, voice: str, pieces: Sequence[SpelledSpan], options: Options, attempt: int) -> str:
    """Return a hash of what the writer chose for ``pieces``, independent of engine revisions and spelling rules.

    ``voice`` is the voice digest that counts a replaced clip (``formerly``).
    For all pieces of a segment it is the segment key.
    """
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


def recording_address(sha256: str) -> str:
    """Return the address of the take of an own recording, whose file has this SHA-256; it is the line key and segment key, too."""
    return _digest({"schema": SCHEMA, "recording": sha256})


def _spoken(span: SpokenSpan) -> list[str]:
    """Return what is heard of a span; one without phonemes gives what it gave before there were phonemes."""
    return [span.text, span.language] if span.phonemes is None else [span.text, span.language, span.phonemes]


def _said(options: Options) -> dict[str, object]:
    return {field.name: _number(value) for field in fields(options) if (value := getattr(options, field.name)) is not None}


def _number(value: object) -> object:
    """Return ``value`` with 1.0 as 1, so that a number has one spelling however it was typed."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _digest(value: object) -> str:
    return hashlib.sha256(_CANONICAL.encode(value).encode("ascii")).hexdigest()
