"""Language tags of books, which often have three letters or an underscore."""

from __future__ import annotations

import re

_TWO_LETTERS = {
    "ara": "ar",
    "ces": "cs",
    "cze": "cs",
    "chi": "zh",
    "zho": "zh",
    "dan": "da",
    "deu": "de",
    "ger": "de",
    "dut": "nl",
    "nld": "nl",
    "ell": "el",
    "gre": "el",
    "eng": "en",
    "fin": "fi",
    "fra": "fr",
    "fre": "fr",
    "hin": "hi",
    "hun": "hu",
    "ita": "it",
    "jpn": "ja",
    "kor": "ko",
    "nor": "no",
    "pol": "pl",
    "por": "pt",
    "ron": "ro",
    "rum": "ro",
    "rus": "ru",
    "spa": "es",
    "swe": "sv",
    "tur": "tr",
    "ukr": "uk",
    "vie": "vi",
}
"""Codes of ISO 639-2, both sets, by those of ISO 639-1."""


def language_tag(text: str) -> str:
    """Return a BCP 47 tag, such as ``pt-BR``; empty if ``text`` is none, or says that the language is unknown."""
    found = re.fullmatch(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}|\d{3}))?(?:[-_][A-Za-z0-9_-]*)?", text.strip())
    if found is None or found[1].lower() in ("und", "mul", "zxx", "mis"):
        return ""
    primary = _TWO_LETTERS.get(found[1].lower(), found[1].lower())
    return f"{primary}-{found[2].upper()}" if found[2] else primary
