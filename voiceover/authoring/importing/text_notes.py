"""Footnotes of plain text: ``[1]`` after a word, and the paragraph ``[1] ...`` or ``[Footnote 1: ...]`` further down."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from voiceover.authoring.importing.manuscript import PassageKind, Runs, SourcePassage, TextRun
from voiceover.system.lazy import lazy_pattern

_MARK = lazy_pattern(r"(?<=[^\s\[])\[(\d{1,3}|[A-Z]|\*{1,3})\]")
_NOTE = lazy_pattern(r"\[(?:(?P<label>\d{1,3}|[A-Z]|\*{1,3})\][ \n]+|Footnote[ \n]+(?P<named>\d{1,3}|[A-Z]|\*{1,3}):[ \n]+)(?=\S)")


def take_notes(passages: Sequence[SourcePassage]) -> tuple[tuple[SourcePassage, ...], Mapping[str, tuple[Runs, ...]]]:
    """Return the passages without footnotes and with the marks of these as such, and the footnotes by key.

    A mark belongs to the next footnote of its label; a mark or footnote without the other stays text.
    """
    notes: dict[int, str] = {}
    for index, passage in enumerate(passages):
        found = _NOTE.match(passage.text) if passage.kind is PassageKind.PARAGRAPH and not passage.first else None
        if found is not None:
            notes[index] = found["label"] or found["named"]
    places: defaultdict[str, list[int]] = defaultdict(list)
    for index, label in notes.items():
        places[label].append(index)
    used: dict[int, str] = {}
    marked = [_marked(passage, index, places, used) for index, passage in enumerate(passages)]
    kept = tuple(passage for index, passage in enumerate(marked) if index not in used)
    return kept, {key: (_without_label(passages[index].runs),) for index, key in used.items()}


def _marked(passage: SourcePassage, index: int, places: Mapping[str, list[int]], used: dict[int, str]) -> SourcePassage:
    if "[" not in passage.text or passage.kind is PassageKind.CODE:
        return passage
    return replace(passage, runs=tuple(_pieces(passage.runs, index, places, used)))


def _pieces(runs: Runs, index: int, places: Mapping[str, list[int]], used: dict[int, str]) -> Iterator[TextRun]:
    for run in runs:
        start = 0
        for mark in _MARK.finditer(run.text):
            below = places.get(mark[1], [])
            at = bisect_left(below, index + 1)
            if at == len(below):
                continue
            if mark.start() > start:
                yield replace(run, text=run.text[start : mark.start()])
            yield TextRun("", note=used.setdefault(below[at], f"{below[at]}"))
            start = mark.end()
        if start < len(run.text):
            yield replace(run, text=run.text[start:])


def _without_label(runs: Runs) -> Runs:
    found = _NOTE.match(runs[0].text)
    text = runs[0].text[found.end() :] if found is not None else runs[0].text
    stripped = (replace(runs[0], text=text), *runs[1:])
    if found is not None and found["named"] and stripped[-1].text.endswith("]"):
        stripped = (*stripped[:-1], replace(stripped[-1], text=stripped[-1].text[:-1]))
    return stripped
