"""The titles of chapters, and their headings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from voiceover.authoring.importing.chapters import letters, one_line
from voiceover.authoring.importing.manuscript import PassageKind, SourcePassage

_FIRST_WORDS = 6
_TITLE_SHARE = 0.6
"""Share of the words on a title page that are known from the metadata."""
_JOINING = frozenset(("by", "von", "de", "par", "di", "van", "och"))


def untitled(passages: Sequence[SourcePassage], otherwise: str) -> str:
    """Return a title for passages without one: their first heading, else ``otherwise``, else their first words."""
    heading = next((one_line(passage.text) for passage in passages if passage.kind is PassageKind.HEADING), "")
    words = next((passage.text.split() for passage in passages if passage.text.strip()), [])
    return heading or otherwise or " ".join(words[:_FIRST_WORDS])


def heading_from_title(title: str, passages: Sequence[SourcePassage]) -> tuple[SourcePassage, ...]:
    """Return the passages with the heading of the chapter as a heading of level 1, also where the source has it as a paragraph.

    Deeper headings keep their order, and begin at level 2.
    """
    found = [*passages]
    if found and found[0].kind is PassageKind.PARAGRAPH and title and letters(found[0].text) == letters(title):
        found[0] = replace(found[0], kind=PassageKind.HEADING, level=1, first="", rest="")
    if not found or found[0].kind is not PassageKind.HEADING:
        lowest = min(levels_of(found), default=2)
        return tuple(_at_level(passage, passage.level - lowest + 2) for passage in found)
    top = found[0].level
    return tuple(_at_level(passage, max(passage.level - top + 1, 1 if number == 0 else 2)) for number, passage in enumerate(found))


def sections_below_title(title: str, passages: Sequence[SourcePassage]) -> tuple[SourcePassage, ...]:
    """Return the passages of a single script: headings begin at level 2, apart from a first one that repeats the title."""
    if passages and passages[0].kind is PassageKind.HEADING and letters(passages[0].text) == letters(title):
        return (_at_level(passages[0], 1), *sections_below_title("", passages[1:]))
    lowest = min(levels_of(passages), default=2)
    return tuple(_at_level(passage, passage.level - lowest + 2) for passage in passages)


def is_title_page(words: Sequence[str], title: str, metadata: str) -> bool:
    """Return True if a page begins with the title, and most of its words are those of the metadata."""
    said = [word for word in map(letters, words) if word]
    known = {*map(letters, metadata.split()), *map(letters, title.split()), *_JOINING}
    count = sum(word in known or word.isdecimal() for word in said)
    return letters(title) != "" and letters("".join(words)).startswith(letters(title)) and count >= _TITLE_SHARE * len(said)


def levels_of(passages: Iterable[SourcePassage]) -> list[int]:
    """Return the levels of all headings."""
    return [passage.level for passage in passages if passage.kind is PassageKind.HEADING]


def _at_level(passage: SourcePassage, level: int) -> SourcePassage:
    return replace(passage, level=min(max(level, 1), 6)) if passage.kind is PassageKind.HEADING else passage
