"""Makes a manuscript of one flow of passages: a book if it is long or its headings are called chapters, else one script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile

from voiceover.authoring.importing.chapters import (
    CHAPTER_NAME,
    PART_NAME,
    OutlinePoint,
    count_words,
    cut_into_chapters,
    letters,
    outline_of_headings,
    texts_of,
)
from voiceover.authoring.importing.manuscript import ManuscriptPart, Omission, PassageKind, Runs, SourcePassage
from voiceover.authoring.importing.titles import heading_from_title, is_title_page, sections_below_title, untitled

BOOK_WORDS = 8000
"""A text with headings that has as many words is a book, unless ``depth`` says otherwise."""
_MOST_TITLE_LINES = 8
_MOST_TITLE_WORDS = 20
Notes = Callable[[str], tuple[Runs, ...]]


def no_notes(_key: str) -> tuple[Runs, ...]:
    """The notes of a format that has none."""
    return ()


def parts_of(
    passages: Sequence[SourcePassage],
    title: str,
    depth: int | None,
    omissions: list[Omission],
    *,
    notes: Notes = no_notes,
    outline: Sequence[OutlinePoint] | None = None,
) -> tuple[ManuscriptPart, ...]:
    """Return the parts of a text: one for each chapter of ``outline``, by default that of its headings, or all in one.

    ``depth`` is the number of levels of headings that are chapters; 0 makes a single part. Parts without a word of text are added to
    ``omissions``.
    """
    points = [*outline] if outline is not None else outline_of_headings(passages)
    if len(points) < 2 or depth == 0 or (depth is None and outline is None and not _is_book(passages, points)):
        whole = sections_below_title(title, passages)
        return (ManuscriptPart(title or untitled(whole, ""), whole, _notes_of(whole, notes)),) if whole else ()
    found = []
    for cut in cut_into_chapters(passages, points, depth):
        if not any(letters(text) for passage in cut.passages if passage.kind is not PassageKind.HEADING for text in texts_of(passage)):
            omissions += [Omission("heading without text", "", passage.text) for passage in cut.passages if passage.text]
            continue
        name = cut.title or untitled(cut.passages, title)
        inner = heading_from_title(name, cut.passages)
        found.append(ManuscriptPart(name, inner, _notes_of(inner, notes)))
    return tuple(found)


def without_title_page(
    passages: Sequence[SourcePassage], title: str, metadata: str, omissions: list[Omission]
) -> tuple[SourcePassage, ...]:
    """Return the passages without title, author and date in short paragraphs at the top, which are added to ``omissions``."""
    short = list(takewhile(_may_be_title, passages[:_MOST_TITLE_LINES]))
    while short:
        words = [word for passage in short for word in passage.text.split()]
        if is_title_page(words, title, metadata):
            omissions.append(Omission("title page", "", " ".join(words)))
            return tuple(passages[len(short) :])
        short.pop()
    return tuple(passages)


def _may_be_title(passage: SourcePassage) -> bool:
    return passage.kind is PassageKind.PARAGRAPH and not passage.first and len(passage.text.split()) <= _MOST_TITLE_WORDS


def _is_book(passages: Sequence[SourcePassage], points: Sequence[OutlinePoint]) -> bool:
    titles = [point.title for level in (points, *(point.within for point in points)) for point in level]
    named = sum(CHAPTER_NAME.match(title) is not None or PART_NAME.match(title) is not None for title in titles)
    return named >= 2 or count_words(passages) >= BOOK_WORDS


def _notes_of(passages: Sequence[SourcePassage], notes: Notes) -> tuple[tuple[str, tuple[Runs, ...]], ...]:
    keys = dict.fromkeys(run.note for passage in passages for run in passage.runs if run.note)
    return tuple((key, notes(key)) for key in keys)
