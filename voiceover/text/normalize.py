"""Normalization of text for speech: respells what an engine would mispronounce.

The rules are deliberately few. Numbers, dates, units and abbreviations are left to the engine, which knows its language; quotes and
dashes stay, since they affect intonation. Removed is what a person would not read out: emoji, invisible characters, the end of a URL.
A lexicon entry, ``say:`` or IPA takes precedence over all rules.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace

from voiceover.text.lexicon import Lexicon
from voiceover.text.pieces import SpelledSpan, tidy
from voiceover.text.writing_systems import JOINERS
from voiceover.types import Span

RULES = 2
"""Revision of the rules. Increase it when a rule changes what is spoken; takes made by older rules are kept."""

_URL = re.compile(r"(?:(?:https?|ftp)://|(?<![\w.@/-])www\.)[!-;=?-~\u00a1-\u024f]+", re.IGNORECASE)
_URL_PARTS = re.compile(r"(?:\w+://)?(?:[^/?#@]*@)?(?:www\.)?(?P<host>[^/?#:]+)(?::\d+)?(?P<path>/[^?#]*)?(?P<rest>.*)", re.IGNORECASE)
_PAIRS = {")": "(", "]": "[", "}": "{"}
_SHORT_PATH = re.compile(r"/[^\W\d_]+(?:-[^\W\d_]+)*/?")

_PICTURES = (
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be\u26c4\u26c5"
    "\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757\u2764\u2795-\u2797\u27b0"
    "\u27bf\u2b1b\u2b1c\u2b50\u2b55\U0001f004\U0001f0cf\U0001f18e\U0001f191-\U0001f19a\U0001f1e6-\U0001f1ff\U0001f201\U0001f21a\U0001f22f"
    "\U0001f232-\U0001f236\U0001f238-\U0001f23a\U0001f250\U0001f251\U0001f300-\U0001faff\U000e0020-\U000e007f"
)
"""Characters shown as emoji by default (emoji-data.txt, Emoji_Presentation), the red heart, and the tags of flags."""

_RUN = re.compile(r"([.!?…])\1{3,}")
_RULES = re.compile(
    f"(?P<run>(?P<mark>[.!?…])(?P=mark){{3,}})"
    f"|(?P<picture>(?:[{_PICTURES}]|[^\\w\\s!-~©®™]\ufe0f)(?:[{_PICTURES}\ufe0f]|\u200d[^\\w\\s]\ufe0f?)*)"
    "|(?P<thousands>(?<=\\d)[\u00a0\u2007\u2009\u202f](?=\\d{3}(?!\\d)))"
    "|(?P<space>[\u00a0\u2007\u2009\u202f\u3000]+)"
    "|(?P<hyphen>[\u2010\u2011])"
    "|(?P<ligature>[\ufb00-\ufb06])"
    # After a letter of the Arabic to Khmer blocks a joiner is part of the spelling; elsewhere it is noise.
    f"|(?P<invisible>(?<![\u0600-\u18af])[{JOINERS}]|[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u20e3\ufe00-\ufe0f\ufeff\ufff0-\uffff\ue000-\uf8ff\U000e0100-\U000e01ef\U000f0000-\U0010ffff])"
)
_LIGATURES = dict(zip("\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06", ("ff", "fi", "fl", "ffi", "ffl", "st", "st"), strict=True))


def spell_span(span: Span, language: str, lexicon: Lexicon, *, phonemes: bool = False) -> Iterator[SpelledSpan]:
    """Yield ``span`` as spelled spans, in order, whose ``text``, joined, is ``tidy(span.text)``. ``language`` is its resolved language.

    ``phonemes`` is True for an engine that speaks them: IPA then takes precedence over a spelling. For others a word of which there is only
    IPA is spelled as if there were none.
    """
    text = tidy(span.text)
    if span.ipa is not None and text.strip():
        if phonemes:
            yield _in_ipa(text, span.ipa, language)
        else:
            yield from _without_ipa(_spell_words(text, language, lexicon, phonemes=False), span.ipa)
        return
    if span.say is not None:
        if text or span.say:
            say = tidy(span.say)
            yield SpelledSpan(text, say, language, whole=True, chosen=say)
        return
    if "://" not in text and "www." not in text.lower():
        yield from _spell_words(text, language, lexicon, phonemes=phonemes)
        return
    start = 0
    for match in _URL.finditer(text):
        address = _without_closing_marks(match.group())
        yield from _spell_words(text[start : match.start()], language, lexicon, phonemes=phonemes)
        short = shorten_url(address)
        spelled = "".join(piece.spoken for piece in _spell_words(short, language, lexicon, phonemes=False)) if lexicon else short
        yield SpelledSpan(address, spelled, language, whole=True, chosen=spelled if spelled != short else None)
        start = match.start() + len(address)
    yield from _spell_words(text[start:], language, lexicon, phonemes=phonemes)


def shorten_url(address: str) -> str:
    """Return the part of a URL that a person would read out: its host, and the path if it is a single word (``example.com/offer``)."""
    match = _URL_PARTS.fullmatch(address)
    if match is None:
        return address
    host = match["host"].rstrip(".")
    path = match["path"] or ""
    if not match["rest"] and len(path) <= 24 and _SHORT_PATH.fullmatch(path):
        return host + path.rstrip("/")
    return host


def _without_closing_marks(address: str) -> str:
    """Return a URL without the punctuation of the sentence around it."""
    unpaired = {closer: address.count(closer) - address.count(opener) for closer, opener in _PAIRS.items()}
    end = len(address)
    while end and address[end - 1] in ".,;:!?'\"…”’)]}*_":
        last = address[end - 1]
        if last in unpaired:
            if unpaired[last] <= 0:
                break
            unpaired[last] -= 1
        end -= 1
    return address[:end]


def _spell_words(text: str, language: str, lexicon: Lexicon, *, phonemes: bool) -> Iterator[SpelledSpan]:
    start = 0
    if lexicon:
        for first, end, found in lexicon.find(text):
            yield from _apply_rules(text[start:first], language)
            word = text[first:end]
            if found.ipa is not None and phonemes:
                yield _in_ipa(word, found.ipa, language)
            elif found.say is not None:
                yield SpelledSpan(word, found.say, language, whole=True, chosen=found.say)
            else:
                yield from _without_ipa(_apply_rules(word, language), found.ipa)
            start = end
    yield from _apply_rules(text[start:], language)


def _in_ipa(text: str, ipa: str, language: str) -> SpelledSpan:
    return SpelledSpan(text, text, language, whole=True, chosen=f"/{ipa}/", phonemes=ipa)


def _without_ipa(pieces: Iterable[SpelledSpan], ipa: str | None) -> Iterator[SpelledSpan]:
    """Yield the pieces; the first notes the IPA that is not spoken, unless the writer gave a spelling of it."""
    spelled = list(pieces)
    if spelled and all(piece.chosen is None for piece in spelled):
        spelled[0] = replace(spelled[0], unspoken_ipa=ipa)
    yield from spelled


def _apply_rules(text: str, language: str) -> Iterator[SpelledSpan]:
    if not text:
        return
    if text.isascii() and not _RUN.search(text):
        yield SpelledSpan(text, text, language)
        return
    start = 0
    for match in _RULES.finditer(text):
        if match.start() > start:
            yield SpelledSpan(text[start : match.start()], text[start : match.start()], language)
        yield SpelledSpan(match.group(), _respelled(match, text), language, whole=True)
        start = match.end()
    if start < len(text):
        yield SpelledSpan(text[start:], text[start:], language)


def _respelled(match: re.Match[str], text: str) -> str:
    if match["run"]:
        return match["mark"] * 3
    if match["space"]:
        return " "
    if match["hyphen"]:
        return "-"
    if match["picture"] and _parts_words(text[max(match.start() - 1, 0) : match.start()], text[match.end() : match.end() + 1]):
        return " "
    return _LIGATURES.get(match.group(), "")


def _parts_words(before: str, after: str) -> bool:
    """Return True if only the text between ``before`` and ``after`` separates two words; beyond an end of the text, a word may follow."""
    return (not after or unicodedata.category(after)[0] in "LMN") and (not before or unicodedata.category(before) not in ("Ps", "Pi"))
