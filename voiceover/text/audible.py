"""What of a text can be heard."""

from __future__ import annotations

import re

_HEARD = re.compile(r"[^\W_]|[$€£¥%&@#§°+=]")
"""Dots, dashes, quotes, pictures and most signs give silence."""

NOTHING_SPOKEN = "nothing in this script is spoken; it needs at least one line of text"


def is_heard(text: str) -> bool:
    """Whether there is a letter, a digit or a sign that has a name everywhere."""
    return _HEARD.search(text) is not None
