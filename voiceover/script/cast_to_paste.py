"""The cast that a message offers for a script that has speakers but none."""

from __future__ import annotations

import json
from collections.abc import Sequence

from voiceover.settings.layers import SHIPPED_VOICES
from voiceover.system.lazy import lazy_pattern

"""The voices that come with the program."""
_PLAIN_NAME = lazy_pattern(r"[^\W\d_][\w .'\-]*")
_PLAIN_WORDS = frozenset(("yes", "no", "true", "false", "on", "off", "null", "y", "n"))
"""YAML would not take these for words."""
MOST_NAMES = 12


def cast_to_paste(names: Sequence[str], *, as_json: bool = False) -> str:
    """A ``cast`` of these names as YAML, or as JSON, with a voice for each."""
    entries = []
    for number, name in enumerate(names[:MOST_NAMES]):
        is_plain = _PLAIN_NAME.fullmatch(name) is not None and name.casefold() not in _PLAIN_WORDS and not as_json
        voice = SHIPPED_VOICES[number % len(SHIPPED_VOICES)]
        entries.append(f"{name if is_plain else json.dumps(name, ensure_ascii=False)}: {json.dumps(voice) if as_json else voice}")
    more = ", ..." if len(names) > MOST_NAMES else ""
    return f"{json.dumps('cast') if as_json else 'cast'}: {{{', '.join(entries)}{more}}}"
