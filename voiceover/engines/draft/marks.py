"""Word times from espeak-ng's word events: places in the text of pieces become places in the utterance."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from voiceover.engines.draft.pieces import Piece
from voiceover.system.lazy import lazy_pattern
from voiceover.text.writing_systems import UNSPACED
from voiceover.types import Mark

_UNSPACED = lazy_pattern(f"[{UNSPACED}]")


def find_marks(
    spoken: str, pieces: Sequence[Piece], words: Sequence[Sequence[tuple[int, int]]], lengths: Sequence[int]
) -> tuple[Mark, ...]:
    """Return when each word begins, in order.

    - ``spoken``: the text of the utterance.
    - ``pieces``: the same text as espeak-ng spoke it.
    - ``words``: the words of each piece, as the index of the first character in its text and the sample at which it begins.
    - ``lengths``: samples of each piece.

    Events within a word are left out: espeak-ng has one for each word that it speaks, and a number is several.
    """
    marks: list[Mark] = []
    start = at = 0
    for piece, begun, length in zip(pieces, words, lengths, strict=True):
        places, at = _places(piece.text, spoken, at)
        for position, frame in begun:
            if not (0 <= position < len(piece.text) and _starts_word(piece.text, position)):
                continue
            mark = Mark(places[position], start + min(max(frame, 0), length - 1))
            if not marks or (mark.position > marks[-1].position and mark.frame >= marks[-1].frame):
                marks.append(mark)
        start += length
    return tuple(marks)


def _places(text: str, spoken: str, at: int) -> tuple[list[int], int]:
    """Return the place in ``spoken`` of each character of a piece, and where its text ends; what pieces leave out is passed over."""
    places: list[int] = []
    for character in text:
        found = at if character == " " else spoken.find(character, at)
        if found < 0:
            found = at
        elif character != " ":
            at = found + 1
        places.append(min(found, len(spoken) - 1))
    return places, at


def _starts_word(text: str, position: int) -> bool:
    """True if a word begins here: nothing that is spoken stands before it in its token, unless a dash parts them."""
    if _UNSPACED.match(text[position]):
        return True
    before = text[text.rfind(" ", 0, position) + 1 : position]
    return before[-1:] == "/" or unicodedata.category(before[-1:] or "-") == "Pd" or not any(map(_is_spoken, before))


def _is_spoken(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMNS"
