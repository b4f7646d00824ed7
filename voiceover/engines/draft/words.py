"""Cuts the text of spans into words and clauses for phonemes, with the place of each word and the marks around it.

espeak-ng's phonemes have no punctuation, and a call returns one clause. So the text is cut at its marks here, and the marks are put back by
whoever joins the words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from voiceover.engines.draft.pieces import LONGEST_CLAUSE, LONGEST_WORD, phoneme_limit
from voiceover.text.sentences import sentence_starts
from voiceover.types import SpokenSpan
from voiceover.types.lazy_dataclass import dataclass

_ENDS_IN_WORDS = frozenset(".,:")
"""Marks that end a clause only before a blank or at the end: elsewhere they belong to a number, a time or an abbreviation."""

_ENDS = frozenset(";!?…—。、，．！？；：؟،؛।॥։።፣፤\u037e")
"""Marks that end a clause wherever they are."""

_SPOKEN_MARKS = frozenset("%&#@/§‰")
"""Punctuation, by its Unicode category, that is spoken."""

_APOSTROPHES = frozenset("'’ʼ")


@dataclass(frozen=True, slots=True)
class TextWord:
    """A word of the text."""

    text: str
    """The word for espeak-ng, without marks at its ends."""
    start: int
    """Index of its first character in the joined text."""
    end: int
    """Index after its last character, which may be the stop of an abbreviation."""
    span: int
    """Number of its span."""
    clause: int
    """Number of its clause: words of one clause are spoken in one go and in one language."""

    @property
    def is_ordinal(self) -> bool:
        """True for a number with a full stop that does not end its sentence, as in "der 3. Mai"."""
        return self.text[-1:] == "."


def cut_words(spans: Sequence[SpokenSpan]) -> list[TextWord]:
    """Return the words of the spans, in order. A word may reach over spans of one language, unless their phonemes are given."""
    text = "".join(span.text for span in spans)
    owners = [number for number, span in enumerate(spans) for _ in span.text]
    groups = _groups(spans)
    stops = _stops(text, spans)
    kinds = [_kind(text, at, stops) for at in range(len(text))]
    _mark_given(kinds, text, spans)
    words: list[TextWord] = []
    clause = size = 0
    start = 0
    while start < len(text):
        if kinds[start] != "word":
            clause += kinds[start] == "end"
            start += 1
            continue
        group = groups[owners[start]]
        end = start + 1
        while end < len(text) and kinds[end] == "word" and groups[owners[end]] == group:
            end += 1
        if words and groups[words[-1].span] != group:
            clause += 1
            size = 0
        language = spans[owners[start]].language
        for part in _parts(text[start:end]):
            spoken = _spoken(part)
            length = phoneme_limit(spoken, language)
            if words and words[-1].clause == clause and size + length > LONGEST_CLAUSE:
                clause += 1
            size = length + (size if words and words[-1].clause == clause else 0)
            words.append(TextWord(spoken, start, start + len(part), owners[start], clause))
            start += len(part)
    return words


def _mark_given(kinds: list[str], text: str, spans: Sequence[SpokenSpan]) -> None:
    """Make a word of a span whose phonemes are given, if its text has none: signs or dashes."""
    start = 0
    for span in spans:
        end = start + len(span.text)
        if span.phonemes is not None and "word" not in kinds[start:end]:
            for at in range(start, end):
                kinds[at] = "mark" if text[at].isspace() else "word"
        start = end


def marks_between(text: str) -> str:
    """Return what is punctuation or blank, blanks as one: the text between two words may hold signs that are not spoken."""
    marks = "".join(character for character in text if character.isspace() or unicodedata.category(character)[0] in "PZ")
    return re.sub(r"\s+", " ", marks)


def _groups(spans: Sequence[SpokenSpan]) -> list[int]:
    """Number the spans so that neighbours spoken in one go have the same number."""
    groups: list[int] = []
    for number, span in enumerate(spans):
        before = spans[number - 1] if number else None
        joined = before is not None and before.phonemes is None is span.phonemes and before.language.lower() == span.language.lower()
        groups.append(groups[-1] if joined else number)
    return groups


def _stops(text: str, spans: Sequence[SpokenSpan]) -> frozenset[int]:
    """Return the places of full stops within a sentence: those of abbreviations and ordinal numbers, which make no pause."""
    language = max(spans, key=lambda span: len(span.text)).language if spans else "en"
    starts = sentence_starts(text, language)
    found = set()
    for at, character in enumerate(text):
        if character != "." or not _is_spoken(text[at - 1 : at]) or not text[at + 1 : at + 2].isspace():
            continue
        following = at + 1 + len(text[at + 1 :]) - len(text[at + 1 :].lstrip())
        if following < len(text) and text[following].isalnum() and following not in starts:
            found.add(at)
    return frozenset(found)


def _kind(text: str, at: int, stops: frozenset[int]) -> str:
    """Return what a character is: part of a word, a mark that ends a clause, or another mark or blank."""
    character = text[at]
    category = unicodedata.category(character)
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if category[0] in "LMNS" or category == "Cf" or character in _SPOKEN_MARKS or at in stops:
        return "word"
    within = _is_spoken(before) and _is_spoken(after)
    if character == "–":
        within = before.isdigit() and after.isdigit()
    elif character in _APOSTROPHES:
        within = _is_spoken(after) and (_is_spoken(before) or not _closes(text, at))
    elif category not in ("Pd", "Po", "Pc"):
        within = False
    if within and character not in _ENDS:
        return "word"
    return "end" if character in _ENDS or character in _ENDS_IN_WORDS or character == "–" else "mark"


def _is_spoken(character: str) -> bool:
    return bool(character) and unicodedata.category(character)[0] in "LMNS"


def _closes(text: str, at: int) -> bool:
    """True if the apostrophe at the start of a word is an opening quote: another one ends a later word."""
    return any(
        text[end] == text[at] and _is_word_end(text[end - 1]) and not _is_spoken(text[end + 1 : end + 2])
        for end in range(at + 2, len(text))
    )


def _is_word_end(character: str) -> bool:
    return _is_spoken(character) or character in _ENDS or character in _ENDS_IN_WORDS


def _parts(word: str) -> Iterator[str]:
    """Yield a word in parts that espeak-ng speaks in full, none of which starts with a combining mark."""
    start = 0
    for end in range(len(word)):
        if end - start >= LONGEST_WORD and unicodedata.category(word[end])[0] != "M":
            yield word[start:end]
            start = end
    yield word[start:]


def _spoken(word: str) -> str:
    """Return a word for espeak-ng: composed, and without the stop of an abbreviation, which would end the clause."""
    plain = unicodedata.normalize("NFC", "".join(c for c in word if unicodedata.category(c) != "Cf" or c in "\u200c\u200d"))
    return plain if plain[:-1].isdigit() else plain.rstrip(".")


def clause_text(words: Sequence[TextWord]) -> str:
    """Return the words of a clause for espeak-ng, which reads an ordinal number only before a small letter."""
    parts = [
        word.text.lower() if number and words[number - 1].is_ordinal else word.text.rstrip(".") if word is words[-1] else word.text
        for number, word in enumerate(words)
    ]
    return " ".join(parts)
