"""A line as pieces that pair what a reader sees with what the engine is given, so that either can be cut where the other is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from voiceover.types import SpokenSpan

_BREAKS = re.compile("[^\\S\u00a0\u2007\u2009\u202f\u3000]+")
"""White space except the kinds that a writer sets on purpose (no-break, figure, thin and ideographic spaces)."""
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]+")
_CLOSING_MARK = re.compile("[!?.,;:…)]")


@dataclass(frozen=True, slots=True)
class SpelledSpan:
    """A stretch of a line."""

    text: str
    """As a reader sees it."""
    spoken: str
    """For the ear; equal to ``text`` where nothing was respelled."""
    language: str
    """BCP 47 tag."""
    whole: bool = False
    """Whether it may not be cut: ``text`` and ``spoken`` do not agree character by character."""
    chosen: str | None = None
    """The writer's own spelling (``say:`` or the lexicon), None where there is none or only our rules changed it."""


def tidy(text: str) -> str:
    """``text`` in NFC, runs of white space as one space, control characters gone.

    Not one of the revisable rules: the keys that find a kept take are made of tidied text, so this never changes.
    """
    return _BREAKS.sub(" ", _CONTROLS.sub("", unicodedata.normalize("NFC", text)))


def seen(pieces: Iterable[SpelledSpan]) -> str:
    """The words of ``pieces`` as a reader sees them."""
    return _BREAKS.sub(" ", "".join(piece.text for piece in pieces)).strip()


def spoken_spans(pieces: Iterable[SpelledSpan]) -> tuple[SpokenSpan, ...]:
    """What the engine is given for ``pieces``: neighbours in one language joined, no space doubled, none at the ends."""
    parts: list[tuple[str, str]] = []
    dropped = False
    for piece in pieces:
        spoken = piece.spoken
        if not parts or parts[-1][0].endswith(" "):
            spoken = spoken.lstrip(" ")
        if not spoken:
            dropped = dropped or bool(piece.text.strip())
            continue
        if dropped and parts and _CLOSING_MARK.match(spoken):
            # "Great (emoji)!" was "Great !" once the emoji was gone
            text, language = parts[-1]
            parts[-1] = (text.rstrip(" "), language)
        dropped = False
        if parts and parts[-1][1] == piece.language:
            parts[-1] = (parts[-1][0] + spoken, piece.language)
        else:
            parts.append((spoken, piece.language))
    while parts and not parts[-1][0].strip():
        parts.pop()
    if parts:
        parts[-1] = (parts[-1][0].rstrip(), parts[-1][1])
    return tuple(SpokenSpan(text, language) for text, language in parts)


def chosen_words(pieces: Iterable[SpelledSpan]) -> list[list[str | None]]:
    """What the writer chose, as ``[text, own spelling or None, language]``: the same whatever our rules make of it."""
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
    """``pieces`` cut at ``positions`` (ascending, in characters of the joined ``text``).

    A position within a piece that is ``whole`` is not cut at; no part is empty; no character is lost.
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
