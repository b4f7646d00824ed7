"""Write labels into a copy of a chapter: each quotation its speaker's, the rest the narrator's, and a comment where nobody knows."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

from voiceover.authoring.casting.lines import CastLine
from voiceover.authoring.casting.people import FIRST_PERSON
from voiceover.script import Prose, ProseParagraph
from voiceover.system.lazy import lazy_pattern

OPEN_MARK = "<!-- who? -->"
"""Stands after a quotation whose speaker is open, which the narrator reads."""
_STOPS = lazy_pattern(r"[,.;:!?…]+(?=\s|$)")
_WORD = lazy_pattern(r"\w")
_SHOWN = lazy_pattern(r"\S")


class CopyLabels:
    """The labels of one text, by paragraph."""

    def __init__(self, prose: Prose, lines: Sequence[CastLine], names: Mapping[str, str], narrator: str) -> None:
        """``names`` are the names of the cast by those of the speakers."""
        self.prose = prose
        self.names = names
        self.narrator = narrator
        self._typed = _label_pattern((*names.values(), narrator))
        self.lines = {number: list(found) for number, found in groupby(lines, key=lambda line: line.quote.paragraph)}

    def write(self, plain: Collection[int] = (), escaped: Collection[int] = ()) -> str:
        """Return the body of the copy. Paragraphs in ``plain`` get no labels; in those of ``escaped`` what looks like a label is text."""
        source = self.prose.source
        insertions: list[tuple[int, str]] = []
        spelled: set[int] = set()
        current = self.narrator
        for number, paragraph in enumerate(self.prose.paragraphs):
            lines = [] if number in plain else self.lines.get(number, [])
            found, current = self._paragraph(paragraph, lines, current)
            insertions += found
            if number in plain and number in self.lines:
                insertions.append((paragraph.offset(len(paragraph.text.rstrip()) - 1) + 1, f" {OPEN_MARK}"))
            if number in escaped:
                backslashes, letters = self._escapes(paragraph)
                insertions += backslashes
                spelled |= letters
        insertions += [(place, f"&#{ord(source[place])};") for place in spelled]
        parts: list[str] = []
        at = self.prose.body
        for place, text in sorted(insertions, key=lambda insertion: insertion[0]):
            parts += (source[at:place], text)
            at = place + (place in spelled and text.startswith("&#"))
        return "".join((*parts, source[at:]))

    def _paragraph(self, paragraph: ProseParagraph, lines: Sequence[CastLine], current: str) -> tuple[list[tuple[int, str]], str]:
        """Return the insertions of a paragraph, as offsets in the file and texts, and who speaks at its end."""
        text = paragraph.text
        pieces: list[tuple[int, str]] = []
        """Offsets in the paragraph and the speaker from there on."""
        marks: list[int] = []
        at = 0
        for line in lines:
            if _WORD.search(text, at, line.quote.start):
                pieces.append((at, self.narrator))
            pieces.append((line.quote.start, self._speaker(line)))
            stops = _STOPS.match(text, line.quote.end)
            at = stops.end() if stops is not None else line.quote.end
            if line.speaker is None:
                marks.append(at)
        if _WORD.search(text, at):
            pieces.append((at, self.narrator))
        found = [(paragraph.offset(mark - 1) + 1, f" {OPEN_MARK}") for mark in marks]
        first = True
        for start, speaker in pieces:
            shown = None if first else _SHOWN.search(text, start)
            begin = start if shown is None else shown.start()
            if speaker != current or (first and speaker != self.narrator):
                place = self._line_start(paragraph) if first and not text[:begin].strip() else paragraph.offset(begin)
                glued = place > 0 and not self.prose.source[place - 1].isspace() and not first
                found.append((place, f"{' ' if glued else ''}[{speaker}] "))
            current, first = speaker, False
        return found, current

    def _line_start(self, paragraph: ProseParagraph) -> int:
        return paragraph.starts[0]

    def _speaker(self, line: CastLine) -> str:
        if line.speaker is None or line.speaker == FIRST_PERSON:
            return self.narrator
        return self.names[line.speaker]

    def _escapes(self, paragraph: ProseParagraph) -> tuple[list[tuple[int, str]], set[int]]:
        """Return backslashes before what the reader would take for labels of the cast, and letters to write as numbers.

        A name alone on its line has no mark that a backslash could take away.
        """
        end = paragraph.offset(len(paragraph.text) - 1) + 1
        backslashes: list[tuple[int, str]] = []
        letters: set[int] = set()
        for match in self._typed.finditer(self.prose.source, paragraph.starts[0], end):
            if match["name"] is None or match["colon"] is not None:
                backslashes.append((match.start("colon") if match["colon"] else match.start(), "\\"))
            elif not self.prose.source[max(paragraph.starts[0], self.prose.source.rfind("\n", 0, match.start()) + 1) : match.start()].strip(
                "*_ >"
            ):
                letters.add(match.start("name"))
        return backslashes, letters


def _label_pattern(names: Collection[str]) -> re.Pattern[str]:
    """Return a pattern of what may be a label of ``names``: ``[``, ``Name:``, or a name at the end of a line."""
    cast = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    return re.compile(rf"(?i)\[(?=[^\[\]\n]*\])|(?<![\w\\])(?P<name>{cast})\b(?:[*_ \t]*(?P<colon>[:：])|(?P<alone>[*_.]*[ \t]*(?:\n|$)))")
