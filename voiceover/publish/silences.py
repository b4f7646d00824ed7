"""Word times from the silences of a take, for engines that do not say when their words begin.

Without silences the words share the speech in proportion to how long they take to say. Each silence is then placed before the word that
it most likely precedes, or in no such place if it is probably within a word, and the words between two of them share the speech there.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from math import inf

from voiceover.publish.lines import CLAUSE_ENDS, CLOSERS, SENTENCE_ENDS
from voiceover.publish.spoken_letters import SIGNS, WORD, is_spoken
from voiceover.text.speaking_rates import seconds_of
from voiceover.types import Mark

_NO_MARK, _CLAUSE, _SENTENCE = 0, 1, 2
"""How a word ends."""
_SILENCE = {_NO_MARK: 0.35, _CLAUSE: 0.0, _SENTENCE: 0.0}
"""Cost of a silence after a word that ends so, in seconds that the speech between two silences is longer or shorter than expected."""
_NO_SILENCE = {_NO_MARK: 0.0, _CLAUSE: 0.3, _SENTENCE: 0.6}
"""Cost of no silence there."""
_UNPLACED = 25.0
"""Cost of a silence that precedes no word, times its seconds squared: the closure of a plosive is short, a pause is not."""
_LENIENCE = 0.2
"""A second longer or shorter than expected costs less for long speech: by this share per second."""
_WINDOW_SECONDS = 2.0
"""A silence precedes no word that is expected further away from it."""
_LOOK_BACK = 40
"""Number of earlier choices that are tried as the one before; those of the last few silences."""


def words_at_silences(spoken: str, start: int, end: int, silences: Sequence[tuple[int, int]]) -> tuple[Mark, ...]:
    """Return when each word of the ``spoken`` text probably begins, for speech from frame ``start`` to ``end``.

    ``silences`` are those within the speech (start, end), in order. Empty without silences or with less than two words.
    """
    words = [word for word in WORD.finditer(spoken) if is_spoken(word[0])]
    silent = [0, *accumulate(stop - begin for begin, stop in silences)]
    speech = end - start - silent[-1]
    if not silences or len(words) < 2 or speech <= 0:
        return ()
    # From here to the last step, silences take no time: each is at one place in the speech.
    places = [begin - start - before for (begin, _), before in zip(silences, silent, strict=False)]
    lasts = [sum(seconds_of(character) for character in word[0] if character.isalnum() or character in SIGNS) for word in words]
    begins = [speech * before / sum(lasts) for before in (0.0, *accumulate(lasts))]
    kinds = [_kind(spoken[word.start() : after.start()]) for word, after in pairwise(words)]
    after_silence = _after_silence(begins, kinds, places, [stop - begin for begin, stop in silences], sum(lasts) / speech)
    begins = _stretched(begins, {0: 0.0, len(words): float(speech)} | {word: float(places[at]) for word, at in after_silence.items()})
    return tuple(
        Mark(word.start(), start + round(begin) + silent[bisect_right(places, begin + 0.5)])
        for word, begin in zip(words, begins, strict=False)
    )


def _after_silence(
    begins: Sequence[float], kinds: Sequence[int], places: Sequence[int], lengths: Sequence[int], seconds: float
) -> Mapping[int, int]:
    """Return the words that follow a silence, with the number of the silence: the cheapest choice, in which both are in order.

    ``begins`` is where words are expected and the last ends, ``places`` and ``lengths`` belong to the silences, all in frames; ``seconds``
    is the length of a frame in speech of the usual pace.
    """
    window = _WINDOW_SECONDS / seconds
    choices = [(0, -1)]  # (word, silence before it), from the start of the speech to its end
    for silence, place in enumerate(places):
        first, last = bisect_left(begins, place - window), bisect_right(begins, place + window)
        choices += [(word, silence) for word in range(max(first, 1), min(last, len(begins) - 1))]
    choices.append((len(begins) - 1, len(places)))
    none_at = [0.0, *accumulate(_NO_SILENCE[kind] for kind in kinds)]
    unplaced = [0.0, *accumulate(_UNPLACED * (seconds * length) ** 2 for length in lengths)]
    ends = [0.0, *map(float, places), begins[-1]]
    best = [(0.0, 0)]  # cost of the cheapest way to each choice, and the choice before it
    for at, (word, silence) in enumerate(choices[1:], 1):
        cheapest = (inf, 0)
        for before in range(max(at - _LOOK_BACK, 0), at):
            last_word, last_silence = choices[before]
            if last_word < word and last_silence < silence:
                expected, real = begins[word] - begins[last_word], ends[silence + 1] - ends[last_silence + 1]
                left_out = none_at[word - 1] - none_at[last_word] + unplaced[silence] - unplaced[last_silence + 1]
                off = abs(expected - real) * seconds / (1 + _LENIENCE * real * seconds)
                cheapest = min(cheapest, (best[before][0] + off + left_out, before))
        own = _SILENCE[kinds[word - 1]] if silence < len(places) else 0.0
        best.append((cheapest[0] + own, cheapest[1]))
    chosen = {}
    at = best[-1][1]
    while at:
        chosen[choices[at][0]] = choices[at][1]
        at = best[at][1]
    return chosen


def _stretched(begins: Sequence[float], fixed: Mapping[int, float]) -> list[float]:
    """Return ``begins`` with those at the keys of ``fixed`` moved there, and those between in proportion."""
    moved = list(begins)
    for left, right in pairwise(sorted(fixed)):
        room = begins[right] - begins[left]
        for index in range(left, right + 1):
            part = (begins[index] - begins[left]) / room if room else 0.0
            moved[index] = fixed[left] + part * (fixed[right] - fixed[left])
    return moved


def _kind(text: str) -> int:
    """Return how a word ends, given it with all marks up to the next word."""
    mark = text.rstrip().rstrip("".join(CLOSERS))[-1:]
    return _SENTENCE if mark in SENTENCE_ENDS else _CLAUSE if mark in CLAUSE_ENDS else _NO_MARK
