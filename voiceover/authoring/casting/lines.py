"""The lines of a text: each quotation with its speaker, and the people who speak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voiceover.authoring.casting.attribute import Attributor
from voiceover.authoring.casting.quotes import Quote, find_speech
from voiceover.authoring.casting.telling import Telling
from voiceover.script import ProseParagraph


@dataclass(frozen=True, slots=True)
class CastLine:
    """A quotation and who says it."""

    quote: Quote
    speaker: str | None
    """A name of the cast, ``I`` for the narrator of a story in the first person, or None if it is open."""
    rule: str
    """What decided; empty if it is open."""


@dataclass(frozen=True, slots=True)
class SpeechFound:
    """All speech of a text."""

    lines: tuple[CastLine, ...]
    forms: dict[str, tuple[str, ...]]
    """The forms of each speaker's name in the text, the most frequent first."""


def attribute_speech(paragraphs: Sequence[ProseParagraph], given: Sequence[Sequence[str]] = ()) -> SpeechFound:
    """Return the speech in ``paragraphs`` and who says it, by rules. ``given`` are people known before, each with all forms of the name."""
    quotes = find_speech(paragraphs)
    telling = Telling(paragraphs, quotes, given)
    said = Attributor(telling).run()
    lines = tuple(CastLine(quote, each.speaker, each.rule) for quote, each in zip(quotes, said, strict=True))
    speakers = dict.fromkeys(line.speaker for line in lines if line.speaker is not None)
    return SpeechFound(lines, {name: telling.forms(name) for name in speakers})


def open_speech(paragraphs: Sequence[ProseParagraph]) -> SpeechFound:
    """Return the speech in a text of a language without rules: nobody says it yet."""
    return SpeechFound(tuple(CastLine(quote, None, "") for quote in find_speech(paragraphs, english=False)), {})
