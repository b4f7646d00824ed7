"""Hold what a language model made of a section against the section: it is checked, not trusted.

It must be read by the reader of scripts without an error, keep the headings, every number, name and link target, be about as long as it
should be, and be made of the section's words. It may hold nothing that a script would do more with than speak it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from voiceover.script import load_script
from voiceover.settings.problems import Problems
from voiceover.system.lazy import lazy_pattern
from voiceover.text.normalize import spell_text
from voiceover.types import Chapter, Pause, Read, Scene, Script, Segment, Settings, Severity

_HEADING = lazy_pattern(r"^ {0,3}(#{1,6})[ \t]([^\n]*)$", re.MULTILINE)
_FENCE = lazy_pattern(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
_NUMBER = lazy_pattern(r"\d+(?:[.,:\u2009\u202f]\d+)*")
_WORD = lazy_pattern(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_SENTENCE_START = lazy_pattern(r"(?:^|(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\bProf)\.|[!?…:;\"“”‘(\[—–-])\s*[\"“‘'(\[]*$")
_CAPITAL_WORD = lazy_pattern(r"(?<![\w.])[A-Z][\w&’'-]*\w|(?<![\w.])[a-z]+[A-Z]\w*")
_ALLOWED_UNSPOKEN = frozenset(("link-target", "image", "heading"))
_SHARE_OF_WORDS = 0.3
"""Least share of a section's content words that its rewrite has."""
_LEAST_PAIRS = 2
"""Pairs of words in reverse from which a text counts as backwards, if it has fewer the right way round."""
_SHORTEST, _LONGEST = 0.3, 1.8
"""Bounds of the length, as a share of the section's words."""
_AIM_LOW, _AIM_HIGH = 0.4, 1.7
"""The same, of the words that were asked for."""
_ROOM_WORDS = 60
"""Words that any section may be longer, such as an introduction."""
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class SectionFacts:
    """What the rewrite of a section must keep."""

    headings: tuple[tuple[int, str], ...]
    """Level and text of each."""
    numbers: tuple[str, ...]
    """As typed."""
    names: tuple[str, ...]
    links: tuple[str, ...]
    """Targets."""
    words: tuple[str, ...]
    """All spoken words, in lower case, in order."""


def facts_of(section: str, language: str) -> SectionFacts | None:
    """Return what a section of an article says; None if it cannot be read by itself, or nothing but headings is spoken."""
    script = _read(section, "", language, Problems())
    if script is None or not script.segments:
        return None
    spoken = " ".join(segment.text for segment in script.segments)
    links = tuple(dict.fromkeys(link.target for link in script.links))
    return SectionFacts(headings_of(section), tuple(dict.fromkeys(_NUMBER.findall(spoken))), _names(spoken), links, _words(spoken))


def headings_of(text: str) -> tuple[tuple[int, str], ...]:
    """Return level and text of each ``#`` heading outside of code."""
    parts = _FENCE.split(text)
    outside = "\n".join(parts[0::4]) if len(parts) > 1 else text
    return tuple((len(match[1]), " ".join(match[2].rstrip(" \t#").split())) for match in _HEADING.finditer(outside))


def refusal(
    answer: str, facts: SectionFacts, front: str, language: str, speakers: Sequence[str], aim: int | None, definitions: str
) -> str | None:
    """Return why an answer cannot be used, or None.

    ``front`` is the front matter under which it will be read, ``speakers`` the names that it may use as labels, ``aim`` the number of
    words that was asked for, and ``definitions`` the article's link definitions.
    """
    problems = Problems()
    body = f"{answer}\n\n{definitions}\n"
    if answer.lstrip().startswith(("---", "+++", "{")):
        return "it begins with front matter"
    script = _read(body, front, language, problems)
    if problems.errors:
        return f"it is no script: {problems.errors[0].message}"
    if script is None or not script.segments:
        return "it says nothing"
    spoken = " ".join(segment.text for segment in script.segments)
    targets = frozenset(link.target for link in script.links)
    seen = _Answer(answer, spoken, _words(spoken), targets, language, aim)
    return _form(script, problems, speakers) or _content(seen, facts)


def _read(body: str, front: str, language: str, problems: Problems) -> Script | None:
    """Read a text with its headings left out, which are compared by themselves."""
    settings = Settings(language=language, read=Read(title="skip", headings="skip"))
    return load_script(Path("answer.md"), problems, settings, f"{front}{body}".encode())


