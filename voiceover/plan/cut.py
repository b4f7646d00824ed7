"""Cut sentences that are too long for one utterance, where a reader would breathe."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import ceil

from voiceover.plan.pace import Pace
from voiceover.system.lazy import lazy_pattern
from voiceover.text.pieces import SpelledSpan, cut_pieces
from voiceover.text.writing_systems import CJK, CLOSERS, OPENERS, UNSPACED
from voiceover.types.lazy_dataclass import dataclass

COMFORTABLE_SECONDS = 15.0
"""A longer sentence is cut at a comma or a stronger mark, even if the window has room for it."""
LONGEST_SECONDS = 20.0
"""A longer sentence is cut anywhere if need be, since engines become unreliable on long input."""

_STOP, _CLAUSE, _DASH, _COMMA, _BRACKET = 0.0, 0.1, 0.15, 0.25, 0.35
_CONJUNCTION, _SPACE, _PHRASE, _CHARACTER = 0.55, 0.9, 1.0, 1.2
_AFTER_LEANING = 1.4
"""Cost of a cut after an article or a preposition."""
_TIED = 2.0
"""Cost of a cut between an abbreviation and its name, between the parts of a number, or at a no-break space."""
_WORST_PAUSE = 0.4
"""Cuts up to this cost sound like a pause that the writer intended."""
_BALANCE = 1.5
"""Cost of a part whose length differs from the even share by the whole share."""
_FILL = 0.9
"""Largest even share, relative to the longest part, so that a cut that is slightly off does not need another part."""
_FEWEST = 0.4
"""Shortest part relative to the even share, unless there is no other cut."""

_CANDIDATE = lazy_pattern(
    "\\s+"  # between words
    f"|(?<=[—―；：，、。！？」』】）》〉〕])(?![\\s—―；：，、。！？…{CLOSERS}])"  # after a mark that has no space
    f"|(?<=[{UNSPACED}])(?=\\w)|(?<=[\\w…])(?=[{CJK}])"  # between characters
)
_PAUSES = dict.fromkeys("!?…。！？", _STOP) | dict.fromkeys(";:；：", _CLAUSE) | dict.fromkeys("—―", _DASH) | dict.fromkeys(",，、", _COMMA)
_CLOSING = "\"'”’»›)]}）」』】〕〉》"
_ABBREVIATION = lazy_pattern("(?:^|\\W)(?:[^\\W\\d_]{1,3}|prof|capt|sept|dept|univ|corp|messrs|assoc|approx|bros)\\.$", re.IGNORECASE)
_WORD = lazy_pattern("[^\\W\\d_]+")
_LAST_WORD = lazy_pattern("[^\\W\\d_]+$")
_OPENS = lazy_pattern("[(\\[（「『“«]")
_CONJUNCTIONS = {
    "en": "and but or nor so yet because although though while when where which who that if unless until since than before after as",
    "de": "und aber oder denn sondern weil dass wenn während obwohl damit bevor nachdem",
    "fr": "et mais ou donc car parce que qui lorsque quand puisque si",
    "es": "y e o u pero porque que cuando aunque mientras si",
    "it": "e ed o ma perché che quando mentre se",
    "pt": "e ou mas porque que quando embora enquanto se",
    "nl": "en maar of want omdat dat als wanneer terwijl hoewel",
}
_LEANING = {
    "en": "a an the of to in on at by for with from into my your his her its our their this that no very",
    "de": "der die das den dem des ein eine einen einem einer eines zu in im am an auf mit von vom für bei sehr",
    "fr": "le la les un une des du de à au aux en dans par pour avec sur très son sa ses",
    "es": "el la los las un una de del a al en por para con sin su sus muy",
}
_JOINING = {language: frozenset(words.split()) for language, words in _CONJUNCTIONS.items()}
"""Words before which a reader may breathe, by language."""
_LEANS = {language: frozenset(words.split()) for language, words in _LEANING.items()}
"""Words after which a reader does not breathe, by language."""
_NO_START = frozenset("々〻ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ゛゜\u0e30\u0e32\u0e33\u0e45\u0e46")
"""Characters that must not start a line (JIS X 4051; Thai vowels that follow their consonant)."""
_NO_END = frozenset("\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4")
"""Thai and Lao vowels that are written before their consonant."""
_MARK = lazy_pattern(
    "[\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b6-\u17d3\u200c\u200d\u3099\u309a]"
)
_HIRAGANA = lazy_pattern("[\u3041-\u309f]")


def cut_sentence(pieces: Sequence[SpelledSpan], pace: Pace, longest: float) -> list[tuple[SpelledSpan, ...]]:
    """Cut ``pieces`` into roughly even parts of at most ``longest`` seconds, at the best stop, comma, dash, conjunction or space.

    A word is cut only if it alone is longer than ``longest``; a piece that is ``whole`` is never cut.
    """
    line = _line_of(pieces, pace)
    cuts: list[int] = []
    start = 0
    while (cut := _next_cut(line, start, longest)) is not None:
        cuts.append(cut)
        start = cut
    return cut_pieces(pieces, cuts)


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    times: array[float]
    """Seconds from the start of ``text`` to each position."""
    closed: bytearray
    """1 for each position within a piece that must not be cut."""
    language: str

    def left(self, start: int) -> float:
        """Return the seconds from ``start`` to the end."""
        return self.times[-1] - self.times[start]

    def first_after(self, start: int, seconds: float) -> int:
        """Return the first position after ``start`` that is at least ``seconds`` later."""
        return bisect_left(self.times, self.times[start] + seconds, start + 1)

    def last_within(self, start: int, seconds: float) -> int:
        """Return the last position that is at most ``seconds`` after ``start``."""
        return bisect_right(self.times, self.times[start] + seconds, start + 1) - 1


def _line_of(pieces: Sequence[SpelledSpan], pace: Pace) -> _Line:
    shares = array("d", [0.0])
    closed = bytearray(1)
    for piece in pieces:
        if piece.whole and piece.text:
            shares.extend([0.0] * (len(piece.text) - 1))
            shares.append(pace.seconds(piece.spoken))
            closed.extend(b"\1" * (len(piece.text) - 1) + b"\0")
        elif piece.text:
            shares.extend(pace.each(piece.text))
            closed.extend(bytes(len(piece.text)))
    text = "".join(piece.text for piece in pieces)
    # A sentence ends with a space only if another one follows; this must not move a cut.
    for position in range(len(text.rstrip()) + 1, len(text) + 1):
        shares[position] = 0.0
    language = pieces[0].language.split("-", 1)[0] if pieces else ""
    return _Line(text, array("d", accumulate(shares)), closed, language)


def _next_cut(line: _Line, start: int, longest: float) -> int | None:
    """Return the end of the part that begins at ``start``; None if it is the last part."""
    left = line.left(start)
    comfortable = min(COMFORTABLE_SECONDS, longest)
    if left <= comfortable:
        return None
    share = left / ceil(left / (_FILL * comfortable))
    first = line.first_after(start, _FEWEST * share)
    last = line.last_within(start, min(comfortable, left - _FEWEST * share))
    cut = _cheapest(line, first, last, share, start, _WORST_PAUSE)
    if cut is not None or left <= longest:
        return cut
    share = left / ceil(left / (_FILL * longest))
    first, last = line.first_after(start, _FEWEST * share), line.last_within(start, longest)
    cut = _cheapest(line, first, last, share, start, _TIED)
    if cut is None:
        cut = _cheapest(line, start + 1, first, share, start, _TIED)
    return _forced_cut(line, start, last) if cut is None else cut


def _cheapest(line: _Line, first: int, last: int, share: float, start: int, worst: float) -> int | None:
    """Return the best position from ``first`` to ``last`` to end a part of about ``share`` seconds; None if all cost over ``worst``."""
    text, wanted = line.text, line.times[start] + share
    best: tuple[float, int] | None = None
    for match in _CANDIDATE.finditer(text, max(first - 20, start + 1), min(last + 1, len(text))):
        position = match.end()
        if not first <= position <= last or position >= len(text) or line.closed[position]:
            continue
        off = _BALANCE * abs(line.times[position] - wanted) / share
        if best is not None and off >= best[0]:
            continue
        if worst < _CONJUNCTION and text[position].isalnum() and text[match.start() - 1].isalnum():
            continue  # the usual case: no mark
        cost = _cost(line, match.start(), position)
        if cost <= worst and (best is None or cost + off < best[0]):
            best = (cost + off, position)
    return best[1] if best else None


def _cost(line: _Line, end: int, position: int) -> float:
    """Return the cost of a cut between a part that ends at ``end`` and the next one, which begins at ``position``."""
    text = line.text
    pause = None if text[end - 1].isalnum() else _pause_cost(text[max(end - 12, 0) : end])
    if pause is not None:
        return pause
    if _OPENS.match(text, position):
        return _BRACKET
    if end == position:
        return _cost_between_characters(text, position)
    if text[end] in "\u00a0\u2007\u2009\u202f" or (text[end - 1].isdigit() and text[position].isdigit()):
        return _TIED
    return _cost_between_words(text[max(end - 12, 0) : end], text[position : position + 12], line.language)


def _cost_between_words(before: str, after: str, language: str) -> float:
    last, following = _LAST_WORD.search(before), _WORD.match(after)
    if last and last.group().lower() in _LEANS.get(language, ()):
        return _AFTER_LEANING
    return _CONJUNCTION if following and following.group().lower() in _JOINING.get(language, ()) else _SPACE


def _pause_cost(before: str) -> float | None:
    """Return the cost of a cut after the mark at the end of ``before``; None if there is no mark."""
    bare = before.rstrip(_CLOSING)
    if bare.endswith("."):
        if _ABBREVIATION.search(before):
            return _TIED
        if bare[-5:-1].isalpha() and len(bare) > 4:
            return _STOP
    elif bare.endswith((" -", " –")):
        return _DASH
    elif bare and bare[-1] in _PAUSES:
        return _PAUSES[bare[-1]]
    return None if bare == before else _BRACKET


def _cost_between_characters(text: str, position: int) -> float:
    before, after = text[position - 1], text[position]
    if after in _NO_START or before in _NO_END or before in OPENERS or after in CLOSERS or _MARK.match(after):
        return float("inf")
    if _HIRAGANA.match(before) and not _HIRAGANA.match(after):
        return _PHRASE  # Japanese phrases end in hiragana.
    return _CHARACTER


def _forced_cut(line: _Line, start: int, last: int) -> int | None:
    """Return a cut within a word that extends past ``last``, at a sign if it has one, or after a whole piece that does."""
    text, closed = line.text, line.closed
    inside = range(min(last, len(text) - 1), start, -1)
    free = [p for p in inside if not closed[p] and not _MARK.match(text, p) and not text[p].isspace()]
    at_sign = (p for p in free if p > (start + last) / 2 and not (text[p].isalnum() and text[p - 1].isalnum()))
    after = (p for p in range(max(last, start) + 1, len(text)) if not closed[p])
    return next(at_sign, None) or next(iter(free), None) or next(after, None)
