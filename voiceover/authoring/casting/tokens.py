"""Words of a narration with their places, cut into sentences: what the rules match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voiceover.system.lazy import lazy_pattern

_TOKEN = lazy_pattern(
    r"(?:Mrs|Mr|Ms|Dr|Prof|Capt|Col|Maj|Lt|Rev|St|Mme|Mlle|M)\.(?=\s)|(?:[A-Z]\.)+(?=\s|[A-Z])|[^\W_]+(?:[’'-][^\W_]+)*|[^\w\s]", 0
)
_STOPS = frozenset(".!?;")


@dataclass(frozen=True, slots=True)
class Word:
    """A word or a mark of punctuation."""

    text: str
    """As typed, without a possessive ending."""
    start: int
    end: int
    possessive: bool = False

    @property
    def low(self) -> str:
        return self.text.lower()

    @property
    def is_capital(self) -> bool:
        return self.text[:1].isupper()

    @property
    def is_word(self) -> bool:
        return self.text[:1].isalnum()


def words_of(text: str, start: int = 0, end: int | None = None) -> list[Word]:
    """Return the words and marks of ``text`` from ``start`` to ``end``, with their offsets in the whole text."""
    found = []
    for match in _TOKEN.finditer(text, start, len(text) if end is None else end):
        typed = match[0]
        possessive = len(typed) > 2 and typed[-2] in "’'" and typed[-1] in "sS"
        found.append(Word(typed[:-2] if possessive else typed, match.start(), match.end(), possessive))
    return found


def sentences_of(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """Yield the sentences, each with its final mark."""
    first = 0
    for number, word in enumerate(words):
        if word.text in _STOPS and (number + 1 == len(words) or word.text == ";" or words[number + 1].text not in _STOPS):
            yield words[first : number + 1]
            first = number + 1
    if first < len(words):
        yield words[first:]
