"""Writes single values of YAML so that they are read back as the same text."""

from __future__ import annotations

import json

from voiceover.system.lazy import lazy_pattern

_PLAIN = lazy_pattern(r"[^\W\d_][\w ,.'’&()/-]*[\w.)’]", 0)
_MEANS_SOMETHING = frozenset(["true", "false", "yes", "no", "on", "off", "null", "y", "n"])
_LONGEST = 400


def yaml_text(text: str) -> str:
    """Return a text as a value on one line: as it is if nothing in it has a meaning in YAML, else in double quotes."""
    words = "".join(letter if letter.isprintable() else " " for letter in text)
    words = " ".join(words.split())
    words = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1].rstrip()}…"
    if _PLAIN.fullmatch(words) and words.casefold() not in _MEANS_SOMETHING and " #" not in words:
        return words
    return json.dumps(words, ensure_ascii=False)
