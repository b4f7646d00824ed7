"""What is said in an episode: lines in order, each with the times of its words, from the manifest and the transcript beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from voiceover.publish.manifest import Manifest
from voiceover.publish.spoken_letters import word_starts
from voiceover.publish.tags import one_line


@dataclass(frozen=True, slots=True)
class SaidLine:
    """An utterance, or a recorded turn."""

    speaker: str
    text: str
    start: float
    """Seconds of the episode."""
    end: float
    words: tuple[tuple[int, float], ...]
    """Where each word begins in ``text``, and when it is heard."""
    place: int
    """Line of its turn in the script."""


@dataclass(frozen=True, slots=True)
class SaidParagraph:
    """Consecutive lines of one paragraph."""

    speaker: str
    first: int
    """Index of its first line among all lines."""
    lines: tuple[SaidLine, ...]


def said_lines(manifest: Manifest, transcript: bytes = b"") -> tuple[SaidLine, ...]:
    """Return the lines of an episode in the order in which they are heard.

    ``transcript`` is the episode's ``.transcript.json``, which has the times of words for every engine. Without it, or for a line that it
    does not have, they are those of the manifest, or shared out by the letters of the line.
    """
    known = dict(_segments(transcript))
    lines = [_line(line, known) for line in _spoken(manifest)]
    return tuple(sorted((line for line in lines if line.text), key=lambda line: line.start))


def paragraphs(lines: tuple[SaidLine, ...]) -> tuple[SaidParagraph, ...]:
    """Return lines as paragraphs."""
    found, first = [], 0
    for (speaker, _), group in groupby(lines, key=lambda line: (line.speaker, line.place)):
        part = tuple(group)
        found.append(SaidParagraph(speaker, first, part))
        first += len(part)
    return tuple(found)


def _spoken(manifest: Manifest) -> Iterator[SaidLine]:
    for take in manifest.takes:
        line = take.line
        yield SaidLine(one_line(line.speaker), one_line(line.text), take.start_seconds, take.end_seconds, take.words, take.source_line)
    for turn in manifest.recordings:
        yield SaidLine(one_line(turn.speaker), one_line(turn.text), turn.start, turn.end, (), turn.line)


def _line(line: SaidLine, known: dict[str, list[tuple[float, float, list[float]]]]) -> SaidLine:
    """Return a line with the times of the transcript, if that has the line, or of the manifest; else with estimates."""
    starts = word_starts(line.text)
    for start, end, times in known.get(line.text, ()):
        # A transcript begins with the speech, which may be a little later than the take.
        if line.start - 0.01 <= start <= line.end and len(times) == len(starts):
            inside = (min(max(time, start), line.end) for time in times)
            return replace(line, start=start, end=min(end, line.end), words=tuple(zip(starts, inside, strict=True)))
    if line.words and all(0 <= at < len(line.text) for at, _ in line.words):
        return line
    rate = (line.end - line.start) / max(len(line.text), 1)
    return replace(line, words=tuple((at, line.start + at * rate) for at in starts))


def _segments(transcript: bytes) -> Iterator[tuple[str, list[tuple[float, float, list[float]]]]]:
    """Yield the texts of a transcript, each with its starts, ends and times of words; nothing if it is none of ours."""
    found: dict[str, list[tuple[float, float, list[float]]]] = {}
    try:
        content: Any = json.loads(transcript or b"{}", parse_constant=float.fromhex)  # NaN is not JSON
        for segment in content.get("segments", ()):
            times = [float(word["startTime"]) for word in segment["words"]]
            found.setdefault(str(segment["body"]), []).append((float(segment["startTime"]), float(segment["endTime"]), times))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return
    yield from found.items()