def _form(script: Script, problems: Problems, speakers: Sequence[str]) -> str | None:
    """Return what an answer holds that is not for speaking."""
    for item in script.items:
        if not isinstance(item, Segment | Chapter | Scene | Pause) or (isinstance(item, Segment) and item.recording is not None):
            return "it has sounds, music or directions"
        if isinstance(item, Segment) and any(not span.is_plain or span.language for span in item.spans):
            return "it changes how words are spoken (say: or lang:)"
    hidden = next((p for p in problems.found if p.severity is Severity.UNSPOKEN and p.code not in _ALLOWED_UNSPOKEN), None)
    if hidden is not None:
        return f"it has something that would not be spoken: {hidden.message}"
    stranger = next(
        (p for p in problems.found if p.severity is Severity.WARNING and p.code in ("looks-like-label", "looks-like-dialogue")), None
    )
    if stranger is not None:
        return f"it has a speaker who is not in the cast: {stranger.message}"
    if len(speakers) > 1 and len({segment.speaker for segment in script.segments}) < 2 and len(script.segments) > 3:
        return f"it is no dialogue: only one of {', '.join(speakers)} speaks"
    return None


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer as the checks of its content see it."""

    text: str
    spoken: str
    words: tuple[str, ...]
    targets: frozenset[str]
    language: str
    aim: int | None


def _content(answer: _Answer, facts: SectionFacts) -> str | None:
    """Return what an answer has lost or changed."""
    checks = (_headings_kept, _long_enough, _links_kept, _numbers_kept, _names_kept, _order_kept)
    return next((why for check in checks if (why := check(answer, facts)) is not None), None)


def _headings_kept(answer: _Answer, facts: SectionFacts) -> str | None:
    if headings_of(answer.text) == facts.headings:
        return None
    wanted = ", ".join(f"{'#' * level} {text}" for level, text in facts.headings) or "none"
    return f"its headings are not those of the section ({wanted})"


def _long_enough(answer: _Answer, facts: SectionFacts) -> str | None:
    low, high = _bounds(len(facts.words), answer.aim)
    return None if low <= len(answer.words) <= high else f"it has {len(answer.words)} words, and {low} to {high} were expected"


def _links_kept(answer: _Answer, facts: SectionFacts) -> str | None:
    lost = [target for target in facts.links if target not in answer.targets]
    if lost:
        return f"these links are missing: {_listed(lost)}"
    added = sorted(answer.targets - set(facts.links))
    return f"these links are not in the article: {_listed(added)}" if added else None


def _numbers_kept(answer: _Answer, facts: SectionFacts) -> str | None:
    missing = [number for number in facts.numbers if not _has_number(number, answer.spoken, answer.language)]
    if missing:
        return f"these numbers are missing: {_listed(missing)}"
    known = {_bare(number) for number in facts.numbers}
    new = [number for number in dict.fromkeys(_NUMBER.findall(answer.spoken)) if _bare(number) not in known]
    return f"these numbers are not in the article: {_listed(new)}" if new else None


def _names_kept(answer: _Answer, facts: SectionFacts) -> str | None:
    have = set(answer.words)
    gone = [name for name in facts.names if not set(_words(name)) <= have]
    return f"these names are missing: {_listed(gone)}" if gone else None


def _order_kept(answer: _Answer, facts: SectionFacts) -> str | None:
    """Return if an answer is not made of the section's words, or has them backwards."""
    content = {word for word in facts.words if len(word) > 4}
    if content and len(content & set(answer.words)) < _SHARE_OF_WORDS * len(content):
        return "it has little to do with the section"
    pairs, said = set(pairwise(facts.words)), list(pairwise(answer.words))
    forward = sum(pair in pairs for pair in said)
    backward = sum((second, first) in pairs for first, second in said)
    return "its words are in another order than the section's" if backward >= _LEAST_PAIRS and backward > forward else None


def _bounds(words: int, aim: int | None) -> tuple[int, int]:
    if aim is None:
        return int(words * _SHORTEST), int(words * _LONGEST) + _ROOM_WORDS
    return int(min(aim * _AIM_LOW, words * _AIM_LOW)), int(max(aim * _AIM_HIGH, words * _SHORTEST)) + _ROOM_WORDS


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.lower().replace("’", "'") for word in _WORD.findall(text))


def _names(text: str) -> tuple[str, ...]:
    """Return words with a capital within a sentence, and those like iPhone; words that also occur in small letters are none."""
    found: Counter[str] = Counter()
    small = {word for word in _WORD.findall(text) if word.islower()}
    for match in _CAPITAL_WORD.finditer(text):
        word = match[0].removesuffix("’s").removesuffix("'s")
        if len(word) > 1 and word.lower() not in small and not _SENTENCE_START.search(text[max(match.start() - 9, 0) : match.start()]):
            found[word] += 1
    return tuple(found)


def _has_number(number: str, spoken: str, language: str) -> bool:
    """True if a text has a number in figures, or in the words that it is spoken with."""
    if _bare(number) in {_bare(other) for other in _NUMBER.findall(spoken)}:
        return True
    said = "".join(piece.spoken for piece in spell_text(number, language))
    return said != number and " ".join(_words(said)) in " ".join(_words(spoken))


def _bare(number: str) -> str:
    """Return a number without what separates its thousands: ``1,000`` is 1000, and ``1.5`` is 1.5."""
    groups = re.split(r"[.,\u2009\u202f]", number)
    if len(groups) > 1 and ":" not in number and all(len(group) == 3 for group in groups[1:]) and number[0] != "0":
        return "".join(groups)
    return number.replace(",", ".")


def _listed(texts: Iterable[str]) -> str:
    shown = list(texts)
    return ", ".join(shown[:_MOST_NAMED]) + (f" and {len(shown) - _MOST_NAMED} more" if len(shown) > _MOST_NAMED else "")
