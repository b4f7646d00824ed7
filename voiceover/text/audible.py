"""Detection of text that is audible when spoken."""

from __future__ import annotations

from voiceover.system.lazy import lazy_pattern

_AUDIBLE = lazy_pattern(r"[^\W_]|[$€£¥%&@#§°+=]")
"""Letters, digits and signs with a spoken name. Dots, dashes, quotes, emoji and most other signs are silent."""

NOTHING_SPOKEN = "nothing in this script is spoken; it needs at least one line of text"


def is_audible(text: str) -> bool:
    """Return True if ``text`` contains a letter, a digit or a sign that is spoken in every language."""
    return _AUDIBLE.search(text) is not None
