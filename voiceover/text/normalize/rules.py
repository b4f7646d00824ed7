"""Rules of spelling for speech: a pattern, and what is spoken for a match of it.

The rules of a language are an ordered list. Each looks at the text as it is displayed, and takes what no rule before it has taken; what
was taken is never looked at again. So a rule may rely on those before it, and none can undo another's work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from voiceover.system.lazy import lazy_pattern
from voiceover.types.lazy_dataclass import dataclass

Say: TypeAlias = "Callable[[re.Match[str], str], str | InIPA | None]"
"""Returns what is spoken for a match in a language (BCP 47 tag); None to leave it to the rules after it."""

_DIGIT = lazy_pattern(r"[0-9]")


@dataclass(frozen=True, slots=True)
class InIPA:
    """A word that only its sounds tell apart, such as "live" in "live music": engines that speak phonemes get ``ipa``."""

    ipa: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a language."""

    name: str
    """In small letters with hyphens, as ``voiceover plan --spoken`` shows it."""
    pattern: re.Pattern[str]
    """If it has a group ``word``, that alone is spelled; what is around it in the match is not taken."""
    say: Say
    needs: str = ""
    """Characters of which the text must have at least one; ``0`` stands for any digit. Empty for none."""
    word: str = ""
    """Part of a word, in small letters, that the text must have in any case; empty for none."""


class Taken(NamedTuple):
    """A stretch of the text that a rule has spelled."""

    start: int
    end: int
    spoken: str
    rule: str
    ipa: str | None = None


def rule(name: str, pattern: str, needs: str = "", flags: int = 0, word: str = "") -> Callable[[Say], Rule]:
    """Return a decorator that makes a rule of a function."""

    def made(say: Say) -> Rule:
        return Rule(name, lazy_pattern(pattern, flags), say, needs, word)

    return made


def apply_rules(text: str, rules: Iterable[Rule], language: str, free: Sequence[tuple[int, int]]) -> list[Taken]:
    """Return what ``rules`` change in the ``free`` stretches of ``text``, by position. A rule sees the text around a stretch too."""
    has = {character for character in text if not character.isalpha()}
    if _DIGIT.search(text):
        has.add("0")
    lower = text.lower()
    taken: list[Taken] = []
    closed = list(_between(free, len(text)))
    for one in rules:
        if one.needs and has.isdisjoint(one.needs) and not any(need.isalpha() and need in text for need in one.needs):
            continue
        if one.word not in lower:
            continue
        found = list(_matches(text, one, language, closed))
        if found:
            closed = _merged(closed, found)
            taken += found
    return sorted(taken)


def _matches(text: str, one: Rule, language: str, closed: Sequence[tuple[int, int]]) -> Iterator[Taken]:
    """Yield what one rule takes outside of the ``closed`` stretches, which ascend."""
    group = "word" if "word" in one.pattern.groupindex else 0
    at = position = 0
    while (match := one.pattern.search(text, position)) is not None:
        first, last = match.span(group)
        while at < len(closed) and closed[at][1] <= first:
            at += 1
        if at < len(closed) and closed[at][0] < last:
            position = max(closed[at][1], match.start() + 1)
            continue
        position = max(match.end(), match.start() + 1)
        spoken = one.say(match, language) if first < last else None
        if isinstance(spoken, InIPA):
            yield Taken(first, last, text[first:last], one.name, spoken.ipa)
        elif spoken is not None:
            yield Taken(first, last, spoken, one.name if spoken != text[first:last] else "")


def _between(free: Sequence[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches between those of ``free``."""
    start = 0
    for first, end in [*free, (length, length)]:
        if start < first:
            yield start, first
        start = end


def _merged(closed: Sequence[tuple[int, int]], found: Sequence[Taken]) -> list[tuple[int, int]]:
    """Return both as stretches that ascend; neighbours become one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted([*closed, *((one.start, one.end) for one in found)]):
        if merged and merged[-1][1] == start:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged
