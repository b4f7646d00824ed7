"""Cuts an utterance into pieces for espeak-ng: plain text in one language.

espeak-ng takes control characters as commands (Ctrl-A, a number and a letter change its voice), so they are removed, and the modes that
read SSML and phonemes are off.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from voiceover.types import SpokenSpan
from voiceover.types.lazy_dataclass import dataclass

LONGEST_WORD = 40
"""Longest run of characters without a space or a mark: more than any word has. espeak-ng truncates words of more than 200 phonemes."""

LONGEST_CLAUSE = 900
"""Phonemes, by the generous estimate of ``phoneme_limit``. espeak-ng truncates clauses of more than 1,000."""

PAUSES = frozenset(".,;:!?…—。、，．！？；：؟،؛।")
"""Marks that end a piece with a pause."""

CLOSERS = "\"'’”»›)]} "
"""Characters that may follow such a mark."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Text for one call."""

    text: str
    language: str
    """BCP 47 tag of the span."""
    pause: bool
    """True if its last mark calls for a pause before the next piece."""


def cut_pieces(spans: Sequence[SpokenSpan]) -> tuple[Piece, ...]:
    """Return the spans as pieces, in order; empty if there is only punctuation.

    Neighbours in one language become one piece. Marks at the start of a span go to the piece before, where they shape the intonation.
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
    parts = [(part, language) for text, language in zip(texts, languages, strict=True) for part in _cut_clauses(clean(text), language)]
    last = len(parts) - 1
    return tuple(
        Piece(text, language, pause=number < last and text.rstrip(CLOSERS)[-1:] in PAUSES) for number, (text, language) in enumerate(parts)
    )


def has_words(text: str) -> bool:
    """True if there is a letter, a digit or a symbol to speak."""
    return any(unicodedata.category(character)[0] in "LNS" for character in text)


def clean(text: str) -> str:
    """Return text that espeak-ng speaks in full: no control characters, single spaces, no endless words."""
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Co") else c for c in text)
    return " ".join(part for word in plain.split() for part in _cut_word(word))


def _cut_word(word: str) -> Iterator[str]:
    """Yield a word in parts of at most ``LONGEST_WORD`` characters between marks, none of which starts with a combining mark."""
    start = run = 0
    for end, character in enumerate(word):
        category = unicodedata.category(character)
        if run >= LONGEST_WORD and category[0] != "M":
            yield word[start:end]
            start, run = end, 0
        run = 0 if category[0] == "P" else run + 1
    yield word[start:]


def _cut_clauses(text: str, language: str) -> Iterator[str]:
    """Yield the text in parts without endless clauses, cut at spaces."""
    words: list[str] = []
    clause = 0
    for word in text.split():
        marks = [end for end, character in enumerate(word, 1) if character in PAUSES]
        if words and clause + phoneme_limit(word[: marks[0] if marks else None], language) > LONGEST_CLAUSE:
            yield " ".join(words)
            words, clause = [], 0
        words.append(word)
        clause = (0 if marks else clause) + phoneme_limit(word[marks[-1] if marks else 0 :], language)
    yield " ".join(words)


def phoneme_limit(word: str, language: str) -> int:
    """Estimate how many phonemes a word has at most."""
    return sum(_phonemes_of(character, language) for character in word)


def _phonemes_of(character: str, language: str) -> int:
    category = unicodedata.category(character)
    if "\u3400" <= character <= "\ua000":  # Chinese characters; in Japanese espeak-ng reads them as "Chinese letter"
        return 25 if language.lower().startswith("ja") else 8
    if category[0] in "NS" or category == "Lu":  # numbers and symbols are read as words, and capitals may be letter by letter
        return 12 if category != "Lu" else 6
    return 5 if category == "Lo" else 3


def _leading_marks(text: str) -> str:
    """Return the punctuation and spaces at the start of ``text``, up to an opening mark or an apostrophe."""
    end = 0
    while end < len(text) and text[end] not in "'’¿¡":
        category = unicodedata.category(text[end])
        if not (text[end].isspace() or (category[0] == "P" and category not in ("Ps", "Pi"))):
            break
        end += 1
    return text[:end]
