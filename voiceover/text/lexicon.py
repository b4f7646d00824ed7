"""The lexicon: replaces whole words by the spelling or the IPA that the writer gave for speech.

An entry in lower case matches any case (``gif`` matches GIF, Gif and gif); one with a capital letter matches exactly (``US`` does not
match us). If several match at one position, the longest wins, then the case-sensitive one. Entries may contain several words and signs
(``New York``, ``C++``, ``AT&T``). In scripts without spaces (Chinese, Japanese, Thai), and in Korean because of its particles, an entry
also matches within a run of letters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from voiceover.system.lazy import lazy_pattern
from voiceover.text.pieces import tidy
from voiceover.text.writing_systems import HANGUL, INDIC_WORD, JOINERS, MARKS, UNSPACED
from voiceover.types import Pronunciation
from voiceover.types.lazy_dataclass import dataclass

_WORD = lazy_pattern(f"[{UNSPACED}{HANGUL}]|(?:(?![{UNSPACED}{HANGUL}])[\\w{MARKS}{INDIC_WORD}{JOINERS}])+|[^\\w\\s]")
_SIGNS = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "\u2010": "-", "\u2011": "-"})


MOST_WORDS = 20
"""Most words per entry; longer entries never match."""

_Key = tuple[tuple[str, ...], tuple[bool, ...], bool]
"""The words of an entry (case-folded unless case-sensitive), True for each that follows without a space, True if case-sensitive."""


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    text: str
    folded: str


class Lexicon:
    """Finds the entries of a lexicon in text."""

    def __init__(self, entries: Mapping[str, str | Pronunciation]) -> None:
        """Index ``entries``, which map one or more words, as written, to their spelling for speech or their pronunciation."""
        self._entries: dict[_Key, Pronunciation] = {}
        """Entries by their words: look-ups take the same time however many thousand entries begin with the same word."""
        lengths: dict[str, set[int]] = {}
        for key, value in entries.items():
            words = _words(tidy(key))
            if not 0 < len(words) <= MOST_WORDS:
                continue
            self._entries.setdefault(_key(words, key != key.lower()), _pronunciation(value))
            lengths.setdefault(words[0].folded, set()).add(len(words))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}
        """Numbers of words of the entries that begin with a word."""

    def __bool__(self) -> bool:
        return bool(self._entries)

    def find(self, text: str) -> Iterator[tuple[int, int, Pronunciation]]:
        """Yield start, end and pronunciation of each match in ``text``, in order and without overlap."""
        words = _words(text)
        at = 0
        while at < len(words):
            found = self._entry_at(words, at)
            if found is None:
                at += 1
                continue
            count, pronunciation = found
            yield words[at].start, words[at + count - 1].end, pronunciation
            at += count

    def _entry_at(self, words: list[_Word], at: int) -> tuple[int, Pronunciation] | None:
        for count in self._lengths.get(words[at].folded, ()):
            stretch = words[at : at + count]
            for minds_case in (True, False) if len(stretch) == count else ():
                entry = self._entries.get(_key(stretch, minds_case))
                if entry is not None:
                    return count, entry
        return None


def _pronunciation(value: str | Pronunciation) -> Pronunciation:
    say, ipa = (value, None) if isinstance(value, str) else (value.say, value.ipa)
    return Pronunciation(None if say is None else tidy(say).strip(), ipa)


def _words(text: str) -> list[_Word]:
    found = ((m.start(), m.end(), m.group().translate(_SIGNS)) for m in _WORD.finditer(text))
    return [_Word(start, end, word, word.casefold()) for start, end, word in found]


def _key(words: list[_Word], minds_case: bool) -> _Key:
    glued = tuple(before.end == after.start for before, after in pairwise(words))
    return tuple(word.text if minds_case else word.folded for word in words), glued, minds_case
