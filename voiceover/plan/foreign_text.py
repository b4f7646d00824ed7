"""Warns of text whose writing system does not fit its language, since an engine would spell it out or skip it."""

from __future__ import annotations

from collections import Counter

from voiceover.plan.layers import language_of, language_tag
from voiceover.settings.problems import Problems
from voiceover.text.alphabets import HAN, LATIN, foreign_script, languages_in, letters_by_script, script_words, scripts_of, words_of_prose
from voiceover.types import Cast, CastEntry, Script, Segment, Settings, Source, Span
from voiceover.types.lazy_dataclass import dataclass

_FEWEST_LETTERS = 2
"""A single letter is a name or a symbol; a single Chinese character is a word."""


@dataclass(slots=True)
class _Passage:
    """The text of one paragraph in one language."""

    source: Source
    speaker: str
    is_marked: bool
    """True if the language is marked on the words themselves."""
    texts: list[str]
    apart: list[str]


@dataclass(slots=True)
class _Found:
    """Paragraphs in one script that will be spoken in one language."""

    first: _Passage
    count: int = 0


def check_alphabets(script: Script, cast: Cast, settings: Settings, problems: Problems) -> None:
    """Add one warning per language and foreign script, with the number of paragraphs, at the first of them."""
    found: dict[tuple[str, str], _Found] = {}
    paragraphs: Counter[str] = Counter()
    for (_, language, _), passage in _passages(script, cast, settings).items():
        text, apart = "".join(passage.texts), "".join(passage.apart)
        paragraphs[language] += 1
        if text.isascii() and LATIN in scripts_of(language):
            continue
        letters = letters_by_script(text)
        if apart:
            letters -= letters_by_script(apart)
        if letters[LATIN] and LATIN not in scripts_of(language):
            letters[LATIN] = min(letters[LATIN], words_of_prose(text))
        other = foreign_script(+letters, language)
        if other and letters[other] >= (1 if other == HAN else _FEWEST_LETTERS):
            found.setdefault((language, other), _Found(passage)).count += 1
    entries = {entry.name: entry for entry in script.cast}
    for (language, other), one in found.items():
        advice = _advice(one, other, language, entries.get(one.first.speaker), settings, is_all=one.count == paragraphs[language])
        words = script_words(other)
        if one.count == 1:
            message = f"this text is in {words}, but will be spoken as {language}; {advice}"
        else:
            message = f"{one.count} paragraphs from here on are in {words}, but will be spoken as {language}; {advice}"
        problems.warning(one.first.source, "other-alphabet", message)


def _passages(script: Script, cast: Cast, settings: Settings) -> dict[tuple[int, str, bool], _Passage]:
    """Collect the spoken text by paragraph number, language, and whether the language is marked on the words."""
    passages: dict[tuple[int, str, bool], _Passage] = {}
    entries = {entry.name: entry for entry in script.cast}
    spoken: dict[str, str] = {}
    for segment in script.segments:
        voice = cast.get(segment.speaker)
        if voice is None or segment.recording is not None:
            continue
        if segment.speaker not in spoken:
            spoken[segment.speaker] = language_of(entries.get(segment.speaker), settings, voice)
        for span in segment.spans:
            _passage(passages, segment, span, spoken[segment.speaker]).texts.append(span.pronounced)
        for span in segment.apart:
            _passage(passages, segment, span, spoken[segment.speaker]).apart.append(span.pronounced)
    return passages


def _passage(passages: dict[tuple[int, str, bool], _Passage], segment: Segment, span: Span, language: str) -> _Passage:
    is_marked = span.language is not None
    spoken_in = language_tag(span.language) if span.language else language
    key = (segment.paragraph, spoken_in, is_marked)
    if key not in passages:
        passages[key] = _Passage(segment.source, segment.speaker, is_marked, [], [])
    return passages[key]


def _advice(found: _Found, other: str, language: str, entry: CastEntry | None, settings: Settings, *, is_all: bool) -> str:
    """What to set, and where."""
    tag, *more = languages_in(other, language)
    doubt = " (or the language that it is in)" if more else ""
    if found.first.is_marked:
        return f"mark it as lang: {tag}{doubt}"
    if entry is not None and entry.language and entry.language != settings.language:
        return f"set lang: {tag}{doubt} for {entry.name} in the cast, or mark the words: [text](lang:{tag})"
    return f"set language: {tag}{doubt}" + ("" if is_all else f", or mark the words: [text](lang:{tag})")
