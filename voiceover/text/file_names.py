"""Names of files from titles: plain ASCII that every file system, host and address takes as it is."""

from __future__ import annotations

import unicodedata

from voiceover.system.lazy import lazy_pattern

LONGEST = 60
"""Characters of a name made from a title; what comes before and after it has room within the 255 bytes of a file's name."""

_OTHER = lazy_pattern(r"[^a-z0-9]+")
_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ð": "d", "đ": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i", "'": None, "’": None}
)
"""Latin letters that Unicode does not take apart, and apostrophes, which leave no gap."""


def file_name_of(title: str, otherwise: str) -> str:
    """Return a title as a file name: lower-case ASCII letters and digits, in words joined by underscores, cut at the end of a word.

    Accents are dropped, and so is all that has no Latin letters: ``otherwise`` is the name of a title of which nothing is left. Two titles
    may have one name.
    """
    plain = unicodedata.normalize("NFKD", title[: 20 * LONGEST].casefold().translate(_LETTERS))
    words = _OTHER.sub("_", "".join(sign for sign in plain.lower() if not unicodedata.combining(sign))).strip("_")
    if len(words) > LONGEST:
        cut = words.rfind("_", LONGEST // 2, LONGEST + 1)
        words = words[: cut if cut > 0 else LONGEST]
    return words or otherwise
