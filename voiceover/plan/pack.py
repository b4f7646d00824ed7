"""Pack the sentences of one segment into utterances.

Packing looks at each sentence once, from first to last, and decides only from what came before whether it joins the current utterance. So
an edit, or a sentence added at the end, does not change the utterances before it. A very short sentence ("Yes.") joins the previous
utterance even if that is full, up to a second limit. A rule for only the last sentence of a paragraph would re-record the utterance before
it as soon as the writer continues the paragraph.
"""

from __future__ import annotations

from collections.abc import Iterable

from voiceover.text.pieces import SpelledSpan
from voiceover.types.lazy_dataclass import dataclass

TARGET_SECONDS = 10.0
FULL_SECONDS = 12.5
"""Longest utterance that results from adding a very short sentence, unless it follows a single long one."""
SHORT_SECONDS = 1.5
"""A shorter sentence should not be an utterance of its own, since engines are unreliable on single words."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, or a part of one that is too long."""

    pieces: tuple[SpelledSpan, ...]
    seconds: float
    speaks: bool
    """True if anything in it is audible; an emoji or three dots are not."""


def pack(sentences: Iterable[Sentence], longest: float) -> list[tuple[SpelledSpan, ...]]:
    """Pack ``sentences`` into utterances of about ``TARGET_SECONDS``.

    None is over ``longest`` seconds, unless a single sentence is. The result is empty if nothing is audible.
    """
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
