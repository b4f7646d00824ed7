"""Sentence segmentation with sentencex, which only this module imports. Plan and captions use the same boundaries."""

from __future__ import annotations

from sentencex import segment

from voiceover.system.lazy import lazy_pattern
from voiceover.text.writing_systems import CJK_STOPS, CLOSERS

_WINDOW = 2000
"""Characters per call: the running time of sentencex is quadratic in the number of quotes."""
_ENDS_WITHOUT_SPACE = lazy_pattern(f"[{CJK_STOPS}…‥][{CLOSERS}{CJK_STOPS}…‥]*$")
_INITIAL = lazy_pattern(f"(?:^|[^\\w.'’])([^\\W\\d_])\\.[{CLOSERS}]*\\s*$")
"""A single letter and a full stop, as in ``M. Dupont`` and ``J. Smith``. Not cutting after "Plan B." only makes a longer sentence."""

_TITLE = lazy_pattern(r"(?:^|[^\w.'’-])(?:Ms|Mx|Amb|Br|Ft)\.\s*$")
_BEFORE_MORE = lazy_pattern(
    r"(?:^|[^\w.'’-])(?:[Aa]pprox|avg|[Cc]haps?|[Cc]hs?|eds?|est|[Ff]igs|tel|[Vv]ols?|Mon|Tues?|Wed|Thu(?:rs)?|Fri)\.\s*$"
)
"""English abbreviations that sentencex does not know, as in ``Ms. Hill`` and ``approx. 12``."""


def sentence_starts(text: str, language: str) -> list[int]:
    """Return the start positions of all sentences of ``text`` but the first, ascending; ``language`` is a BCP 47 tag.

    A sentence ends at white space or after a CJK full stop, never within a word (``v2.Alpha``).
    """
    code = language.split("-", 1)[0].lower() or "en"
    starts: list[int] = []
    begin, window = 0, _WINDOW
    while begin < len(text):
        stretch = text[begin : begin + window]
        last = begin + window >= len(text)
        found = _positions(stretch, code)
        if not last and len(found) > 1 and found[-1] > len(stretch) - 50:
            found.pop()  # unreliable: the words after the window may change it
        starts += [begin + position for position in found if _is_end(stretch, position, code)]
        if last:
            break
        if found:
            begin, window = begin + found[-1], _WINDOW
        else:
            window *= 2
    return starts


def _positions(text: str, code: str) -> list[int]:
    """Return where sentencex starts each sentence after the first, by searching for the sentences it returns."""
    positions = []
    at = 0
    for sentence in segment(code, text):
        found = text.find(sentence, at) if sentence else -1
        if found < 0:
            continue
        if found > 0:
            positions.append(found)
        at = found + len(sentence)
    return positions


def _is_end(text: str, position: int, code: str) -> bool:
    before = text[max(position - 40, 0) : position]
    if not (before[-1].isspace() or _ENDS_WITHOUT_SPACE.search(before)):
        return False
    following = text[position : position + 1]
    if code == "en" and (_TITLE.search(before) or ((following.isdigit() or following.islower()) and _BEFORE_MORE.search(before))):
        return False
    initial = _INITIAL.search(before)
    return initial is None or not initial[1].isupper() or (code == "en" and initial[1] == "I")
