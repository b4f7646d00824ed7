"""Spells a span of a line for speech: URLs, the writer's lexicon, the rules of its language, signs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from voiceover.text.lexicon import Lexicon
from voiceover.text.normalize.addresses import find_urls, shorten_url
from voiceover.text.normalize.languages import rules_of
from voiceover.text.normalize.rules import Rule, Taken, apply_rules
from voiceover.text.normalize.signs import spell_signs
from voiceover.text.pieces import SpelledSpan, tidy
from voiceover.types import Span

RULES = 3
"""Revision of the rules. Increase it when a rule changes what is spoken; takes made by older rules are kept."""

_Fixed = tuple[int, int, list[SpelledSpan]]
"""A stretch that no rule changes, and how it is spelled."""


def spell_span(span: Span, language: str, lexicon: Lexicon, *, phonemes: bool = False, raw: bool = False) -> Iterator[SpelledSpan]:
    """Yield ``span`` as spelled spans, in order, whose ``text``, joined, is ``tidy(span.text)``. ``language`` is its resolved language.

    - ``phonemes``: True for an engine that speaks them: IPA then takes precedence over a spelling. For others a word of which there is only
      IPA is spelled as if there were none.
    - ``raw``: True for an engine that reads numbers and abbreviations by itself: the rules of the language are left out.
    """
    text = tidy(span.text)
    rules = () if raw else rules_of(language)
    if span.ipa is not None and text.strip():
        if phonemes:
            yield _in_ipa(text, span.ipa, language)
        else:
            yield from _without_ipa(_spell(text, language, lexicon, rules, phonemes=False), span.ipa)
    elif span.say is not None:
        if text or span.say:
            say = tidy(span.say)
            yield SpelledSpan(text, say, language, whole=True, chosen=say, rule="say" if say != text else "")
    else:
        yield from _spell(text, language, lexicon, rules, phonemes=phonemes)


def spell_text(text: str, language: str, lexicon: Lexicon | None = None) -> list[SpelledSpan]:
    """Return plain text as spelled spans, as an engine without phonemes would get it."""
    return list(spell_span(Span(text), language, lexicon or Lexicon({})))


def _spell(text: str, language: str, lexicon: Lexicon, rules: tuple[Rule, ...], *, phonemes: bool) -> Iterator[SpelledSpan]:
    fixed = list(_fixed(text, language, lexicon, rules, phonemes=phonemes))
    free, start = [], 0
    for first, end, _ in fixed:
        if start < first:
            free.append((start, first))
        start = end
    if start < len(text):
        free.append((start, len(text)))
    taken = apply_rules(text, rules, language, free) if rules else []
    stretches: list[_Fixed] = [*fixed, *((one.start, one.end, [_spelled(one, text, language, phonemes)]) for one in taken)]
    start = 0
    for first, end, pieces in sorted(stretches, key=lambda stretch: stretch[:2]):
        yield from _plain(text, start, first, language)
        yield from pieces
        start = end
    yield from _plain(text, start, len(text), language)


def _fixed(text: str, language: str, lexicon: Lexicon, rules: tuple[Rule, ...], *, phonemes: bool) -> Iterator[_Fixed]:
    """Yield the URLs, and the words of the lexicon between them."""
    start = 0
    for first, end in find_urls(text):
        yield from _words(text, start, first, language, lexicon, rules, phonemes=phonemes)
        yield first, end, [_address(text[first:end], language, lexicon, rules)]
        start = end
    yield from _words(text, start, len(text), language, lexicon, rules, phonemes=phonemes)


def _words(
    text: str, start: int, end: int, language: str, lexicon: Lexicon, rules: tuple[Rule, ...], *, phonemes: bool
) -> Iterator[_Fixed]:
    for first, last, found in lexicon.find(text[start:end]) if lexicon else ():
        word = text[start + first : start + last]
        if found.ipa is not None and phonemes:
            pieces = [_in_ipa(word, found.ipa, language)]
        elif found.say is not None:
            pieces = [SpelledSpan(word, found.say, language, whole=True, chosen=found.say, rule="lexicon")]
        else:
            pieces = list(_without_ipa(_spell(word, language, Lexicon({}), rules, phonemes=False), found.ipa))
        yield start + first, start + last, pieces


def _address(address: str, language: str, lexicon: Lexicon, rules: tuple[Rule, ...]) -> SpelledSpan:
    """Return a URL as it is spoken; of what changes it, only the lexicon is a choice of the writer's."""
    short = shorten_url(address)
    spoken = "".join(piece.spoken for piece in _spell(short, language, lexicon, rules, phonemes=False))
    chosen = "".join(piece.spoken for piece in _spell(short, language, lexicon, (), phonemes=False)) if lexicon else short
    return SpelledSpan(address, spoken, language, whole=True, chosen=chosen if chosen != short else None, rule="url")


def _spelled(taken: Taken, text: str, language: str, phonemes: bool) -> SpelledSpan:
    ipa = taken.ipa if phonemes else None
    changes = taken.ipa is None or ipa is not None
    return SpelledSpan(text[taken.start : taken.end], taken.spoken, language, whole=True, phonemes=ipa, rule=taken.rule if changes else "")


def _plain(text: str, start: int, end: int, language: str) -> Iterator[SpelledSpan]:
    """Yield a stretch that no rule of the language has taken, without the signs that nobody reads out."""
    for one in spell_signs(text, start, end) if start < end else ():
        if start < one.start:
            yield SpelledSpan(text[start : one.start], text[start : one.start], language)
        yield _spelled(one, text, language, phonemes=False)
        start = one.end
    if start < end:
        yield SpelledSpan(text[start:end], text[start:end], language)


def _in_ipa(text: str, ipa: str, language: str) -> SpelledSpan:
    return SpelledSpan(text, text, language, whole=True, chosen=f"/{ipa}/", phonemes=ipa, rule="ipa")


def _without_ipa(pieces: Iterable[SpelledSpan], ipa: str | None) -> Iterator[SpelledSpan]:
    """Yield the pieces; the first notes the IPA that is not spoken, unless the writer gave a spelling of it."""
    spelled = list(pieces)
    if spelled and all(piece.chosen is None for piece in spelled):
        spelled[0] = replace(spelled[0], unspoken_ipa=ipa)
    yield from spelled
