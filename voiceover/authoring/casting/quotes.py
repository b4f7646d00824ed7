"""Find quoted speech in prose: which marks a text uses, where each quotation begins and ends, and which of them are speech."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from voiceover.authoring.casting.vocabulary import SAID, SUBJECTS
from voiceover.script import ProseParagraph
from voiceover.system.lazy import lazy_pattern

_PAIRS = {"“": "”", "«": "»", "»": "«", "„": "“”", '"': '"', "‘": "’", "'": "'"}
"""Closing marks by opening mark."""
_DOUBLE = ("“", '"', "«", "»", "„")
_ANGLES = lazy_pattern(r"(?:^|[\s(—–-])([«»])(?=\S)")
_SINGLE_OPENS = lazy_pattern(r"(?<![\w’'])(?:‘|'(?=[\w“\"(…—–-]))")
_SINGLE_CLOSES = lazy_pattern(r"(?<=[.,!?;:…—–)*_”\"-])[’'](?!\w)")
_SINGLE_CLOSES_LATE = lazy_pattern(r"(?<=\w)[’'](?=[\s,.;:!?—–)]|$)")
_DROPPED = lazy_pattern(r"['’](?:tis|twas|twere|twill|em|til|cause|bout|neath|gainst|un|ere|ow|e|is|er|im)\b", re.IGNORECASE)
"""Words that begin with an apostrophe."""
_OPENS = lazy_pattern(r"(?:^|[\s(\[—–*_-])$")
_ENDS = ".,!?;:…—–-"
_CLOSERS = "”’»\"')*_ "
_LAST_WORD = lazy_pattern(r"([\w’'-]+)\s*$")
_WORD = lazy_pattern(r"\w+")
_NOTHING = lazy_pattern(r"\s*$")
_FIRST_WORDS = lazy_pattern(r"[,.;]?\s*([\w’'-]+)(?:\s+([\w’'-]+))?")
_MOST_QUOTES = 500
"""Quotations in one paragraph; one with more of them is no prose, and nobody's speech is looked for in it."""
_LEAST_SENTENCE = 5
"""Words from which a quotation within a sentence is taken for speech if it ends as a sentence does."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation in one paragraph."""

    paragraph: int
    """Index of its paragraph."""
    start: int
    """Offset of the opening mark in the paragraph's text."""
    end: int
    """Offset after the closing mark, or the end of the paragraph if there is none."""
    inner: str
    """The words between the marks."""
    is_open: bool = False
    """True if the speech goes on in the next paragraph, so there is no closing mark."""
    goes_on: bool = False
    """True if it continues the speech of the paragraph above."""


def find_speech(paragraphs: Sequence[ProseParagraph], *, english: bool = True) -> list[Quote]:
    """Return all quotations that are speech, in order: not titles, and not words that are only named.

    Without ``english``, only punctuation tells them apart.
    """
    is_speech = _is_speech if english else _is_set_off
    marks = _marks_of(paragraphs)
    found: list[Quote] = []
    for number, paragraph in enumerate(paragraphs):
        quotes = list(islice(_quotes_in(paragraph.text, number, marks), _MOST_QUOTES + 1))
        if len(quotes) > _MOST_QUOTES:
            continue
        if found and quotes and found[-1].is_open and found[-1].paragraph == number - 1 and not paragraph.text[: quotes[0].start].strip():
            quotes[0] = replace(quotes[0], goes_on=True)
        before = 0
        for quote in quotes:
            if quote.goes_on or is_speech(paragraph.text, quote, before):
                found.append(quote)
            before = quote.end
    return _without_strays(found)


def _without_strays(quotes: Sequence[Quote]) -> list[Quote]:
    """Return the quotations, those without a closing mark only if the next paragraph continues them or they begin theirs."""
    continued = {quote.paragraph - 1 for quote in quotes if quote.goes_on}
    return [replace(quote, is_open=quote.is_open and quote.paragraph in continued) for quote in quotes]


def _marks_of(paragraphs: Sequence[ProseParagraph]) -> str:
    """Return the opening marks of speech in a text: of single and double marks, those that are used more, the others being nested."""
    counts = Counter(character for paragraph in paragraphs for character in paragraph.text if character in _PAIRS)
    single = Counter(opening[0] for paragraph in paragraphs for opening in _SINGLE_OPENS.finditer(paragraph.text))
    angles = Counter(opening[1] for paragraph in paragraphs for opening in _ANGLES.finditer(paragraph.text))
    counts["«"], counts["»"] = (angles["«"], 0) if angles["«"] >= angles["»"] else (0, angles["»"])
    double = counts["“"] + counts['"'] // 2 + counts["«"] + counts["»"] + counts["„"]
    if sum(single.values()) > 2 * double:
        return "".join(single)
    return "".join(mark for mark in _DOUBLE if counts[mark])


