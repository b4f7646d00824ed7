"""Sentences of one segment, packed into utterances.

The packing looks at each sentence once, from the first to the last, and decides only from what came before whether it joins the
utterance at hand. So an edit leaves all utterances alone that lie wholly before it, also where a sentence is added at the end. A very
short sentence ("Yes.") joins the utterance before it even where that is full, up to a second limit; a rule for the last sentence
of a paragraph alone would record the utterance before it again as soon as the writer goes on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from voiceover.text.pieces import SpelledSpan

TARGET_SECONDS = 10.0
FULL_SECONDS = 12.5
"""The most that a very short sentence may fill an utterance to, unless it follows a single long one."""
SHORT_SECONDS = 1.5
"""A sentence that should not stand alone: engines stumble over single words."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, or a part of an over-long one."""

    pieces: tuple[SpelledSpan, ...]
    seconds: float
    speaks: bool
    """Whether anything in it is said; an emoji or three dots are not."""


def pack(sentences: Iterable[Sentence], longest: float) -> list[tuple[SpelledSpan, ...]]:
    """Utterances of about ``TARGET_SECONDS``, none over ``longest`` seconds unless a sentence alone is; empty if nothing speaks."""
    target = min(TARGET_SECONDS, longest)
    packed: list[tuple[SpelledSpan, ...]] = []
    open_pieces: list[SpelledSpan] = []
    seconds, speaks, full = 0.0, False, 0.0
    for sentence in sentences:
        together = seconds + sentence.seconds
        short = min(seconds, sentence.seconds) < SHORT_SECONDS
        if speaks and sentence.speaks and together > (full if short else target):
            packed.append(tuple(open_pieces))
            open_pieces, seconds, speaks = [], 0.0, False
        open_pieces += sentence.pieces
        seconds += sentence.seconds
        if not speaks:
            full = min(max(FULL_SECONDS, seconds + SHORT_SECONDS), longest)
        speaks = speaks or sentence.speaks
    if speaks:
        packed.append(tuple(open_pieces))
    return packed
