"""Finds which words of espeak-ng's phonemes belong to which words of the text.

espeak-ng speaks some words as one ("of the" is ``ʌvðə``), some as several ("1999"), and some not at all, and does not say which. So each
word is also spoken alone, and both readings are aligned by their sounds.
"""

from __future__ import annotations

import heapq
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

MOST_MERGED = 4
"""Most words of the text that espeak-ng speaks as one; it has a list of such phrases."""

_VOWELS = frozenset("aeiouyæøœɐɑɒɔəɘɚɛɜɝɞɤɨɪɯɵɶʉʊʌʏᵻᵊ")
_MODIFIERS = frozenset("ːˑʰʲʷˠˤ˞^")
_STRESS = frozenset("ˈˌ")

Sounds = tuple[str, ...]


def align(alone: Sequence[str], together: Sequence[str]) -> tuple[list[str], list[bool]]:
    """Return the phonemes of each word of a clause, and True for each that is spoken as one with the next.

    ``alone`` has the phonemes of each word spoken by itself, ``together`` the words of the whole clause. Joined, the result is all of
    ``together``; the parts of a word that was spoken with the next one are cut between two sounds. A word that is missing in ``together``
    gets its own phonemes.
    """
    wanted = [_sounds("".join(phonemes.split())) for phonemes in alone]
    heard = [_sounds(word) for word in together]
    result = ["" for _ in alone]
    merged = [False for _ in alone]
    leading = ""
    for first, last, start, end in _path(wanted, heard):
        if first == last:  # sounds that no word accounts for: they stay with the word before
            extra = " ".join(together[start:end])
            if first:
                result[first - 1] = f"{result[first - 1]} {extra}".strip()
            else:
                leading = f"{leading} {extra}".strip()
        elif start == end:
            result[first] = alone[first]
        elif last - first == 1:
            result[first] = " ".join(together[start:end])
        else:
            result[first:last] = _shared(wanted[first:last], heard[start])
            voiced = [number for number in range(first, last) if result[number]]
            for number in range(voiced[0], voiced[-1]):
                merged[number] = True
    if leading:
        at = next((number for number, phonemes in enumerate(result) if phonemes), 0)
        result[at] = f"{leading} {result[at]}".strip()
    return result, merged


def _sounds(phonemes: str) -> Sounds:
    """Cut phonemes between sounds: stress stays with the sound after it, length and other modifiers with the one before."""
    sounds: list[str] = []
    joined = False
    for character in phonemes:
        attached = character in _MODIFIERS or unicodedata.category(character) in ("Mn", "Mc", "Nd")
        if sounds and (attached or joined or sounds[-1][-1] in _STRESS):
            sounds[-1] += character
        else:
            sounds.append(character)
        joined = character == "^"
    return tuple(sounds)


def _path(wanted: Sequence[Sounds], heard: Sequence[Sounds]) -> list[tuple[int, int, int, int]]:
    """Return the likeliest pairs of stretches (first, last, start, end) of wanted and heard words: the cheapest path through both."""
    goal = (len(wanted), len(heard))
    costs = {(0, 0): 0.0}
    came: dict[tuple[int, int], tuple[int, int]] = {}
    waiting = [(0.0, 0, 0)]
    while waiting:
        cost, first, start = heapq.heappop(waiting)
        here = (first, start)
        if here == goal:
            break
        if cost > costs[here]:
            continue
        for last, end, price in _steps(wanted, heard, first, start):
            there = (last, end)
            if cost + price < costs.get(there, float("inf")):
                costs[there] = cost + price
                came[there] = here
                heapq.heappush(waiting, (cost + price, last, end))
    path = []
    there = goal
    while there != (0, 0):
        here = came[there]
        path.append((here[0], there[0], here[1], there[1]))
        there = here
    return path[::-1]


def _steps(wanted: Sequence[Sounds], heard: Sequence[Sounds], first: int, start: int) -> list[tuple[int, int, float]]:
    """Return where a path can go from here, with the price of each step."""
    steps = []
    if start < len(heard):
        steps.append((first, start + 1, len(heard[start]) + 2.0))
    if first == len(wanted):
        return steps
    length = len(wanted[first])
    steps.append((first + 1, start, length + 0.2 if length else 0.0))
    spoken: Sounds = ()
    for end in range(start + 1, len(heard) + 1):
        spoken += heard[end - 1]
        if len(spoken) > 2 * length + 3:
            break
        steps.append((first + 1, end, _difference(wanted[first], spoken) + 0.01 * (end - start - 1)))
    if start < len(heard):
        merged = wanted[first]
        for last in range(first + 2, min(first + MOST_MERGED, len(wanted)) + 1):
            merged += wanted[last - 1]
            steps.append((last, start + 1, _difference(merged, heard[start]) + 0.3 * (last - first - 1)))
    return steps


def _shared(wanted: Sequence[Sounds], heard: Sounds) -> list[str]:
    """Cut one heard word into as many parts as there are wanted words; a part is empty only where its word has no sounds."""
    voiced = [number for number, sounds in enumerate(wanted) if sounds]
    parts = ["" for _ in wanted]
    if len(voiced) > len(heard):
        voiced = voiced[: len(heard)]
    if not voiced:
        parts[0] = "".join(heard)
        return parts
    # best[k] after each word: the cheapest way to have given it and those before the first k sounds
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}
    for count, number in enumerate(voiced, 1):
        left = len(voiced) - count
        reached: dict[int, tuple[float, tuple[int, ...]]] = {}
        for begin, (cost, cuts) in best.items():
            for end in (len(heard),) if not left else range(begin + 1, len(heard) - left + 1):
                total = cost + _difference(wanted[number], heard[begin:end])
                if end not in reached or total < reached[end][0]:
                    reached[end] = (total, (*cuts, end))
        best = reached
    begin = 0
    for number, end in zip(voiced, best[len(heard)][1], strict=True):
        parts[number] = "".join(heard[begin:end])
        begin = end
    return parts


@lru_cache(4096)
def _difference(one: Sounds, other: Sounds) -> float:
    """Return the edit distance of two words: 1 for a sound more, less or another, half for a vowel in place of a vowel."""
    if one == other:
        return 0.0
    row = [float(number) for number in range(len(other) + 1)]
    for number, sound in enumerate(one, 1):
        before, row = row, [float(number)]
        for at, heard in enumerate(other):
            row.append(min(before[at] + _price(sound, heard), before[at + 1] + 1, row[at] + 1))
    return row[-1]


def _price(one: str, other: str) -> float:
    first, second = (sound.strip("ˈˌː") for sound in (one, other))
    if first == second:
        return 0.0 if one == other else 0.05
    return 0.5 if first[:1] in _VOWELS and second[:1] in _VOWELS else 1.0
