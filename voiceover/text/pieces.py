"""Spelled spans: pairs of displayed text and spoken text, so that both can be cut at the same positions."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from voiceover.system.lazy import lazy_pattern
from voiceover.types import SpokenSpan
from voiceover.types.lazy_dataclass import dataclass

_BREAKS = lazy_pattern("[^\\S\u00a0\u2007\u2009\u202f\u3000]+")
"""White space, except the kinds that writers use deliberately: no-break, figure, thin and ideographic spaces."""
_CONTROLS = lazy_pattern("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]+")
_CLOSING_MARK = lazy_pattern("[!?.,;:…)]")


@dataclass(frozen=True, slots=True)
class SpelledSpan:
    """A stretch of a line, as displayed and as spoken."""

    text: str
    """Text as displayed."""
    spoken: str
    """Text as spoken; equal to ``text`` if nothing was respelled."""
    language: str
    """BCP 47 tag."""
    whole: bool = False
    """True if it must not be cut, since ``text`` and ``spoken`` do not correspond character by character."""
    chosen: str | None = None
    """The spelling that the writer gave, by ``say:`` or the lexicon, or ``/ipa/``; None if there is none."""
    phonemes: str | None = None
    """IPA to speak in place of the text; None for engines that do not speak phonemes."""
    unspoken_ipa: str | None = None
    """IPA that the engine cannot speak, if the writer gave no spelling beside it."""
    rule: str = ""
    """Name of the rule that respelled it; empty if nothing did."""


def tidy(text: str) -> str:
    """Return ``text`` in NFC, with runs of white space collapsed to one space and control characters removed.

    This must never change: the keys that find kept takes are hashes of tidied text.
    """
    return _BREAKS.sub(" ", _CONTROLS.sub("", unicodedata.normalize("NFC", text)))


def seen(pieces: Iterable[SpelledSpan]) -> str:
    """Return the text of ``pieces`` as displayed."""
    return _BREAKS.sub(" ", "".join(piece.text for piece in pieces)).strip()


def spoken_spans(pieces: Iterable[SpelledSpan]) -> tuple[SpokenSpan, ...]:
    """Return ``pieces`` as the engine speaks them, without double, leading or trailing spaces.

    Neighbours in one language are joined, unless their phonemes are given.
    """
    parts: list[SpokenSpan] = []
    dropped = False
    for piece in pieces:
        spoken = piece.spoken
        if not parts or parts[-1].text.endswith(" "):
            spoken = spoken.lstrip(" ")
        if not spoken:
            dropped = dropped or bool(piece.text.strip())
            continue
        if dropped and parts and _CLOSING_MARK.match(spoken):
            # Removing the emoji turns "Great (emoji)!" into "Great !".
            parts[-1] = replace(parts[-1], text=parts[-1].text.rstrip(" "))
        dropped = False
        if parts and parts[-1].language == piece.language and parts[-1].phonemes is None is piece.phonemes:
            parts[-1] = replace(parts[-1], text=parts[-1].text + spoken)
        else:
            parts.append(SpokenSpan(spoken, piece.language, piece.phonemes))
    while parts and not parts[-1].text.strip():
        parts.pop()
    if parts:
        parts[-1] = replace(parts[-1], text=parts[-1].text.rstrip())
    return tuple(parts)


def chosen_words(pieces: Iterable[SpelledSpan]) -> list[list[str | None]]:
    """Return what the writer chose, as ``[text, own spelling or None, language]``, independent of the normalization rules."""
    words: list[list[str | None]] = []
    for (chosen, language), run in groupby(pieces, lambda piece: (piece.chosen, piece.language)):
        if chosen is None:
            words.append(["".join(piece.text for piece in run), None, language])
        else:
            words += [[piece.text, chosen, language] for piece in run]
    if words:
        words[0][0] = (words[0][0] or "").lstrip()
        words[-1][0] = (words[-1][0] or "").rstrip()
    return [word for word in words if word[0] or word[1]]


def cut_pieces(pieces: Sequence[SpelledSpan], positions: Sequence[int]) -> list[tuple[SpelledSpan, ...]]:
    """Cut ``pieces`` at ``positions``, which ascend and count characters of the joined ``text``.

    Positions within a piece that is ``whole`` are ignored. No part is empty, and no character is lost.
    """
    parts: list[tuple[SpelledSpan, ...]] = []
    part: list[SpelledSpan] = []
    start = at = 0
    for piece in pieces:
        end = start + len(piece.text)
        done = start
        while at < len(positions) and positions[at] < end:
            position = positions[at]
            at += 1
            if position > start and piece.whole:
                continue
            if position > done:
                part.append(_plain(piece, done - start, position - start))
                done = position
            if part:
                parts.append(tuple(part))
                part = []
        part.append(piece if done == start else _plain(piece, done - start, end - start))
        start = end
    if part:
        parts.append(tuple(part))
    return parts


def _plain(piece: SpelledSpan, start: int, end: int) -> SpelledSpan:
    return SpelledSpan(piece.text[start:end], piece.text[start:end], piece.language)
