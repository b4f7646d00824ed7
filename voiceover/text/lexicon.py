"""The writer's own spellings: whole words of a line replaced for the ear.

An entry written in small letters holds for any case (``gif`` for GIF, Gif and gif); one with a capital holds as it is written
(``US`` never for us). Of two that fit at one place the longer wins, then the one that minds case. Entries may have several words
and signs (``New York``, ``C++``, ``AT&T``). In scripts without spaces (Chinese, Japanese, Thai), and in Korean with its particles,
an entry may stand within a run of letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from voiceover.text.pieces import tidy
from voiceover.text.writing_systems import HANGUL, INDIC_WORD, JOINERS, MARKS, UNSPACED

_WORD = re.compile(f"[{UNSPACED}{HANGUL}]|(?:(?![{UNSPACED}{HANGUL}])[\\w{MARKS}{INDIC_WORD}{JOINERS}])+|[^\\w\\s]")
_SIGNS = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "\u2010": "-", "\u2011": "-"})


MOST_WORDS = 20
"""Words of an entry; one of more is never found."""

_Key = tuple[tuple[str, ...], tuple[bool, ...], bool]
"""The words of an entry (for any case, folded), whether each follows the one before it without a space, and whether it minds case."""


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    text: str
    folded: str


class Lexicon:
    """Spellings by word."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        """``entries``: word or words as a reader sees them -> spelling for the ear."""
        self._entries: dict[_Key, str] = {}
        """All are looked up, none compared: there may be thousands that begin alike."""
        lengths: dict[str, set[int]] = {}
        for key, spelling in entries.items():
            words = _words(tidy(key))
            if not 0 < len(words) <= MOST_WORDS:
                continue
            self._entries.setdefault(_key(words, key != key.lower()), tidy(spelling).strip())
            lengths.setdefault(words[0].folded, set()).add(len(words))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}
        """How many words the entries have that begin with one."""

    def __bool__(self) -> bool:
        return bool(self._entries)

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Where an entry stands in ``text``: start, end and its spelling, in order, never overlapping."""
        words = _words(text)
        at = 0
        while at < len(words):
            found = self._entry_at(words, at)
            if found is None:
                at += 1
                continue
            count, spelling = found
            yield words[at].start, words[at + count - 1].end, spelling
            at += count

    def _entry_at(self, words: list[_Word], at: int) -> tuple[int, str] | None:
        for count in self._lengths.get(words[at].folded, ()):
            stretch = words[at : at + count]
            for minds_case in (True, False) if len(stretch) == count else ():
                entry = self._entries.get(_key(stretch, minds_case))
                if entry is not None:
                    return count, entry
        return None


def _words(text: str) -> list[_Word]:
    found = ((m.start(), m.end(), m.group().translate(_SIGNS)) for m in _WORD.finditer(text))
    return [_Word(start, end, word, word.casefold()) for start, end, word in found]


def _key(words: list[_Word], minds_case: bool) -> _Key:
    glued = tuple(before.end == after.start for before, after in pairwise(words))
    return tuple(word.text if minds_case else word.folded for word in words), glued, minds_case
