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

from voiceover.plan.pieces import tidy
from voiceover.writing import HANGUL, INDIC_WORD, JOINERS, MARKS, UNSPACED

_WORD = re.compile(f"[{UNSPACED}{HANGUL}]|(?:(?![{UNSPACED}{HANGUL}])[\\w{MARKS}{INDIC_WORD}{JOINERS}])+|[^\\w\\s]")
_SIGNS = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "\u2010": "-", "\u2011": "-"})


@dataclass(frozen=True, slots=True)
class _Entry:
    key: str
    words: tuple[str, ...]
    glued: tuple[bool, ...]
    """Whether a word follows the one before it without a space."""
    spelling: str
    minds_case: bool


class Lexicon:
    """Spellings by word, and which of them were used."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        """``entries``: word or words as a reader sees them -> spelling for the ear."""
        self._keys = tuple(entries)
        self._used: set[str] = set()
        self._by_first: dict[str, list[_Entry]] = {}
        for key, spelling in entries.items():
            words = [(m.start(), m.end(), m.group().translate(_SIGNS)) for m in _WORD.finditer(tidy(key))]
            if not words:
                continue
            minds_case = key != key.lower()
            glued = tuple(before[1] == after[0] for before, after in pairwise(words))
            spelled = tuple(word if minds_case else word.casefold() for _, _, word in words)
            entry = _Entry(key, spelled, glued, tidy(spelling).strip(), minds_case)
            self._by_first.setdefault(spelled[0].casefold(), []).append(entry)
        for found in self._by_first.values():
            found.sort(key=lambda entry: (-sum(map(len, entry.words)), not entry.minds_case))

    def __bool__(self) -> bool:
        return bool(self._by_first)

    @property
    def unused(self) -> tuple[str, ...]:
        """Entries that ``find`` has not met, in their order."""
        return tuple(key for key in self._keys if key not in self._used)

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Where an entry stands in ``text``: start, end and its spelling, in order, never overlapping."""
        words = [(m.start(), m.end(), m.group().translate(_SIGNS)) for m in _WORD.finditer(text)]
        at = 0
        while at < len(words):
            entry = self._entry_at(words, at)
            if entry is None:
                at += 1
                continue
            self._used.add(entry.key)
            last = at + len(entry.words) - 1
            yield words[at][0], words[last][1], entry.spelling
            at = last + 1

    def _entry_at(self, words: list[tuple[int, int, str]], at: int) -> _Entry | None:
        for entry in self._by_first.get(words[at][2].casefold(), ()):
            stretch = words[at : at + len(entry.words)]
            if len(stretch) < len(entry.words):
                continue
            spelled = tuple(word if entry.minds_case else word.casefold() for _, _, word in stretch)
            glued = tuple(before[1] == after[0] for before, after in pairwise(stretch))
            if spelled == entry.words and glued == entry.glued:
                return entry
        return None