def _quotes_in(text: str, number: int, marks: str) -> Iterator[Quote]:
    if "‘" in marks or "'" in marks:
        yield from _single_quotes(text, number)
        return
    opened, mark = -1, ""
    last = len(text.rstrip())
    for at, character in enumerate(text):
        if opened < 0:
            if character in marks and (character != '"' or _may_open(text, at) or _begins(text, at, last)):
                opened, mark = at, character
        elif character in _PAIRS[mark]:
            if mark == '"' and _may_open(text, at) and text[opened + 1 : at].rstrip(" ")[-1:] not in (*_ENDS, "*"):
                opened = at  # the mark that opened was stray
                continue
            yield Quote(number, opened, at + 1, text[opened + 1 : at])
            opened = -1
        elif character == mark and mark not in _PAIRS[mark]:
            opened = at
    if opened >= 0:
        yield Quote(number, opened, len(text.rstrip()), text[opened + 1 :].rstrip(), is_open=True)


def _may_open(text: str, at: int) -> bool:
    """True if a straight mark can open a quotation: nothing, a space or a bracket before it, and a word after it."""
    return _OPENS.search(text[max(at - 1, 0) : at]) is not None and not text[at + 1 : at + 2].isspace() and at + 1 < len(text)


def _begins(text: str, at: int, last: int) -> bool:
    """True if a straight mark before ``last`` stands after a space or nothing, though a space for markup follows: ``"_I_ will"``."""
    return at + 1 < last and (at == 0 or text[at - 1].isspace())


def _single_quotes(text: str, number: int) -> Iterator[Quote]:
    at = 0
    while (opening := _SINGLE_OPENS.search(text, at)) is not None:
        if opening[0] == "'" and _DROPPED.match(text, opening.start()):
            at = opening.end()
            continue
        closing = _SINGLE_CLOSES.search(text, opening.end())
        late = _SINGLE_CLOSES_LATE.search(text, opening.end(), closing.start() if closing else len(text))
        following = _SINGLE_OPENS.search(text, opening.end())
        if late is not None and (closing is None or (following is not None and following.start() < closing.start())):
            closing = late
        if closing is None:
            yield Quote(number, opening.start(), len(text.rstrip()), text[opening.end() :].rstrip(), is_open=True)
            return
        yield Quote(number, opening.start(), closing.end(), text[opening.end() : closing.start()])
        at = closing.end()


def _is_speech(text: str, quote: Quote, previous: int) -> bool:  # noqa: PLR0911
    inner = quote.inner.strip(_CLOSERS)
    if not _WORD.search(inner):
        return bool(quote.inner.strip(_CLOSERS + _ENDS)) or "?" in inner or "!" in inner
    if quote.is_open:
        return not text[: quote.start].strip() or text[: quote.start].rstrip()[-1:] in _ENDS
    before = text[previous : quote.start].rstrip(" \n*_(")
    """The narration since the quotation before."""
    ends = inner[-1] in _ENDS
    first = _FIRST_WORDS.match(text, quote.end)
    broken = text[quote.end : quote.end + 1] in ("—", "–")
    said_after = first is not None and (first[1] in SAID or (_is_subject(first[1]) and (first[2] or "") in SAID))
    if not before:
        # Two quotations side by side, or the first of its paragraph.
        whole = len(inner.split()) >= _LEAST_SENTENCE and inner[:1].isupper()
        return ends or said_after or whole or _NOTHING.match(text, quote.end) is not None or broken
    if before[-1] in ".!?…:—–":
        return ends or said_after or broken or before[-1] == ":"
    word = _LAST_WORD.search(before)
    if before[-1] in ",;-":
        word = _LAST_WORD.search(before[:-1])
        said = word is not None and word[1].lower() in SAID
        tagged = previous > 0 and any(each[0].lower() in SAID for each in _WORD.finditer(before))
        return (
            said
            or said_after
            or broken
            or (ends and tagged)
            or (ends and (inner[-1] not in ",." or len(inner.split()) >= 3 or inner[:1].isupper()))
        )
    if word is not None and word[1].lower() in SAID:
        return ends or inner[:1].isupper()
    if said_after and inner[-1] in ",!?—":
        return True
    words = len(inner.split())
    return ends and inner[:1].isupper() and (inner[-1] in "!?" or words >= _LEAST_SENTENCE)


def _is_subject(word: str) -> bool:
    return word[:1].isupper() or word in SUBJECTS


def _is_set_off(text: str, quote: Quote, previous: int) -> bool:
    """True if a quotation ends as a sentence does, or a colon, a comma or nothing stands beside it."""
    inner = quote.inner.strip(_CLOSERS)
    before = text[previous : quote.start].rstrip()
    ends = inner[-1:] in tuple(_ENDS) or text[quote.end : quote.end + 1] in (*",—–", "")
    return bool(_WORD.search(inner)) and (ends or before[-1:] == ":" or quote.is_open)
