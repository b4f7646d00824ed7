"""An utterance cut into what espeak-ng is given in one call: plain text in one language.

The text is only ever text: espeak-ng takes control characters as commands (Ctrl-A, a number and a letter change its voice), so none gets
there, and the modes that read SSML and phonemes are off.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from voiceover.types import SpokenSpan

LONGEST_WORD = 80
"""Characters without a space or a mark. espeak-ng drops the rest of a word after some 160 bytes, and of a clause after some 800."""

PAUSES = frozenset(".,;:!?…—。、，．！？；：؟،؛।")
"""What ends a piece with a pause."""

CLOSERS = "\"'’”»›)]} "
"""What may stand behind such a mark."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that is spoken in one call."""

    text: str
    language: str
    """BCP 47 tag, as the span had it."""
    pause: bool
    """Whether its last mark asks for a pause before the next piece."""


def cut_pieces(spans: Sequence[SpokenSpan]) -> tuple[Piece, ...]:
    """The spans as pieces, in order; empty where there is nothing but punctuation.

    Neighbours in one language become one piece, and the marks that a span starts with go to the piece before, where they shape its melody.
    """
    texts: list[str] = []
    languages: list[str] = []
    for span in spans:
        text = span.text
        if texts:
            marks = _leading_marks(text)
            texts[-1] += marks
            text = text[len(marks) :]
        if texts and span.language.lower() == languages[-1].lower():
            texts[-1] += text
        elif has_words(text):
            texts.append(text)
            languages.append(span.language)
    texts = [clean(text) for text in texts]
    last = len(texts) - 1
    return tuple(
        Piece(text, language, pause=number < last and text.rstrip(CLOSERS)[-1:] in PAUSES)
        for number, (text, language) in enumerate(zip(texts, languages, strict=True))
    )


def has_words(text: str) -> bool:
    """Whether there is a letter, a digit or a symbol to speak."""
    return any(unicodedata.category(character)[0] in "LNS" for character in text)


def clean(text: str) -> str:
    """Text that espeak-ng takes as text and speaks whole: no control characters, single spaces, no endless word."""
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Co") else c for c in text)
    return re.sub(rf"[^\W_]{{{LONGEST_WORD},}}", _break_word, " ".join(plain.split()))


def _break_word(match: re.Match[str]) -> str:
    word = match.group()
    return " ".join(word[start : start + LONGEST_WORD] for start in range(0, len(word), LONGEST_WORD))


def _leading_marks(text: str) -> str:
    """The punctuation and spaces that ``text`` starts with, up to an opening mark or an apostrophe."""
    end = 0
    while end < len(text) and text[end] not in "'’¿¡":
        category = unicodedata.category(text[end])
        if not (text[end].isspace() or (category[0] == "P" and category not in ("Ps", "Pi"))):
            break
        end += 1
    return text[:end]
